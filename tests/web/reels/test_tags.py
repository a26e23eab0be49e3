"""A team's tags: sets that come with the program or by file, changed by editors, used by reviewers."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.web.reels.made import make_bookmark, signed_in
from tests.web.search.world import Cast, make_video
from videosearch.library.models import Library, Membership, Role
from videosearch.reels import tag_sets
from videosearch.reels.models import Bookmark, Tag


@pytest.fixture
def editor(cast: Cast) -> Client:
    Membership.objects.filter(user=cast.alice).update(role=Role.EDITOR)
    return signed_in(cast.alice)


def adopt(client: Client, library: Library, **given: object) -> int:
    return client.post(reverse("reels:adopt_tags", args=[library.pk]), given).status_code


def test_sets_of_four_sports_come_with_the_program() -> None:
    assert set(tag_sets.shipped()) == {"football", "basketball", "hockey", "rugby"}
    for one in tag_sets.shipped().values():
        names = [(group.name, tag) for group in one.groups for tag in group.tags]
        assert len(names) == len(set(names)) >= 25
        assert all(group.colour for group in one.groups)


def test_adopt_a_set_twice_adds_it_once(cast: Cast, editor: Client) -> None:
    adopt(editor, cast.library, set="rugby")
    first = list(cast.library.tags.values_list("group", "name"))
    adopt(editor, cast.library, set="rugby")
    assert list(cast.library.tags.values_list("group", "name")) == first
    assert ("Attack", "Try") in first
    page = editor.get(reverse("reels:tags", args=[cast.library.pk]))
    assert b"Line break" in page.content


def test_what_is_downloaded_can_be_adopted_elsewhere(cast: Cast, editor: Client) -> None:
    adopt(editor, cast.library, set="hockey")
    Tag.objects.create(library=cast.library, group="Ours", name='=Shot "⚽" ]]>', colour="red", position=99)
    file = editor.get(reverse("reels:download_tags", args=[cast.library.pk]))
    assert "attachment" in file["Content-Disposition"]
    other = Library.objects.create(name="Second team")
    Membership.objects.create(library=other, user=cast.alice, role=Role.EDITOR)
    adopt(editor, other, file=SimpleUploadedFile("tags.json", file.content))
    as_rows = [list(one.tags.values_list("group", "name", "colour")) for one in (cast.library, other)]
    assert as_rows[0] == as_rows[1]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "not a file of tags"),
        (b"\xff\xfe", "not a file of tags"),
        (b'{"name": "x", "groups": [{"name": "g", "tags": [""]}]}', "not a file of tags"),
        (b'{"name": "x", "groups": [{"name": "g", "tags": ["a\\u0000"]}]}', "not a file of tags"),
        (b'{"name": "x", "groups": [{"name": "g", "colour": "mauve", "tags": []}]}', "not a file of tags"),
        (b" " * (tag_sets.MAX_BYTES + 1), "kB"),
    ],
)
def test_files_that_are_none(cast: Cast, editor: Client, data: bytes, words: str) -> None:
    address = reverse("reels:adopt_tags", args=[cast.library.pk])
    page = editor.post(address, {"file": SimpleUploadedFile("tags.json", data)}, follow=True)
    assert words in page.content.decode()
    assert not Tag.objects.exists()


def test_not_more_than_there_is_room_for(cast: Cast, editor: Client) -> None:
    adopt(editor, cast.library, set="football")
    groups = [{"name": "Many", "tags": [f"tag {i}" for i in range(190)]}]
    many = json.dumps({"name": "Many", "groups": groups}).encode()
    page = editor.post(
        reverse("reels:adopt_tags", args=[cast.library.pk]), {"file": SimpleUploadedFile("t.json", many)}, follow=True
    )
    assert "may have 200 tags" in page.content.decode()
    assert not cast.library.tags.filter(group="Many").exists()


def test_add_change_move_delete(cast: Cast, editor: Client) -> None:
    for name in ("One", "Two", "Three"):
        editor.post(reverse("reels:add_tag", args=[cast.library.pk]), {"name": name, "group": "G", "colour": "red"})
    one, two, three = cast.library.tags.all()
    editor.post(reverse("reels:change_tag", args=[three.pk]), {"move": "up"})
    editor.post(reverse("reels:change_tag", args=[one.pk]), {"move": "up"})
    assert [tag.name for tag in cast.library.tags.all()] == ["One", "Three", "Two"]
    editor.post(reverse("reels:change_tag", args=[two.pk]), {"name": "Zwei", "group": "", "colour": "blue"})
    two.refresh_from_db()
    assert (two.name, two.group, two.colour) == ("Zwei", "", "blue")
    taken = editor.post(reverse("reels:change_tag", args=[one.pk]), {"name": "Three", "group": "G"}, follow=True)
    assert b"already" in taken.content
    editor.post(reverse("reels:delete_tag", args=[one.pk]))
    assert cast.library.tags.count() == 2


def test_who_may(cast: Cast) -> None:
    """Members see the tags; from editor on they change them; another team's are not found."""
    tag = Tag.objects.create(library=cast.library, name="Shot")
    foreign = Tag.objects.create(library=cast.other, name="Secret")
    Membership.objects.filter(user=cast.alice).update(role=Role.EDITOR)
    reads = [reverse("reels:tags", args=[cast.library.pk]), reverse("reels:download_tags", args=[cast.library.pk])]
    writes = [
        reverse("reels:adopt_tags", args=[cast.library.pk]), reverse("reels:add_tag", args=[cast.library.pk]),
        reverse("reels:change_tag", args=[tag.pk]), reverse("reels:delete_tag", args=[tag.pk]),
    ]  # fmt: skip
    for user, read, write in ((cast.alice, 200, 302), (cast.bob, 200, 403), (cast.charlie, 404, 404), (None, 302, 302)):
        client = signed_in(user)
        assert {client.get(address).status_code for address in reads} == {read}
        if user is cast.alice:
            continue
        assert {client.post(address, {"name": "x"}).status_code for address in writes} == {write}
    assert signed_in(cast.alice).post(reverse("reels:delete_tag", args=[foreign.pk])).status_code == 404
    assert Tag.objects.count() == 2


def test_names_are_text(cast: Cast, editor: Client) -> None:
    Tag.objects.create(library=cast.library, group="{{7*7}}", name="<img src=x onerror=alert(1)>")
    page = editor.get(reverse("reels:tags", args=[cast.library.pk])).content
    assert b"<img src=x" not in page
    assert b"{{7*7}}" in page


# On bookmarks


@pytest.fixture
def shot(cast: Cast) -> Tag:
    return Tag.objects.create(library=cast.library, group="Attack", name="Shot", colour="green")


def test_say_what_a_bookmark_is(cast: Cast, shot: Tag) -> None:
    row = make_bookmark(cast.alice, make_video(cast.library))
    given = {"note": "Look", "player": "Mia", "mark": "blue", "tags": [shot.pk]}
    assert signed_in(cast.alice).post(reverse("reels:edit", args=[row.pk]), given).status_code == 302
    row.refresh_from_db()
    assert (row.note, row.player, row.mark, list(row.tags.all())) == ("Look", "Mia", "blue", [shot])


def test_tags_of_another_team_cannot_be_put_on(cast: Cast) -> None:
    row = make_bookmark(cast.alice, make_video(cast.library))
    secret = Tag.objects.create(library=cast.other, name="Secret")
    client = signed_in(cast.alice)
    page = client.post(reverse("reels:edit", args=[row.pk]), {"tags": [secret.pk]})
    assert page.status_code == 422
    assert b"Secret" not in page.content
    assert client.get(reverse("reels:bookmarks"), {"tag": secret.pk}).status_code == 200
    client.post(reverse("reels:bulk_tag"), {"chosen": [str(row.pk)], "tags": [secret.pk]})
    assert not row.tags.exists()


def test_filters(cast: Cast, shot: Tag) -> None:
    video = make_video(cast.library)
    first = make_bookmark(cast.alice, video, 10, 12, note="alpha", player="Mia", mark="red")
    first.tags.add(shot)
    make_bookmark(cast.alice, video, 20, 22, note="omega", player="Ada", mark="blue")
    client = signed_in(cast.alice)
    asked: list[dict[str, Any]] = [
        {"tag": shot.pk},
        {"player": "Mia"},
        {"mark": "red"},
        {"text": "ALPH"},
        {"tag": shot.pk, "mark": "red"},
    ]
    for given in asked:
        page = client.get(reverse("reels:bookmarks"), given).content
        assert b"alpha" in page, given
        assert b"omega" not in page, given
    nothing = client.get(reverse("reels:bookmarks"), {"text": "zzz"}).content
    assert b"No bookmarks here" in nothing
    for nonsense in ({"tag": "x"}, {"mark": "mauve"}, {"page": "-1"}, {"page": "1e9"}, {"text": "\x00"}):
        assert client.get(reverse("reels:bookmarks"), nonsense).status_code == 200, nonsense


def test_many_at_once(cast: Cast, shot: Tag) -> None:
    video = make_video(cast.library)
    rows = [make_bookmark(cast.alice, video, start, start + 2) for start in range(3)]
    client = signed_in(cast.alice)
    ids = [str(row.pk) for row in rows[:2]]
    client.post(reverse("reels:bulk_tag"), {"chosen": ids, "tags": [shot.pk]})
    client.post(reverse("reels:bulk_tag"), {"chosen": ids, "tags": [shot.pk]})
    assert shot.bookmarks.count() == 2
    client.post(reverse("reels:bulk_tag"), {"chosen": ids[:1], "tags": [shot.pk], "remove": "1"})
    assert shot.bookmarks.count() == 1
    back = client.post(reverse("reels:bulk_delete"), {"chosen": ids, "query": "mark=red"})
    assert back["Location"] == "/bookmarks/?mark=red"
    assert list(Bookmark.objects.all()) == [rows[2]]


@pytest.mark.parametrize(("chosen", "words"), [([], "Tick at least one"), (["x"], "valid UUID")])
def test_many_at_once_that_cannot_be(cast: Cast, chosen: list[str], words: str) -> None:
    page = signed_in(cast.alice).post(reverse("reels:bulk_delete"), {"chosen": chosen}, follow=True)
    assert words in page.content.decode()


def test_bookmarks_of_others_cannot_be_reached_in_bulk(cast: Cast, shot: Tag) -> None:
    row = make_bookmark(cast.alice, make_video(cast.library))
    for user in (cast.bob, cast.charlie):
        for name in ("bulk_tag", "bulk_delete"):
            answer = signed_in(user).post(reverse(f"reels:{name}"), {"chosen": [str(row.pk)], "tags": [shot.pk]})
            assert answer.status_code == 404
    assert Bookmark.objects.filter(tags=None).count() == 1


def test_statements_do_not_grow_with_tags(cast: Cast, shot: Tag) -> None:
    video = make_video(cast.library)
    client = signed_in(cast.alice)

    def count() -> int:
        with CaptureQueriesContext(connection) as statements:
            assert client.get(reverse("reels:bookmarks")).status_code == 200
        return len(statements)

    make_bookmark(cast.alice, video, 1, 2).tags.add(shot)
    few = count()
    for start in range(10, 30):
        make_bookmark(cast.alice, video, start, start + 1, player=f"p{start}").tags.add(shot)
    assert count() == few <= 12


# A moment chosen by hand


def test_keep_a_moment_of_the_player(cast: Cast) -> None:
    client, video = signed_in(cast.alice), make_video(cast.library)
    address = reverse("reels:keep", args=[video.pk])
    answer = client.post(address, {"start": "3.5", "end": "7", "note": "n"}, headers={"Accept": "application/json"})
    row = Bookmark.objects.get()
    assert answer.json()["id"] == str(row.pk)
    assert (row.start, row.end, row.label, row.track_ids) == (3.5, 7.0, "Moment", [])
    assert client.get(reverse("reels:tracks", args=[row.pk])).json()["tracks"] == []
    assert client.get(reverse("reels:bookmarks")).status_code == 200
    for given in ({}, {"start": "5", "end": "5"}, {"start": "nan", "end": "9"}, {"start": "999", "end": "1000"},
                  {"start": "1", "end": "2", "track": "77"}, {"start": "-1", "end": "2"}):  # fmt: skip
        refused = client.post(address, given)
        assert refused.status_code == 422, given
        assert refused.json()["error"], given
    for user, status in ((cast.bob, 403), (cast.charlie, 404), (None, 302)):
        assert signed_in(user).post(address, {"start": "1", "end": "2"}).status_code == status

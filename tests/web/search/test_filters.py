"""Filters as text, as values, and as people meet them on the page."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from grounding.errors import BadQueryError
from tests.web.search.test_views import BLUE, HTMX, RED_TEN, shown, signed_in
from tests.web.search.world import Cast, make_track, make_video
from videosearch.library.models import Library, Membership
from videosearch.search import filters
from videosearch.search.models import Query, SavedSearch

PAGE = reverse("search:page")


@pytest.mark.parametrize(
    ("text", "words", "found"),
    [
        ("number 10 in red", "number 10 in red", []),
        ('red video:"Cup final" from:1:30', "red", ["video:Cup final", "from:1:30"]),
        ("Number:10", "", ["number:10"]),
        ("score 3:2 at 1:30", "score 3:2 at 1:30", []),
        ("a:b xvideo:c video:", "a:b xvideo:c video:", []),
    ],
)
def test_taken_out_of_a_text(text: str, words: str, found: list[str]) -> None:
    assert filters.take(text) == (words, found)


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("1:30", 90), ("1:02:03.5", 3723.5), ("x", None), ("", None)]
)
def test_times(text: str, seconds: float | None) -> None:
    assert filters.seconds_of(text) == seconds


@pytest.mark.parametrize(
    "wrong",
    [
        "colour:red", "number:", "number:ten", "number:123", "shirt:mauve", "from:soon", "verdict:splendid",
        "score:101", "score:x", "library:Nobody", "video:Unknown", "plain",
    ],
)  # fmt: skip
def test_what_is_not_understood_is_told(cast: Cast, wrong: str) -> None:
    with pytest.raises(BadQueryError, match=r"\.$"):
        filters.read([wrong], [cast.library])


def test_times_must_be_in_order(cast: Cast) -> None:
    with pytest.raises(BadQueryError, match="before"):
        filters.read(["from:2:00", "to:1:00"], [cast.library])


@pytest.fixture
def match(cast: Cast, worker: list[str]) -> Cast:
    video = make_video(cast.library)
    make_track(video, cast.version, RED_TEN, start=80, end=90, attributes={"shirt_colour": "red", "number": "10"})
    make_track(video, cast.version, BLUE, start=10, end=20, attributes={"shirt_colour": "blue", "number": "4"})
    league = make_video(cast.library, "League")
    make_track(league, cast.version, BLUE, start=30, end=40, attributes={"shirt_colour": "blue", "number": "9"})
    make_track(make_video(cast.other, "Secret training"), cast.version, RED_TEN, attributes={"number": "77"})
    return cast


@pytest.mark.parametrize(
    ("q", "f", "found"),
    [
        ("person", ["number:4"], ["Number 4, blue shirt"]),
        ("person", ["shirt:blue", "video:league"], ["Number 9, blue shirt"]),
        ("person", ["from:1:00"], ["Number 10, red shirt"]),
        ("person", ["to:0:25"], ["Number 4, blue shirt"]),
        ("person number:9", [], ["Number 9, blue shirt"]),
        ("", ["number:10", "number:4"], ["Number 10, red shirt", "Number 4, blue shirt"]),
        ("number 10 in red", ["verdict:confirmed"], ["Number 10, red shirt"]),
        ("number 10 in red", ["score:60"], ["Number 10, red shirt"]),
    ],
)
def test_only_what_passes_is_found(match: Cast, q: str, f: list[str], found: list[str]) -> None:
    alice = signed_in(match.alice)
    assert alice.get(PAGE, {"q": q, "f": f}).status_code == 200
    answer = alice.get(reverse("search:result", args=[Query.objects.get().pk]))
    assert sorted(shown(answer.content)) == sorted(found)


def test_what_a_filter_hides_is_counted(match: Cast) -> None:
    page = signed_in(match.alice).get(PAGE, {"q": "number 10 in red", "f": "verdict:unsure"}).content.decode()
    assert shown(page.encode()) == []
    assert "do not pass your filters" in page


def test_a_library_by_its_name(match: Cast) -> None:
    second = Library.objects.create(name="Academy")
    Membership.objects.create(library=second, user=match.alice)
    make_track(make_video(second), match.version, RED_TEN, attributes={"shirt_colour": "red", "number": "3"})
    alice = signed_in(match.alice)
    assert shown(alice.get(PAGE, {"q": "red", "f": "library:acad"}).content) == ["Number 3, red shirt"]
    assert b"no library called Rivals" in alice.get(PAGE, {"q": "red", "f": "library:Rivals"}).content


def test_chips_and_a_clean_address(match: Cast) -> None:
    alice = signed_in(match.alice)
    answer = alice.get(PAGE, {"q": 'red video:"Cup final"', "f": "score:10"}, headers=HTMX)
    assert answer["HX-Push-Url"] == f"{PAGE}?q=red&f=score%3A10&f=video%3ACup+final"
    page = alice.get(answer["HX-Push-Url"]).content.decode()
    assert '<input type="hidden" name="f" value="video:Cup final">' in page
    assert f'href="{PAGE}?q=red&amp;f=score%3A10"' in page, "the address without the chip"
    assert 'value="red"' in page


@pytest.mark.parametrize("f", ["verdict:confirmed", "video:Cup"])
def test_filters_alone_are_no_question(match: Cast, f: str) -> None:
    answer = signed_in(match.alice).get(PAGE, {"q": "", "f": f})
    assert answer.status_code == 422
    assert b"Say what to look for as well" in answer.content


class TestSuggestions:
    def asked(self, client: Client, token: str) -> list[str]:
        answer = client.get(reverse("search:suggest"), {"token": token})
        return [one["value"] for one in answer.json()["suggestions"]]

    def test_keys_and_values(self, match: Cast) -> None:
        alice = signed_in(match.alice)
        assert self.asked(alice, "v") == ["video:", "verdict:"]
        assert self.asked(alice, "number:") == ["number:4", "number:9", "number:10"]
        assert self.asked(alice, 'video:"cup') == ['video:"Cup final"']
        assert self.asked(alice, "shirt:bl") == ["shirt:blue", "shirt:black"]
        assert self.asked(alice, "library:") == ['library:"First team"']
        assert self.asked(alice, "verdict:un") == ["verdict:unsure", "verdict:unchecked"]
        for nothing in ("", "zebra", "zebra:1", "number:x", "\0"):
            assert self.asked(alice, nothing) == []

    def test_nothing_of_other_teams(self, match: Cast) -> None:
        alice = signed_in(match.alice)
        assert self.asked(alice, "video:Secret") == []
        assert self.asked(alice, "number:77") == []
        assert self.asked(alice, "library:Riv") == []
        assert Client().get(reverse("search:suggest"), {"token": "v"}).status_code == 302


class TestSaved:
    @pytest.fixture
    def query(self, match: Cast) -> Query:
        signed_in(match.alice).get(PAGE, {"q": "red", "f": "from:1:00"})
        return Query.objects.get()

    def test_kept_run_changed_and_deleted(self, match: Cast, query: Query) -> None:
        alice = signed_in(match.alice)
        given = {"name": "Ten late", "lead": "3", "lag": "2.5"}
        answer = alice.post(reverse("search:save", args=[query.pk]), given, headers=HTMX)
        assert b"Saved" in answer.content
        row = SavedSearch.objects.get()
        assert b"Ten late" in alice.get(PAGE).content
        page = alice.get(reverse("search:saved", args=[row.pk]), follow=True).content.decode()
        assert '"start": 77.0, "end": 92.5, "moment": [80.0, 90.0]'.replace('"', "&quot;") in page
        again = Query.objects.latest("created_at")
        assert (again.text, again.filters, again.lead, again.lag) == ("red", ["from:1:00"], 3.0, 2.5)

        alice.post(reverse("search:saved_change", args=[row.pk]), {"name": "Late", "lead": "", "lag": "1"})
        row.refresh_from_db()
        assert (row.name, row.lead, row.lag) == ("Late", 0.0, 1.0)
        alice.post(reverse("search:saved_delete", args=[row.pk]))
        assert not SavedSearch.objects.exists()

    def test_one_name_once(self, match: Cast, query: Query) -> None:
        alice = signed_in(match.alice)
        for lead in ("1", "2"):
            alice.post(reverse("search:save", args=[query.pk]), {"name": "Red", "lead": lead})
        assert SavedSearch.objects.get().lead == 2.0
        other = SavedSearch.objects.create(user=match.alice, name="Blue", text="blue")
        page = alice.post(reverse("search:saved_change", args=[other.pk]), {"name": "Red"}, follow=True)
        assert b"There is a search called Red already." in page.content

    @pytest.mark.parametrize(
        "given", [{}, {"name": " "}, {"name": "x" * 81}, {"name": "x", "lead": "-1"}, {"name": "x", "lag": "61"}]
    )
    def test_what_makes_no_sense(self, match: Cast, query: Query, given: dict[str, str]) -> None:
        answer = signed_in(match.alice).post(reverse("search:save", args=[query.pk]), given, headers=HTMX)
        assert answer.status_code == 422
        assert b'role="alert"' in answer.content
        assert not SavedSearch.objects.exists()

    def test_a_library_left_is_left_out(self, match: Cast, query: Query) -> None:
        row = SavedSearch.objects.create(user=match.alice, name="Red", text="red")
        row.libraries.set([match.other])
        answer = signed_in(match.alice).get(reverse("search:saved", args=[row.pk]))
        assert str(match.other.pk) not in answer["Location"]


class TestDisplay:
    def test_order_and_view(self, match: Cast) -> None:
        alice = signed_in(match.alice)
        alice.get(PAGE, {"q": "person"})
        address = reverse("search:results", args=[Query.objects.get().pk])
        by_time = shown(alice.get(address, {"sort": "time"}, headers=HTMX).content)
        assert by_time == ["Number 4, blue shirt", "Number 9, blue shirt", "Number 10, red shirt"]
        by_match = shown(alice.get(address, {"sort": "match"}, headers=HTMX).content)
        assert by_match == ["Number 4, blue shirt", "Number 10, red shirt", "Number 9, blue shirt"]
        grid = alice.get(address, {"view": "grid", "sort": "odd"}, headers=HTMX).content.decode()
        assert 'data-view="grid"' in grid

    def test_weaker_ones_are_behind_a_divider_in_every_order(self, match: Cast) -> None:
        alice = signed_in(match.alice)
        alice.get(PAGE, {"q": "number 10 in red"})
        for sort in ("score", "time", "match"):
            page = alice.get(reverse("search:result", args=[Query.objects.get().pk]), {"sort": sort}).content.decode()
            good, divider, weaker = page.partition("Weaker matches")
            assert divider
            assert shown(good.encode()) == ["Number 10, red shirt"]
            assert len(shown(weaker.encode())) == 2

"""What reviewers said as clips to train a model that looks on."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from grounding.tuning.examples import Example, load
from tests.grounding.verify.looking.drawn import HEIGHT, WIDTH, Player, write_film
from tests.web.search.world import Cast, make_track, make_video
from videosearch.search import feedback, service, training
from videosearch.search.models import Feedback, Judgement, Query

PERSON = {"object:person": 0.9, "shirt_colour:yellow": 0.9}


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_film(tmp_path_factory.mktemp("film") / "a.mp4", [Player("yellow", 260, 60, 8)], 16)


@pytest.fixture
def hits(cast: Cast, film: Path, worker: list[str]) -> Query:
    """Somebody in yellow in each of twelve matches."""
    for k in range(12):
        video = make_video(cast.library, f"Match {k}", duration=16, width=WIDTH, height=HEIGHT)
        assert video.proxy is not None
        video.proxy.file.parent.mkdir(parents=True)
        video.proxy.file.symlink_to(film)
        track = make_track(video, cast.version, PERSON, start=0, end=16)
        track.set_tube(Player("yellow", 260, 60, 8).tube(0.0, 16.0))
        track.save()
    query, _ = service.search(cast.alice, "the one in yellow", [cast.library])
    return query


def say(cast: Cast, query: Query) -> None:
    """Two moments are right, one is wrong, the others begin four seconds later."""
    said = (Judgement.RIGHT, Judgement.RIGHT, Judgement.WRONG)
    for k, row in enumerate(query.candidates.order_by("pk")):
        if k < len(said):
            feedback.say(cast.alice, row, said[k])
        else:
            feedback.say(cast.alice, row, Judgement.CORRECTED, feedback.Correction(start=row.start + 4))


def export(out: Path, **options: str) -> str:
    said = StringIO()
    call_command("export_clips", out=str(out), stdout=said, **options)
    return said.getvalue()


def kept(folder: Path) -> list[Example]:
    """Which are held out goes by the videos' keys, so it may be none."""
    return load(folder) if (folder / "examples.jsonl").read_text() else []


def test_all_that_was_said_is_a_clip(cast: Cast, hits: Query, tmp_path: Path) -> None:
    say(cast, hits)
    told = export(tmp_path)
    learn, held = kept(tmp_path), kept(tmp_path / "held-out")
    rows = Feedback.objects.all()
    assert f"{len(learn)} clips" in told
    assert {one.name for one in (*learn, *held)} == {f"feedback-{row.pk}" for row in rows}
    assert len(held) == sum(training.is_held_out(row) for row in rows)
    for one in (*learn, *held):
        row = Feedback.objects.get(pk=int(one.name.removeprefix("feedback-")))
        assert one.question == "the one in yellow"
        assert all(path.is_file() for path in one.pictures)
        if row.judgement == Judgement.WRONG:
            assert one.answer == '{"id": "none"}'
        else:
            assert one.right == 1
            assert one.true[0].span.start == pytest.approx(4.0 if row.judgement == Judgement.CORRECTED else 0.0)


def test_what_was_taken_back_is_none(cast: Cast, hits: Query, tmp_path: Path) -> None:
    say(cast, hits)
    for row in Feedback.objects.all()[:11]:
        assert row.candidate is not None
        feedback.withdraw(cast.alice, row.candidate)
    export(tmp_path)
    assert len([*kept(tmp_path), *kept(tmp_path / "held-out")]) == 1


def test_a_film_that_is_gone_is_counted(cast: Cast, hits: Query, tmp_path: Path) -> None:
    say(cast, hits)
    video = Feedback.objects.order_by("pk")[3].video
    assert video.proxy is not None
    video.proxy.file.unlink()
    assert "1 left out: no picture" in export(tmp_path)


def test_no_such_library(db: None, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no library Nobody"):
        export(tmp_path, library="Nobody")

"""Films as a worker makes them: from real footage, decoded again and looked at."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
from django.db import transaction
from pytest_django import Settings

from tests.web.library import clips
from tests.web.reels.made import NASTY, make_bookmark
from tests.web.search.world import Cast, make_video
from videosearch import jobs
from videosearch.indexing.tubes import boxes_between
from videosearch.jobs.models import Job
from videosearch.jobs.run import JobRun
from videosearch.lib import engine, ffmpeg
from videosearch.library.models import Video
from videosearch.library.services import delete_video
from videosearch.reels import cutting, films, plan, reels
from videosearch.reels.models import Film, ReelItem
from videosearch.reels.plan import Clip, Plan, PlanError, Title

ACCENT = np.array([200, 242, 80])


@pytest.fixture(autouse=True)
def no_broker(settings: Settings) -> None:
    settings.CELERY_BROKER_URL = ""


@pytest.fixture(scope="session")
def footage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight grey seconds with a tone."""
    target = tmp_path_factory.mktemp("footage") / "grey.mp4"
    picture = ("-f", "lavfi", "-i", "color=c=0x404040:s=640x360:r=25:d=8")
    tone = ("-f", "lavfi", "-i", "sine=duration=8", "-c:a", "aac")
    return clips.make(target, *picture, *tone, *clips.H264, "-g", "25", "-movflags", "+faststart", "-f", "mp4")


def filmed(cast: Cast, file: Path, title: str = "Cup final", **fields: Any) -> Video:
    info = engine.probe(file)
    values: dict[str, Any] = {"width": info.width, "height": info.height, "fps": info.fps, "duration": info.duration}
    video = make_video(cast.library, title, **(values | fields))
    assert video.proxy is not None
    video.proxy.file.parent.mkdir(parents=True, exist_ok=True)
    video.proxy.file.write_bytes(file.read_bytes())
    return video


def picture(film: Film, seconds: float) -> Any:
    """The frame on the screen at that second, as RGB."""
    command = [ffmpeg.binary(), "-v", "error", "-ss", f"{seconds:.3f}", "-i", str(film.file), "-frames:v", "1"]
    raw = subprocess.run([*command, "-f", "rawvideo", "-pix_fmt", "rgb24", "-"], check=True, capture_output=True).stdout
    return np.frombuffer(raw, np.uint8).reshape(film.height, film.width, 3).astype(int)


def loudness(film: Film) -> Any:
    command = [
        ffmpeg.binary(),
        "-v",
        "error",
        "-i",
        str(film.file),
        "-vn",
        "-ac",
        "1",
        "-ar",
        "8000",
        "-f",
        "s16le",
        "-",
    ]
    raw = subprocess.run(command, check=True, capture_output=True).stdout
    return np.abs(np.frombuffer(raw, np.int16).astype(float))


def made(cast: Cast, wanted: Plan, title: str = "Film") -> Film:
    film = films.order(cast.alice, cast.library, title, wanted)
    jobs.run_due()
    film.refresh_from_db()
    return film


def clip(video: Video, start: float, end: float, **fields: Any) -> Clip:
    return Clip(video=video.pk, start=start, end=end, **fields)


def boxed(video: Video, start: float, end: float, **fields: Any) -> Clip:
    """A box of 40 by 100 pixels of a picture of 640 by 360, 100 from the left at second 0 and 20 more each second."""
    rows = [[t / 5, 100 + 4 * t, 200, 140 + 4 * t, 300] for t in range(40)]
    return clip(video, start, end, boxes=rows, name="Mia", **fields)


def test_a_film_of_titles_clips_and_slow_motion(cast: Cast, footage: Path) -> None:
    video = filmed(cast, footage)
    parts = [Title(text="First half", seconds=1), boxed(video, 2, 4), boxed(video, 5, 6, speed=0.5), clip(video, 7, 8)]
    film = made(cast, Plan(parts=parts))
    assert Job.objects.get().state == Job.State.DONE
    assert (film.width, film.height, film.frames) == (1280, 720, 150)
    info = engine.probe(film.file)
    assert info.duration == pytest.approx(6.0, abs=0.03)
    assert (info.has_audio, info.codec) == (True, "h264")
    assert ffmpeg.is_faststart(film.file)
    assert ffmpeg.measure(film.file, timeout=60).frames == 150
    assert not (film.folder / "parts").exists()
    assert film.poster.read_bytes()[:2] == b"\xff\xd8"
    # Title: light letters on dark. Sound: none under the title, a tone under the clips, also the slow one.
    title = picture(film, 0.5)
    assert title.max() > 240
    assert np.median(title) < 20
    heard = loudness(film)
    assert heard[: 8000 * 9 // 10].max() < 60
    for second in (2, 4, 5.5):
        assert heard[int(8000 * second) : int(8000 * (second + 0.4))].mean() > 500


@pytest.mark.parametrize(("at", "source"), [(1.0, 3.0), (1.96, 3.96), (2.5, 5.25), (3.5, 5.75)])
def test_the_box_is_where_the_player_is(cast: Cast, footage: Path, at: float, source: float) -> None:
    """At normal speed the film's second 1 is the video's third; from 2 on a second takes two."""
    video = filmed(cast, footage)
    film = made(cast, Plan(parts=[boxed(video, 2, 4), boxed(video, 5, 6, speed=0.5)]))
    frame = picture(film, at)
    near = (np.abs(frame - ACCENT) < 60).all(axis=2)
    rows, columns = np.nonzero(near)
    left = 2 * (100 + 20 * source)
    assert columns.min() == pytest.approx(left, abs=4)
    assert columns.max() == pytest.approx(left + 80, abs=4)
    assert rows.min() == pytest.approx(400, abs=4)
    assert rows.max() == pytest.approx(600, abs=4)
    plate = frame[360:392, int(left) : int(left) + 80]
    assert plate.max() > 200, "the name stands over the box"


def test_no_box_where_the_player_was_not_seen(cast: Cast, footage: Path) -> None:
    video = filmed(cast, footage)
    rows = [[2.0, 100, 200, 140, 300], [2.2, 100, 200, 140, 300], [3.4, 100, 200, 140, 300]]
    film = made(cast, Plan(parts=[clip(video, 2, 4, boxes=rows, name="Mia")]))
    seen = [bool((np.abs(picture(film, at) - ACCENT) < 60).all(axis=2).any()) for at in (0.1, 0.8, 1.4)]
    assert seen == [True, False, True]


@pytest.mark.slow
def test_names_are_text(cast: Cast, footage: Path) -> None:
    """Whatever people call things, the film is made and what they wrote is drawn, not obeyed."""
    video = filmed(cast, footage)
    names = [*NASTY, "{\\fs900}{\\p1}m 0 0 l 9999 0", "a\\Nb\\h", "}{", "\x1b[31m", "x" * 80, "😀" * 20, "שלום"]
    parts = [
        part
        for name in names
        for part in (Title(text=name or "-", seconds=0.2), boxed(video, 1, 1.2).model_copy(update={"name": name}))
    ]
    film = made(cast, Plan(parts=parts), "Names")
    assert film.frames == 5 * len(parts)
    assert Job.objects.get().state == Job.State.DONE


@pytest.mark.slow
@pytest.mark.parametrize("make", [clips.variable_rate, clips.odd, clips.rotated])
def test_odd_footage(cast: Cast, make: Any, tmp_path: Path) -> None:
    video = filmed(cast, make(tmp_path / "odd.mp4"))
    film = made(cast, Plan(parts=[clip(video, 0.5, 1.5), clip(video, 0, 5, speed=0.25)]))
    assert Job.objects.get().error == ""
    # The last part runs past a short video's end: its last picture stands.
    assert film.frames == 21 * cutting.rate_of([video.fps])


def test_upright_footage_makes_an_upright_film(cast: Cast, tmp_path: Path) -> None:
    video = filmed(cast, clips.plain(tmp_path / "up.mp4", size="180x320", seconds=1))
    film = made(cast, Plan(parts=[clip(video, 0, 1)]))
    assert (film.width, film.height) == (720, 1280)


# Checked before it is called done


def whole(folder: Path, footage: Path, seconds: float = 2) -> tuple[Path, cutting.Shape]:
    shape = cutting.Shape(1280, 720, 25)
    info = cutting.Footage(footage, (640, 360), (640, 360), 8, 25, True)
    folder.mkdir()
    part = folder / "0001.mov"
    cutting.cut(Clip(video=uuid4(), start=0, end=seconds), info, shape, part, lambda _: None)
    cutting.join([part], folder / "film.mp4", seconds, lambda _: None)
    return folder / "film.mp4", shape


def test_a_film_that_is_not_whole_is_not_done(tmp_path: Path, footage: Path) -> None:
    film, shape = whole(tmp_path / "work", footage)
    cutting.verify(film, 50, shape, lambda _: None)
    with pytest.raises(cutting.CutError, match="not complete"):
        cutting.verify(film, 75, shape, lambda _: None)
    data = film.read_bytes()
    film.write_bytes(data[: len(data) * 2 // 3])
    with pytest.raises(cutting.CutError, match="Try again"):
        cutting.verify(film, 50, shape, lambda _: None)
    slow = tmp_path / "slow.mp4"
    clips.make(slow, "-f", "lavfi", "-i", "color=c=red:s=64x64:r=25:d=2", *clips.H264, "-f", "mp4")
    assert not ffmpeg.is_faststart(slow)
    with pytest.raises(cutting.CutError, match="before it is loaded"):
        cutting.verify(slow, 50, shape, lambda _: None)


def test_a_part_that_is_there_is_not_made_again(tmp_path: Path, footage: Path) -> None:
    film, _ = whole(tmp_path / "work", footage)
    part = film.parent / "0001.mov"
    before = part.stat().st_mtime_ns
    cutting.cut(Clip(video=uuid4(), start=0, end=2), None, cutting.Shape(1280, 720, 25), part, lambda _: None)
    assert part.stat().st_mtime_ns == before


def test_parts_of_elsewhere_cannot_be_joined(tmp_path: Path) -> None:
    for part in (tmp_path / "other" / "a.mov", tmp_path / "it's.mov", tmp_path / "-i.mov"):
        with pytest.raises(ValueError, match="plain names"):
            ffmpeg.joined([part], tmp_path / "parts.txt")


# Stopped, failed, gone


def test_cancel_while_it_is_made(cast: Cast, footage: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    video = filmed(cast, footage)
    film = films.order(cast.alice, cast.library, "Film", Plan(parts=[clip(video, 0, 2), clip(video, 3, 5)]))
    real = cutting.cut
    made: list[str] = []

    def cut(*given: Any) -> None:
        real(*given)
        made.append("part")
        films.cancel(film)

    monkeypatch.setattr(cutting, "cut", cut)
    monkeypatch.setattr("videosearch.jobs.run._SHORTEST_BETWEEN_WRITES", 0.0)
    jobs.run_due()
    film.refresh_from_db()
    assert made == ["part"]
    assert not film.is_made
    assert not (film.folder / "parts").exists()
    [stands] = films.standings([film])
    assert (stands.state, stands.sentence) == ("cancelled", "Cancelled. Nothing was made.")
    monkeypatch.setattr(cutting, "cut", real)
    films.again(film)
    jobs.run_due()
    film.refresh_from_db()
    assert film.is_made


def test_progress_says_how_long_it_will_take(cast: Cast, footage: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    video = filmed(cast, footage)
    film = films.order(cast.alice, cast.library, "Film", Plan(parts=[clip(video, 0, 4), clip(video, 4, 8)]))
    monkeypatch.setattr("videosearch.jobs.run._SHORTEST_BETWEEN_WRITES", 0.0)
    said: list[tuple[int, str]] = []
    real = JobRun.progress

    def progress(run: JobRun, fraction: float, message: str = "") -> None:
        real(run, fraction, message)
        [stands] = films.standings([film])
        said.append((stands.percent, stands.sentence))

    monkeypatch.setattr(JobRun, "progress", progress)
    jobs.run_due()
    shares = [share for share, _ in said]
    assert shares == sorted(shares)
    assert len(set(shares)) > 3  # how often ffmpeg says how far it is depends on the machine
    words = " ".join(sentence for _, sentence in said)
    for part in (
        "Cutting part 1 of 2",
        "Cutting part 2 of 2",
        "Joining the parts",
        "Checking that the film plays",
        " left",
    ):
        assert part in words


def test_footage_that_cannot_be_read(cast: Cast, footage: Path) -> None:
    video = filmed(cast, footage)
    assert video.proxy is not None
    video.proxy.file.write_bytes(b"no video")
    film = made(cast, Plan(parts=[clip(video, 0, 2)]))
    [stands] = films.standings([film])
    assert stands.state == "failed"
    assert "cannot be read any more" in stands.sentence
    assert not film.is_made


def test_a_full_disk(cast: Cast, footage: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    video = filmed(cast, footage)
    monkeypatch.setattr(films, "_LEAST_FREE", 10**18)
    [stands] = films.standings([made(cast, Plan(parts=[clip(video, 0, 2)]))])
    assert (stands.state, "disk is full" in stands.sentence) == ("failed", True)


def test_what_was_deleted_does_not_live_on_in_a_film(
    cast: Cast, footage: Path, django_capture_on_commit_callbacks: Any
) -> None:
    kept, gone = filmed(cast, footage, "Kept"), filmed(cast, footage, "Gone")
    one, both = made(cast, Plan(parts=[clip(kept, 0, 1)])), made(cast, Plan(parts=[clip(kept, 0, 1), clip(gone, 0, 1)]))
    with django_capture_on_commit_callbacks(execute=True):
        delete_video(gone)
    assert list(Film.objects.all()) == [one]
    assert one.file.is_file()
    assert not both.folder.exists()


def test_a_video_that_goes_before_the_film_is_made(cast: Cast, footage: Path) -> None:
    video = filmed(cast, footage)
    film = films.order(cast.alice, cast.library, "Film", Plan(parts=[clip(video, 0, 1)]))
    with transaction.atomic():
        delete_video(video)
    jobs.run_due()
    assert not Film.objects.filter(pk=film.pk).exists()
    assert Job.objects.get(kind="film").state == Job.State.CANCELLED


# What may be ordered


def test_the_same_film_is_not_made_twice(cast: Cast, footage: Path) -> None:
    video = filmed(cast, footage)
    wanted = Plan(parts=[clip(video, 0, 1)])
    first = films.order(cast.alice, cast.library, "Film", wanted)
    assert films.order(cast.alice, cast.library, "Film", wanted) == first
    assert films.order(cast.alice, cast.library, "Film", Plan(parts=[clip(video, 0, 2)])) != first


def test_not_too_many_at_once(cast: Cast, footage: Path) -> None:
    video = filmed(cast, footage)
    for end in (1, 2, 3):
        films.order(cast.alice, cast.library, "Film", Plan(parts=[clip(video, 0, end)]))
    with pytest.raises(PlanError, match="3 of your films are still being made"):
        films.order(cast.alice, cast.library, "Film", Plan(parts=[clip(video, 0, 4)]))
    films.order(cast.bob, cast.library, "Film", Plan(parts=[clip(video, 0, 4)]))


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ([Title(text="x", seconds=1)], "at least one moment"),
        ([Clip(video=uuid4(), start=0, end=1)] * 101, "100 parts"),
        ([Clip(video=uuid4(), start=1, end=1.1)], "at least 0.2 seconds"),
        ([Clip(video=uuid4(), start=0, end=12 * 3600)], "10 minutes"),
        ([Clip(video=uuid4(), start=0, end=500, speed=0.25)] * 2, "60 minutes"),
    ],
)
def test_what_cannot_be_made(parts: list[Any], words: str) -> None:
    with pytest.raises(PlanError, match=words):
        plan.check(Plan(parts=parts))


def test_a_plan_comes_back_from_the_database_as_it_was(cast: Cast) -> None:
    row = make_bookmark(cast.alice, make_video(cast.library), player="Mia")
    wanted = reels.plan_of_bookmarks([row])
    assert Plan.model_validate(json.loads(wanted.model_dump_json())) == wanted
    [part] = wanted.parts
    assert isinstance(part, Clip)
    assert part.boxes == boxes_between(row.tube)[9:42]
    assert part.name == "Mia"
    assert reels.plan_of([ReelItem(kind="clip", start=0, end=1)]).parts == []

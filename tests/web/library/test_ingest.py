"""Real files through the real probe and ffmpeg; indexing is stood in for, it has its own tests."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from django.utils import timezone

from grounding.video import probe as facts_of
from grounding.video import read_frames
from tests.web.library import clips
from tests.web.library.cast import World, make_world
from videosearch import jobs
from videosearch.jobs.models import Job
from videosearch.library import ingest, services
from videosearch.library.models import Rendition, Video

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(transactional_db: None) -> World:
    return make_world()


@pytest.fixture(autouse=True)
def indexing_comes_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    def ended(sender: object, video: Video, **_: object) -> None:
        Video.objects.filter(id=video.id).update(indexed_at=timezone.now())

    monkeypatch.setattr("videosearch.library.signals.video_probed.receivers", [])
    monkeypatch.setattr("videosearch.library.signals.video_probed.sender_receivers_cache", {}, raising=False)
    from videosearch.library.signals import video_probed

    video_probed.connect(ended, weak=False)


def ingested(world: World, path: Path) -> Video:
    video = services.add_video(world.library, path, world.users["eve"])
    jobs.run_due()
    video.refresh_from_db()
    return video


def frame_times(path: Path) -> list[float]:
    return [round(frame.pts, 3) for frame in read_frames(path, rate=60)]


def test_a_video_becomes_ready_and_playable(world: World, tmp_path: Path) -> None:
    source = clips.plain(tmp_path / "2025-10-04_U17 vs City.mp4")
    video = ingested(world, source)

    assert (video.status, video.error) == ("ready", "")
    assert video.title == "2025-10-04 U17 vs City"
    assert (video.width, video.height, round(video.duration)) == (320, 180, 3)
    assert video.sha256 == hashlib.sha256(source.read_bytes()).hexdigest()
    assert video.uploaded_by == world.users["eve"]
    assert {one.kind for one in video.renditions.all()} == set(Rendition.Kind.values)
    assert all(one.size_bytes == one.file.stat().st_size > 0 for one in video.renditions.all())
    assert not list(video.folder.glob(".*")), "half-made files are left"

    made = video.proxy
    assert made is not None
    proxy = facts_of(made.file)
    assert (proxy.codec, proxy.has_audio, proxy.width, proxy.height) == ("h264", True, 320, 180)
    head = made.file.read_bytes()[:4096]
    assert head.index(b"moov") < 4096, "the index of the file must come first"
    assert source.exists(), "the file that was given stays where it is"


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda path: path.write_text("This is a text about football. " * 50), "The file is not a video"),
        (lambda path: path.write_bytes(b""), "The file is empty (0 bytes)."),
        (lambda path: path.write_bytes(b"\0" * 5000), "The file is not a video"),
        (clips.sound_only, "The file has no picture, only sound."),
        (clips.huge_picture, "million pixels"),
    ],
    ids=["text", "empty", "zeros", "sound only", "16000x16000"],
)
def test_what_is_not_a_video_fails_with_a_sentence(
    world: World, tmp_path: Path, make: Callable[[Path], object], sentence: str
) -> None:
    path = tmp_path / "match.mp4"
    make(path)
    began = time.monotonic()
    video = ingested(world, path)

    assert video.status == "failed"
    assert sentence in video.error
    assert "original" not in video.error
    assert not video.renditions.exists()
    assert video.original.exists(), "what the user gave is not lost"
    assert time.monotonic() - began < 30


def test_a_playlist_shows_nothing_of_another_team(world: World, tmp_path: Path) -> None:
    theirs = services.add_video(world.other, clips.plain(tmp_path / "theirs.mp4"), world.users["sam"])
    video = ingested(world, clips.playlist(tmp_path / "ours.mp4", theirs.original))

    assert video.status == "failed"
    assert "playlist" in video.error
    assert not video.renditions.exists()


def test_a_file_that_ends_early_is_partial_and_plays_as_far_as_it_goes(world: World, tmp_path: Path) -> None:
    video = ingested(world, clips.truncated(tmp_path / "cut.mp4"))

    assert video.status == "partial"
    assert video.decoded_seconds is not None
    assert 3 < video.decoded_seconds < 17
    assert video.error == f"The file ends early: {video.decoded_seconds:.0f} of 20 seconds could be read."
    ingest.settle(video.id)
    video.refresh_from_db()
    assert video.error.count("ends early") == 1


def test_odd_sizes_become_even(world: World, tmp_path: Path) -> None:
    video = ingested(world, clips.odd(tmp_path / "odd.mp4"))
    assert video.status == "ready"
    assert (video.width, video.height) == (321, 181)
    assert video.proxy is not None
    assert (video.proxy.width, video.proxy.height) == (320, 180)


def test_a_turned_phone_is_shown_upright(world: World, tmp_path: Path) -> None:
    source = clips.rotated(tmp_path / "phone.mp4")
    video = ingested(world, source)

    assert (video.status, video.width, video.height) == ("ready", 180, 320)
    assert video.rotation in {90, 270}
    assert video.proxy is not None
    shown = facts_of(video.proxy.file)
    assert (shown.width, shown.height, shown.rotation) == (180, 320, 0)
    ours = next(read_frames(source)).image.astype(int)
    theirs = next(read_frames(video.proxy.file)).image.astype(int)
    assert abs(ours - theirs).mean() < 12, "turned the same way"


def test_times_of_a_variable_rate_are_kept(world: World, tmp_path: Path) -> None:
    source = clips.variable_rate(tmp_path / "phone.mp4")
    video = ingested(world, source)

    assert video.status == "ready"
    assert video.proxy is not None
    before, after = frame_times(source), frame_times(video.proxy.file)
    assert len(before) > 100
    assert after == pytest.approx(before, abs=0.002)


def test_a_video_without_sound(world: World, tmp_path: Path) -> None:
    video = ingested(world, clips.plain(tmp_path / "silent.mp4", sound=False))
    assert (video.status, video.has_audio) == ("ready", False)
    assert video.proxy is not None
    assert not facts_of(video.proxy.file).has_audio


def test_large_pictures_are_made_smaller_and_small_ones_stay() -> None:
    assert ingest.fitted(3840, 2160, 1280) == (1280, 720)
    assert ingest.fitted(1080, 1920, 1280) == (720, 1280)
    assert ingest.fitted(640, 360, 1280) == (640, 360)
    assert ingest.fitted(1, 1, 1280) == (2, 2)


def test_a_video_deleted_while_it_is_processed_leaves_nothing(world: World, tmp_path: Path) -> None:
    video = services.add_video(world.library, clips.plain(tmp_path / "match.mp4"), None)
    folder = video.folder
    services.delete_video(video)
    jobs.run_due()

    assert not folder.exists()
    assert not Job.objects.filter(state="failed").exists()


def test_trying_again_starts_from_the_file(world: World, tmp_path: Path) -> None:
    video = ingested(world, clips.plain(tmp_path / "match.mp4"))
    services.fail(video.id, "The disk was full.")
    services.retry(video)
    jobs.run_due()
    video.refresh_from_db()
    assert (video.status, video.error) == ("ready", "")
    assert video.renditions.count() == 3


def test_two_proxies_of_one_video_leave_one(world: World, tmp_path: Path) -> None:
    video = ingested(world, clips.plain(tmp_path / "match.mp4"))
    before = {one.kind: one.id for one in video.renditions.all()}
    jobs.enqueue("proxy", video.id, again=True)
    jobs.run_due()
    assert {one.kind: one.id for one in video.renditions.all()} == before

"""ffmpeg under our rules: what it may read, and what it may use."""

from __future__ import annotations

import resource
import subprocess
import time
from pathlib import Path

import pytest

from videosearch.lib import ffmpeg
from videosearch.lib.ffmpeg import FfmpegError, FfmpegTimeout
from videosearch.lib.limits import Limits


def _make(path: Path, *, seconds: float = 2, size: str = "320x180", args: tuple[str, ...] = ()) -> Path:
    pattern = f"testsrc2=size={size}:rate=25:duration={seconds}"
    subprocess.run(
        [ffmpeg.binary(), "-v", "error", "-f", "lavfi", "-i", pattern, "-pix_fmt", "yuv420p", *args, "-y", str(path)],
        check=True,
    )
    return path


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _make(tmp_path_factory.mktemp("ffmpeg") / "clip.mp4")


def _copy(source: Path, target: Path, **options: object) -> None:
    stream = ffmpeg.source(source)
    ffmpeg.run(ffmpeg.output([stream.video], target, **options), timeout=30)


def test_it_works(clip: Path, tmp_path: Path) -> None:
    seen: list[float] = []
    stream = ffmpeg.source(clip, ss=0.5, t=1.0)
    target = tmp_path / "half.mp4"
    node = ffmpeg.output([stream.video.filter("scale", 160, -2)], target, vcodec="libx264", movflags="+faststart")
    ffmpeg.run(node, timeout=30, on_progress=seen.append)
    assert target.stat().st_size > 1000
    assert seen[-1] == pytest.approx(1.0, abs=0.1)


def test_a_playlist_reads_nothing(tmp_path: Path) -> None:
    """Without the allow-list ffmpeg opens it as HLS and decodes the other team's file in full."""
    theirs = _make(tmp_path / "theirs.ts")
    playlist = tmp_path / "mine.m3u8"
    playlist.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:2,\n{theirs}\n#EXT-X-ENDLIST\n")
    attack = ["-allowed_extensions", "ALL", "-extension_picky", "0", "-i", str(playlist), "-f", "null", "-"]
    unguarded = subprocess.run([ffmpeg.binary(), "-v", "error", *attack], check=False)
    assert unguarded.returncode == 0, "the attack itself must work, or this test shows nothing"
    for name in ("mine.m3u8", "mine.mp4"):
        playlist.rename(tmp_path / name)
        playlist = tmp_path / name
        with pytest.raises(FfmpegError) as caught:
            _copy(playlist, tmp_path / "stolen.mp4")
        assert "whitelist" in caught.value.detail or "Invalid data" in caught.value.detail
        assert "/" not in str(caught.value)


def test_a_giant_picture_costs_no_memory(tmp_path: Path) -> None:
    giant = _make(
        tmp_path / "giant.mov", seconds=0.04, size="8000x8000", args=("-c:v", "libx264", "-preset", "ultrafast")
    )
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    started = time.monotonic()
    with pytest.raises(FfmpegError):
        _copy(giant, tmp_path / "out.mp4")
    assert time.monotonic() - started < 5
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss == before


def test_memory_is_limited(clip: Path, tmp_path: Path) -> None:
    stream = ffmpeg.source(clip)
    node = ffmpeg.output([stream.video], tmp_path / "out.mp4", vcodec="libx264")
    with pytest.raises(FfmpegError):
        ffmpeg.run(node, timeout=30, limits=Limits(memory_bytes=100 * 1024**2))


def test_file_size_is_limited(clip: Path, tmp_path: Path) -> None:
    stream = ffmpeg.source(clip)
    node = ffmpeg.output([stream.video], tmp_path / "out.avi", vcodec="rawvideo")
    with pytest.raises(FfmpegError):
        ffmpeg.run(node, timeout=30, limits=Limits(file_bytes=1024**2))
    assert (tmp_path / "out.avi").stat().st_size <= 1024**2


def test_it_is_killed_when_its_time_is_up(clip: Path, tmp_path: Path) -> None:
    stream = ffmpeg.source(clip, stream_loop=-1, re=None)
    started = time.monotonic()
    with pytest.raises(FfmpegTimeout, match="longer than 1 s"):
        ffmpeg.run(ffmpeg.output([stream.video], tmp_path / "out.mp4"), timeout=1)
    assert time.monotonic() - started < 4


def test_what_the_progress_raises_stops_it(clip: Path, tmp_path: Path) -> None:
    def stop(seconds: float) -> None:
        raise KeyError("enough")

    stream = ffmpeg.source(clip, stream_loop=-1, re=None)
    started = time.monotonic()
    with pytest.raises(KeyError, match="enough"):
        ffmpeg.run(ffmpeg.output([stream.video], tmp_path / "out.mp4"), timeout=30, on_progress=stop)
    assert time.monotonic() - started < 4


@pytest.mark.parametrize(
    "content", [b"", b"x", b"\x00" * 4096, b"just some text\n" * 100], ids=["empty", "byte", "zeros", "text"]
)
def test_what_is_no_video_fails_with_a_sentence(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x.mp4"
    path.write_bytes(content)
    with pytest.raises(FfmpegError, match="could not be processed") as caught:
        _copy(path, tmp_path / "out.mp4")
    assert caught.value.detail


@pytest.mark.parametrize("name", ["-i.mp4", "a:b.mp4", "x%03d.mp4", "it's [1],2;3.mp4"])
def test_odd_names_are_names(name: str, clip: Path, tmp_path: Path) -> None:
    odd = tmp_path / name
    odd.write_bytes(clip.read_bytes())
    _copy(odd, tmp_path / "out.mp4")
    assert (tmp_path / "out.mp4").stat().st_size > 1000


def test_relative_paths_are_refused(clip: Path) -> None:
    with pytest.raises(ValueError, match="absolute"):
        ffmpeg.source(Path(clip.name))
    with pytest.raises(ValueError, match="absolute"):
        ffmpeg.output([ffmpeg.source(clip).video], Path("out.mp4"))


def test_the_inputs_metadata_is_left_behind(tmp_path: Path) -> None:
    tagged = _make(tmp_path / "tagged.mp4", args=("-metadata", "title=<img src=x onerror=alert(1)>"))
    _copy(tagged, tmp_path / "out.mp4")
    assert b"onerror" in tagged.read_bytes()
    assert b"onerror" not in (tmp_path / "out.mp4").read_bytes()

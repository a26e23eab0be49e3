"""Reading the files teams really have: phones held upright, screen recordings, transport streams, cut-off copies."""

from __future__ import annotations

import resource
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grounding.errors import BadVideoError
from grounding.types import Image, Span
from grounding.video import probe, read_frame, read_frames

WriteVideo = Any


def shown(image: Image) -> int:
    height, width = image.shape[:2]
    return round((float(image[height * 4 // 9 : height * 5 // 9, width * 4 // 9 : width * 5 // 9].mean()) - 20) / 4)


def corner(image: Image, where: str) -> str:
    height, width = image.shape[:2]
    y = 3 if "top" in where else height - 4
    x = 3 if "left" in where else width - 4
    pixel = image[y, x].astype(int)
    return "rgb"[int(pixel.argmax())] if pixel.max() - np.sort(pixel)[1] > 80 else "none"


def test_probe_tells_the_facts(write_video: WriteVideo) -> None:
    info = probe(write_video("match.mp4", frames=50, size=(96, 72), audio=True))
    assert (info.name, info.width, info.height, info.rotation) == ("match.mp4", 96, 72, 0)
    assert info.duration == pytest.approx(2.0, abs=0.05)
    assert info.fps == pytest.approx(25, abs=0.5)
    assert (info.has_audio, info.codec) == (True, "h264")
    assert not probe(write_video("silent.mp4", frames=5)).has_audio


@pytest.mark.parametrize("suffix", ["mp4", "mov", "mkv", "ts", "avi"])
def test_every_container_gives_the_grid(write_video: WriteVideo, suffix: str) -> None:
    frames = list(read_frames(write_video(f"a.{suffix}", frames=50)))
    assert [f.frame_idx for f in frames] == list(range(10))
    assert [f.pts for f in frames] == pytest.approx([k / 5 for k in range(10)], abs=0.002)
    assert [shown(f.image) for f in frames] == [5 * k for k in range(10)]


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "ts"])
def test_time_starts_at_the_first_frame(write_video: WriteVideo, suffix: str) -> None:
    path = write_video(f"late.{suffix}", frames=50, start=7.3)
    frames = list(read_frames(path))
    assert frames[0].pts == 0
    assert [shown(f.image) for f in frames] == [5 * k for k in range(10)]


@pytest.mark.parametrize(
    ("degrees", "size", "corners"),
    [(90, (72, 96), ("g", "none", "r")), (-90, (72, 96), ("b", "r", "none")), (180, (96, 72), ("none", "b", "g"))],
)
def test_rotation_is_applied(
    write_video: WriteVideo, degrees: int, size: tuple[int, int], corners: tuple[str, str, str]
) -> None:
    """set_display_rotation is anticlockwise: by 90 the top right corner comes to the top left."""
    path = write_video("phone.mp4", frames=5, rotation=degrees)
    info = probe(path)
    image = next(read_frames(path)).image
    assert (info.width, info.height) == size == (image.shape[1], image.shape[0])
    assert tuple(corner(image, where) for where in ("top left", "top right", "bottom left")) == corners
    assert info.rotation % 90 == 0
    assert info.rotation != 0


def test_variable_frame_rate_keeps_true_times(write_video: WriteVideo) -> None:
    times = [0.0, 0.04, 0.08, 0.6, 0.64, 1.5, 1.54, 1.595, 1.64]
    path = write_video("screen.mp4", frames=len(times), times=times)
    frames = list(read_frames(path))
    assert [f.pts for f in frames] == pytest.approx([0.0, 0.6, 1.5, 1.595], abs=0.002)
    assert len({f.frame_idx for f in frames}) == len(frames)
    for frame in frames:
        assert times[shown(frame.image)] == pytest.approx(frame.pts, abs=0.002)


@pytest.mark.parametrize("size", [(97, 71), (1, 1), (33, 16)])
def test_odd_sizes(write_video: WriteVideo, size: tuple[int, int]) -> None:
    path = write_video("odd.mkv", images=[np.full((size[1], size[0], 3), 90, np.uint8)] * 6)
    info = probe(path)
    assert (info.width, info.height) == size
    assert next(read_frames(path)).image.shape == (size[1], size[0], 3)


def test_pixels_that_are_not_square_are_stretched(write_video: WriteVideo) -> None:
    from fractions import Fraction

    path = write_video("dv.mp4", frames=5, size=(72, 64), sample_aspect_ratio=Fraction(4, 3))
    info = probe(path)
    assert (info.width, info.height) == (96, 64)
    assert next(read_frames(path)).image.shape == (64, 96, 3)


def test_max_side_scales_before_colour_conversion(write_video: WriteVideo) -> None:
    path = write_video("a.mp4", frames=5, size=(192, 144))
    assert next(read_frames(path, max_side=96)).image.shape == (72, 96, 3)
    assert next(read_frames(path, max_side=960)).image.shape == (144, 192, 3)


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "ts"])
def test_a_span_is_the_same_frames_as_in_the_whole(write_video: WriteVideo, suffix: str) -> None:
    path = write_video(f"long.{suffix}", frames=25 * 9, start=1.4)
    whole = [(f.frame_idx, round(f.pts, 3), shown(f.image)) for f in read_frames(path)]
    part = [(f.frame_idx, round(f.pts, 3), shown(f.image)) for f in read_frames(path, span=Span(4.0, 7.0))]
    assert part == [row for row in whole if 20 <= row[0] < 35]
    assert list(read_frames(path, span=Span(60.0, 70.0))) == []


def test_rates(write_video: WriteVideo) -> None:
    path = write_video("a.mp4", frames=75)
    assert [f.pts for f in read_frames(path, rate=1)] == pytest.approx([0, 1, 2], abs=0.002)
    assert len(list(read_frames(path, rate=25))) == 75
    assert len(list(read_frames(path, rate=100))) == 75  # a frame never comes twice


def test_frame_at_a_time_is_the_one_shown_then(write_video: WriteVideo) -> None:
    path = write_video("a.mp4", frames=49)
    assert shown(read_frame(path, 0.0).image) == 0
    assert shown(read_frame(path, 1.0).image) == 25
    assert shown(read_frame(path, 1.03).image) == 25
    assert shown(read_frame(path, 99.0).image) == 48


def test_a_cut_off_file_ends_early_without_an_error(write_video: WriteVideo) -> None:
    rng = np.random.default_rng(1)
    noisy = [rng.integers(0, 255, (72, 96, 3)).astype(np.uint8) for _ in range(100)]
    path = write_video("half.mp4", images=noisy, options={"movflags": "faststart"})
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    assert probe(path).duration == pytest.approx(4.0, abs=0.1)
    last = [f.pts for f in read_frames(path)][-1]
    assert 1.0 < last < 3.0
    assert list(read_frames(path, span=Span(3.4, 4.0))) == []


def test_damage_in_the_middle_is_passed_over(write_video: WriteVideo) -> None:
    rng = np.random.default_rng(1)
    noisy = [rng.integers(0, 255, (72, 96, 3)).astype(np.uint8) for _ in range(100)]
    path = write_video("scratch.mp4", images=noisy, options={"movflags": "faststart"})
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 4000] = bytes(4000)
    path.write_bytes(bytes(data))
    times = [f.pts for f in read_frames(path)]
    assert times[-1] > 3.5
    assert times == sorted(times)


def _refused(path: Path) -> str:
    with pytest.raises(BadVideoError) as caught:
        probe(path)
    with pytest.raises(BadVideoError):
        list(read_frames(path))
    message = str(caught.value)
    assert message.startswith(path.name)
    assert message.endswith(".")
    assert "\n" not in message
    return message


def test_what_is_no_video_is_refused_in_a_sentence(tmp_path: Path, write_video: WriteVideo) -> None:
    def file(name: str, data: bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(data)
        return path

    assert _refused(tmp_path / "gone.mp4") == "gone.mp4 does not exist."
    assert _refused(file("nil.mp4", b"")) == "nil.mp4 is empty (0 bytes)."
    assert _refused(file("notes.mp4", b"team sheet\n" * 50)) == "notes.mp4 is not a video that can be read."
    assert "cut off" in _refused(file("ftyp.mp4", b"\0\0\0\x20ftypisom" + bytes(64)))
    assert "folder" in _refused(tmp_path)
    assert _refused(write_video("song.mp4", video=False, audio=True)) == "song.mp4 has no picture, only sound."
    whole = write_video("whole.mp4", frames=30).read_bytes()
    assert "cut off" in _refused(file("tail.mp4", whole[: len(whole) - 900]))  # the index is at its end


@pytest.mark.parametrize(
    "text",
    [
        "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{secret}\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile {secret}\n",
        "\n #EXTM3U\n#EXTINF:9,\n{secret}\n",
        '<?xml version="1.0"?><MPD><Period><BaseURL>{secret}</BaseURL></Period></MPD>',
        "file '{secret}'\n",
    ],
)
def test_playlists_never_reach_another_file(write_video: WriteVideo, tmp_path: Path, text: str) -> None:
    secret = write_video("secret.mp4", frames=10)
    for name in ("x.mp4", "x.mov", "x.avi", "x.m3u8"):
        path = tmp_path / name
        path.write_text(text.format(secret=secret))
        assert "playlist" in _refused(path)


def test_huge_pictures_are_refused_before_they_are_decoded(write_video: WriteVideo) -> None:
    """The sizes declared in the sample entry and in each JPEG are rewritten: 64 x 64 becomes 16000 x 16000."""
    path = write_video("huge.mov", codec="mjpeg", images=[np.zeros((64, 64, 3), np.uint8)] * 2)
    data = bytearray(path.read_bytes())
    size = (16000).to_bytes(2, "big") * 2
    entry = data.index(b"jpeg", data.index(b"stsd")) + 28
    assert data[entry : entry + 4] == b"\0\x40\0\x40"
    data[entry : entry + 4] = size
    at = -1
    while (at := data.find(b"\xff\xc0\0\x11\x08", at + 1)) >= 0:
        data[at + 5 : at + 9] = size
    path.write_bytes(bytes(data))
    assert (
        _refused(path) == "huge.mov has pictures that are damaged or too large: at most 36 million pixels are handled."
    )
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    _refused(path)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # kB; a decoded picture takes 384,000


def test_a_file_with_two_pictures_gives_the_default_one(tmp_path: Path) -> None:
    import av

    path = tmp_path / "two.mkv"
    with av.open(str(path), "w") as container:
        streams: list[Any] = [container.add_stream("libx264", rate=25) for _ in range(2)]
        for stream, (width, height) in zip(streams, [(96, 72), (48, 36)], strict=True):
            stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for i in range(10):
            for stream in streams:
                frame = av.VideoFrame.from_ndarray(np.zeros((stream.height, stream.width, 3), np.uint8), format="rgb24")
                frame.pts = i
                container.mux(stream.encode(frame))
        for stream in streams:
            container.mux(stream.encode(None))
    assert (probe(path).width, probe(path).height) == (96, 72)

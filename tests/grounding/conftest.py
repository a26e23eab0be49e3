"""Fixtures shared by the library's tests: tiny video files written on the spot."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from grounding.types import Image

WriteVideo = Callable[..., Path]


def numbered_image(index: int, width: int, height: int) -> Image:
    """Grey level tells the frame; the corners tell the orientation: red top left, green top right, blue bottom left."""
    image = np.full((height, width, 3), 20 + 4 * (index % 50), np.uint8)
    image[: height // 3, : width // 3] = (220, 20, 20)
    image[: height // 3, -(width // 3) :] = (20, 220, 20)
    image[-(height // 3) :, : width // 3] = (20, 20, 220)
    return image


def index_shown(image: Image) -> int:
    """The frame number (mod 50) that `numbered_image` wrote, from the centre of the picture."""
    height, width = image.shape[:2]
    centre = image[height * 4 // 9 : height * 5 // 9, width * 4 // 9 : width * 5 // 9]
    return round((float(centre.mean()) - 20) / 4)


@pytest.fixture
def write_video(tmp_path: Path) -> WriteVideo:
    """Writes `name` into tmp_path: `images` (or `frames` numbered ones), shown at `times` or at `fps`."""

    def write(
        name: str = "video.mp4",
        *,
        frames: int = 25,
        size: tuple[int, int] = (96, 72),
        fps: float = 25,
        times: Sequence[float] | None = None,
        images: Sequence[Image] | None = None,
        rotation: float | None = None,
        audio: bool = False,
        video: bool = True,
        codec: str = "libx264",
        start: float = 0.0,
        options: dict[str, str] | None = None,
        **stream_attributes: Any,
    ) -> Path:
        path = tmp_path / name
        pictures = images if images is not None else [numbered_image(i, *size) for i in range(frames)]
        shown = times if times is not None else [i / fps for i in range(len(pictures))]
        with av.open(str(path), "w", options=options or {}) as container:
            if video:
                height, width = pictures[0].shape[:2]
                stream: Any = container.add_stream(codec, rate=Fraction(fps).limit_denominator(1001))
                stream.width, stream.height = width, height
                stream.pix_fmt = "yuv444p" if width % 2 or height % 2 else "yuv420p"
                if codec == "mjpeg":
                    stream.pix_fmt = "yuvj420p"
                else:
                    stream.options = {"preset": "ultrafast", "crf": "12"}
                stream.codec_context.time_base = Fraction(1, 1000)
                stream.codec_context.gop_size = 10
                for key, value in stream_attributes.items():
                    setattr(stream, key, value)
                if rotation is not None:
                    stream.set_display_rotation(rotation)
            if audio:
                sound: Any = container.add_stream("aac", rate=8000, layout="mono")
            if video:
                for time, picture in zip(shown, pictures, strict=True):
                    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
                    frame.pts = round((start + time) * 1000)
                    frame.time_base = Fraction(1, 1000)
                    container.mux(stream.encode(frame))
                container.mux(stream.encode(None))
            if audio:
                for i in range(8):
                    samples = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
                    samples.sample_rate, samples.pts = 8000, i * 1024
                    container.mux(sound.encode(samples))
                container.mux(sound.encode(None))
        return path

    return write

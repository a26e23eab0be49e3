"""Writes pictures and sound into an MP4: H.264 1280x720 at 25 a second, AAC."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from grounding.synth.arena import FPS, HEIGHT, WIDTH
from grounding.synth.sound import RATE
from grounding.types import Image

_CHUNK: Final = 1024


class Film:
    """An MP4 being written; a context manager. The file is only whole after leaving it without an error."""

    def __init__(self, path: Path) -> None:
        self._container: Any = av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"})
        video = self._container.add_stream("libx264", rate=FPS)
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        # Two-second key frames make seeking in a player quick. A fixed thread count keeps the file the same anywhere.
        video.options = {"preset": "superfast", "crf": "23", "g": str(2 * FPS), "threads": "2"}
        video.codec_context.color_range, video.codec_context.colorspace = 1, 5
        self._video = video
        self._audio = self._container.add_stream("aac", rate=RATE, layout="mono")
        self._frames = 0
        self._samples = 0
        self._rest: NDArray[np.float32] = np.zeros(0, np.float32)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._sound(self._rest)
            for stream in (self._video, self._audio):
                self._container.mux(stream.encode(None))
        self._container.close()

    def picture(self, image: Image) -> None:
        """Adds the next frame, (720, 1280, 3) RGB."""
        planes = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2YUV_I420), np.uint8)
        frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
        frame.pts = self._frames
        self._frames += 1
        self._container.mux(self._video.encode(frame))

    def sound(self, samples: NDArray[np.float32]) -> None:
        """Adds the next samples, mono in -1..1."""
        held = np.concatenate([self._rest, samples])
        whole = len(held) // _CHUNK * _CHUNK
        for start in range(0, whole, _CHUNK):
            self._sound(held[start : start + _CHUNK])
        self._rest = held[whole:]

    def _sound(self, samples: NDArray[np.float32]) -> None:
        if len(samples) == 0:
            return
        frame = av.AudioFrame.from_ndarray(samples[None].astype(np.float32), format="fltp", layout="mono")
        frame.sample_rate, frame.pts = RATE, self._samples
        self._samples += len(samples)
        self._container.mux(self._audio.encode(frame))

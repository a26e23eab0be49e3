"""The probe in a process of its own, and the text model behind the door."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest

from videosearch.indexing.vectors import SENTENCE
from videosearch.lib import engine, ffmpeg
from videosearch.lib.limits import Limits


def test_probe(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    pattern = "testsrc2=size=320x180:rate=25:duration=2"
    subprocess.run(
        [ffmpeg.binary(), "-v", "error", "-f", "lavfi", "-i", pattern, "-pix_fmt", "yuv420p", str(path)], check=True
    )
    info = engine.probe(path)
    assert (info.width, info.height, info.fps, info.has_audio, info.codec) == (320, 180, 25, False, "h264")
    assert info.duration == pytest.approx(2, abs=0.05)


@pytest.mark.parametrize("content", [b"", b"\x00" * 4096, b"#EXTM3U\n/etc/passwd\n", b"x"])
def test_probe_of_what_is_no_video(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(content)
    with pytest.raises(engine.BadVideoError) as caught:
        engine.probe(path)
    assert "Traceback" not in str(caught.value)
    assert str(caught.value).endswith(".")


def test_a_probe_that_dies_is_a_bad_video(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_PROBE_LIMITS", Limits(memory_bytes=20 * 1024**2, cpu_seconds=60, file_bytes=0))
    with pytest.raises(engine.BadVideoError, match="could not be read"):
        engine.probe(tmp_path / "clip.mp4")


def test_embed_text() -> None:
    red, crimson, tax = (np.array(engine.embed_text(t)) for t in ("a red shirt", "a crimson jersey", "a tax return"))
    assert len(red) == SENTENCE
    assert np.linalg.norm(red) == pytest.approx(1, abs=1e-4)
    assert red @ crimson > red @ tax + 0.2

"""Small video files, good and bad, made by the real ffmpeg."""

from __future__ import annotations

import subprocess
from pathlib import Path

from videosearch.lib import ffmpeg

H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")


def make(target: Path, *arguments: str) -> Path:
    subprocess.run(
        [ffmpeg.binary(), "-hide_banner", "-v", "error", "-y", *arguments, str(target)], check=True, timeout=120
    )
    return target


def plain(target: Path, *, size: str = "320x180", seconds: float = 3, rate: int = 25, sound: bool = True) -> Path:
    picture = ("-f", "lavfi", "-i", f"testsrc2=size={size}:rate={rate}:duration={seconds}")
    tone = ("-f", "lavfi", "-i", f"sine=duration={seconds}", "-c:a", "aac") if sound else ()
    return make(target, *picture, *tone, *H264, "-movflags", "+faststart", "-f", "mp4")


def odd(target: Path) -> Path:
    picture = ("-f", "lavfi", "-i", "testsrc=size=321x181:rate=25:duration=2")
    return make(target, *picture, "-c:v", "mjpeg", "-f", "mov")


def rotated(target: Path) -> Path:
    source = plain(target.with_suffix(".src.mp4"), seconds=2, sound=False)
    return make(target, "-display_rotation", "90", "-i", str(source), "-c", "copy", "-f", "mp4")


def variable_rate(target: Path) -> Path:
    """25 frames a second, then 8, then 25: frame numbers and times fall apart."""
    picture = ("-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=6")
    drop = "select='if(between(t,2,4),not(mod(n,3)),1)'"
    timing = ("-fps_mode", "vfr", "-enc_time_base", "1:90000", "-video_track_timescale", "90000")
    return make(target, *picture, "-vf", drop, *timing, *H264, "-f", "mp4")


def truncated(target: Path, *, share: float = 0.5) -> Path:
    """A download that stopped: the header promises all of it."""
    whole = plain(target.with_suffix(".whole.mp4"), seconds=20, sound=False)
    data = whole.read_bytes()
    target.write_bytes(data[: int(len(data) * share)])
    return target


def sound_only(target: Path) -> Path:
    return make(target, "-f", "lavfi", "-i", "sine=duration=2", "-c:a", "aac", "-f", "mp4")


def huge_picture(target: Path) -> Path:
    picture = ("-f", "lavfi", "-i", "color=black:size=16000x16000:rate=1:duration=1")
    return make(target, *picture, "-c:v", "mjpeg", "-q:v", "31", "-frames:v", "1", "-f", "mov")


def playlist(target: Path, other: Path) -> Path:
    """What reads another team's footage where ffmpeg is left to guess."""
    target.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{other}\n#EXT-X-ENDLIST\n")
    return target

"""What is burned into the pictures of a film, as a script for libass: the box that follows a player, a name, a title.

All coordinates are pixels of the film. Text comes from people: nothing in it may be taken for a command.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from videosearch.reels.boxes import Corners
from videosearch.reels.exports.document import one_line

FONT_FILE: Final = "DejaVuSans-Bold.ttf"
_FONT: Final = "DejaVu Sans"

# Colours of ASS are &HAABBGGRR, with AA as transparency.
_ACCENT: Final = "&H0050F2C8"
_DARK: Final = "&H59000000"
_PLATE: Final = "&H26110D0A"
_WHITE: Final = "&H00FFFFFF"
_GREY: Final = "&H00C2B4A9"
_FINE: Final = 8  # \p4 counts eighths of a pixel


@dataclass(frozen=True, slots=True)
class Script:
    """A script in the making for pictures of `width` x `height`."""

    width: int
    height: int
    lines: list[str]

    @classmethod
    def empty(cls, width: int, height: int) -> Script:
        return cls(width, height, [])

    def text(self) -> str:
        return "\n".join([*self._head(), *self.lines, ""])

    def _head(self) -> list[str]:
        unit = self.height / 720
        label, title = 22 * unit, 64 * unit
        bold = "-1,0,0,0,100,100,0,0"
        return [
            "[Script Info]",
            "ScriptType: v4.00+",
            f"PlayResX: {self.width}",
            f"PlayResY: {self.height}",
            "WrapStyle: 0",
            "ScaledBorderAndShadow: yes",
            "",
            "[V4+ Styles]",
            "Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, "
            "Italic, Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, "
            "MarginL, MarginR, MarginV, Encoding",
            f"Style: Frame,{_FONT},20,{_ACCENT},{_ACCENT},{_DARK},{_DARK},{bold},1,0,0,7,0,0,0,1",
            f"Style: Label,{_FONT},{label:.1f},{_WHITE},{_WHITE},{_PLATE},{_PLATE},{bold},3,{6 * unit:.1f},0,2,0,0,0,1",
            f"Style: Title,{_FONT},{title:.1f},{_WHITE},{_WHITE},{_DARK},{_DARK},{bold},1,0,0,5,"
            f"{self.width // 10},{self.width // 10},0,1",
            f"Style: Note,{_FONT},{26 * unit:.1f},{_GREY},{_GREY},{_DARK},{_DARK},{bold},1,0,0,2,"
            f"{self.width // 10},{self.width // 10},{self.height // 8},1",
            "",
            "[Events]",
            "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text",
        ]

    def _say(self, layer: int, span: tuple[float, float], style: str, text: str) -> None:
        self.lines.append(f"Dialogue: {layer},{_clock(span[0])},{_clock(span[1])},{style},,0,0,0,,{text}")

    def title(self, text: str, note: str, seconds: float) -> None:
        """A title in the middle, smaller the longer it is, and a line under it."""
        size = 64 * self.height / 720 * min(1.0, (40 / max(len(text), 1)) ** 0.5)
        self._say(0, (0, seconds), "Title", f"{{\\fs{size:.0f}}}{plain(text)}")
        if note:
            self._say(0, (0, seconds), "Note", plain(note))

    def follow(self, box_at: Callable[[float], Corners | None], name: str, seconds: float, every: float) -> None:
        """A box wherever `box_at` says the player is, drawn anew `every` so many seconds, with the name above it."""
        for place in range(round(seconds / every) + 1):
            at = place * every
            box = box_at(at)
            if box is not None:
                self._box((at - every / 2, at + every / 2), box, name)

    def _box(self, span: tuple[float, float], box: Corners, name: str) -> None:
        unit = self.height / 720
        x1, y1, x2, y2 = box
        self._say(0, span, "Frame", f"{{\\pos(0,0)\\p4\\1c&H000000&\\1a&H59&}}{_frame(box, 4.5 * unit)}")
        self._say(1, span, "Frame", f"{{\\pos(0,0)\\p4}}{_frame(box, 2.25 * unit)}")
        if name:
            half = 0.34 * 22 * unit * len(name) + 8 * unit
            middle = min(max((x1 + x2) / 2, half), max(half, self.width - half))
            above = y1 - 10 * unit
            under = above < 30 * unit
            foot, anchor = (y2 + 10 * unit, 8) if under else (above, 2)
            self._say(2, span, "Label", f"{{\\an{anchor}\\pos({middle:.1f},{foot:.1f})}}{plain(name)}")


def plain(text: str) -> str:
    """Text in which nothing is a command: braces are escaped, and after a backslash stands a character of no width."""
    line = one_line(text).replace("\\", "\\\u2060")
    return line.replace("{", "\\{").replace("}", "\\}")


def _frame(box: Corners, half: float) -> str:
    """The outline of a box as a drawing, `half` to either side of the line: around outside, and back inside."""
    x1, y1, x2, y2 = box
    outer = _corners(x1 - half, y1 - half, x2 + half, y2 + half)
    inner = _corners(x1 + half, y1 + half, x2 - half, y2 - half)
    return f"{_path(outer)} {_path(inner[::-1])}"


def _corners(left: float, top: float, right: float, bottom: float) -> list[tuple[float, float]]:
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


def _path(points: list[tuple[float, float]]) -> str:
    first, *rest = (f"{round(x * _FINE)} {round(y * _FINE)}" for x, y in points)
    return f"m {first} l {' '.join(rest)}"


def _clock(seconds: float) -> str:
    """h:mm:ss.cc"""
    whole, hundredths = divmod(max(0, round(seconds * 100)), 100)
    return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}.{hundredths:02}"

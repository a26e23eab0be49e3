"""The score board laid over the picture: teams, score, running clock.

The plain board is the same in every match. Varied boards differ in place, layout, lettering and colours, show added
time, periods, tenths and stopped clocks, count down in basketball, go away for some takes as they do in replays, and
their clock may go on elsewhere after a cut, as in films cut together. All of it comes from a random stream of its own:
what is played and filmed under a board is that of the same seed without one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import cv2
import numpy as np

from grounding.synth.arena import FPS, HEIGHT, WIDTH, Arena, Rgb
from grounding.synth.camera import Take
from grounding.synth.cast import Cast
from grounding.synth.sim import Motion
from grounding.types import Image

Boards = Literal["plain", "varied"]
BOARDS: Final[tuple[Boards, ...]] = ("plain", "varied")

_FONTS: Final = (
    cv2.FONT_HERSHEY_DUPLEX, cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_COMPLEX, cv2.FONT_HERSHEY_TRIPLEX,
)  # fmt: skip
_SCHEMES: Final[tuple[tuple[Rgb, Rgb, Rgb, Rgb], ...]] = (
    ((18, 20, 30), (240, 240, 242), (236, 236, 238), (20, 22, 32)),
    ((236, 236, 238), (24, 26, 34), (18, 60, 130), (244, 244, 246)),
    ((16, 44, 96), (244, 244, 246), (16, 44, 96), (250, 224, 90)),
    ((30, 30, 34), (250, 224, 90), (30, 30, 34), (240, 240, 242)),
    ((120, 16, 28), (248, 244, 240), (24, 24, 28), (244, 244, 246)),
)
"""Ground and letters of the names, ground and letters of the clock."""
_HALF: Final = 45 * 60
_HIDDEN: Final = 0.22
_JUMP: Final = 0.35
_STOP: Final = 4 * FPS


@dataclass(frozen=True, slots=True)
class Shown:
    """What the board says at one frame. clock: seconds on it; added: seconds of added time beside a clock that stands
    at the end of a half, or -1; visible: whether there is a board."""

    clock: float
    added: float
    period: int
    home: int
    away: int
    visible: bool = True

    @property
    def match_seconds(self) -> float:
        """The match time meant: the clock and the added time."""
        return self.clock + max(0.0, self.added)


@dataclass(frozen=True, slots=True)
class Look:
    """How a board looks. scheme: of `_SCHEMES`; corner: left or right or middle, top or bottom; dash: between goals."""

    layout: Literal["strip", "clock first", "rows", "names and goals"]
    across: Literal["left", "middle", "right"]
    down: Literal["top", "bottom"]
    font: int
    size: float
    scheme: int
    dash: str
    period: bool
    tenths: bool


class ScoreBoard:
    """Draws the board of a match; what is shown twice in a row is painted once."""

    def __init__(self, cast: Cast, arena: Arena, look: Look | None, shown: Callable[[int], Shown]) -> None:
        self.teams = tuple(name.upper()[:3] for name in cast.teams)
        self.colours: tuple[Rgb, Rgb] = (cast.actors[1].shirt_rgb, cast.actors[arena.squad + 1].shirt_rgb)
        self.look, self.shown = look, shown
        self.down = arena.sport == "basketball"
        self._key: tuple[str, ...] | None = None
        self._panel = np.zeros((0, 0, 3), np.uint8)

    def draw(self, image: Image, frame: int) -> None:
        """Lays the board of `frame` over the picture."""
        shown = self.shown(frame)
        if not shown.visible:
            return
        key = self._words(shown)
        if key != self._key:
            self._panel, self._key = self._paint(key), key
        x1, y1, x2, y2 = self._place(self._panel.shape[1], self._panel.shape[0])
        image[y1:y2, x1:x2] = self._panel

    def box(self, frame: int) -> tuple[int, int, int, int]:
        """x1, y1, x2, y2 of the board at a frame, in pixels."""
        height, width = self._paint(self._words(self.shown(frame))).shape[:2]
        return self._place(width, height)

    def _place(self, width: int, height: int) -> tuple[int, int, int, int]:
        x = {"left": 48, "middle": (WIDTH - width) // 2, "right": WIDTH - 48 - width}[self._at("across", "left")]
        y = {"top": 34, "bottom": HEIGHT - 30 - height}[self._at("down", "top")]
        return x, y, x + width, y + height

    def _at(self, name: str, plain: str) -> str:
        return plain if self.look is None else str(getattr(self.look, name))

    def _words(self, shown: Shown) -> tuple[str, ...]:
        """Clock, added time, period, goals."""
        clock = max(0.0, shown.clock)
        tenths = self.look is not None and self.look.tenths and self.down and clock < 60
        time = (
            f"{clock:.1f}"
            if tenths
            else f"{int(clock) // 60:0{1 if self.down and self.look else 2}d}:{int(clock) % 60:02d}"
        )
        added = "" if shown.added < 0 else f"+{int(shown.added) // 60}:{int(shown.added) % 60:02d}"
        period = ""
        if self.look is not None and self.look.period:
            period = f"Q{shown.period}" if self.down else ("1ST", "2ND")[shown.period - 1]
        return time, added, period, str(shown.home), str(shown.away)

    def _paint(self, words: tuple[str, ...]) -> Image:
        if self.look is None:
            return _plain(self.teams, self.colours, words)
        return _varied(self.look, self.teams, self.colours, words)


def _plain(teams: Sequence[str], colours: Sequence[Rgb], words: tuple[str, ...]) -> Image:
    time, _, _, home, away = words
    panel = np.full((44, 396, 3), (18, 20, 30), np.uint8)
    panel[:, 286:] = (236, 236, 238)
    for x, name, colour in ((0, teams[0], colours[0]), (196, teams[1], colours[1])):
        panel[:, x : x + 8] = colour
        cv2.putText(panel, name, (x + 16, 31), _FONTS[0], 0.85, (240, 240, 242), 1, cv2.LINE_AA)
    text = f"{home}-{away}"
    (w, _), _ = cv2.getTextSize(text, _FONTS[0], 0.9, 2)
    cv2.putText(panel, text, (140 - w // 2, 32), _FONTS[0], 0.9, (250, 220, 70), 2, cv2.LINE_AA)
    cv2.putText(panel, time, (298, 32), _FONTS[0], 0.9, (20, 22, 32), 2, cv2.LINE_AA)
    return panel


def _varied(look: Look, teams: Sequence[str], colours: Sequence[Rgb], words: tuple[str, ...]) -> Image:
    time, added, period, home, away = words
    ground, letters, clock_ground, clock_letters = _SCHEMES[look.scheme]

    def cell(
        text: str, *, back: Rgb = ground, fore: Rgb = letters, least: str = "", stripe: Rgb | None = None
    ) -> Image:
        (width, _), _ = cv2.getTextSize(max(text, least, key=len), look.font, look.size, 2)
        pad = round(12 * look.size)
        high = round(46 * look.size)
        panel = np.full((high, width + 2 * pad + (8 if stripe else 0), 3), back, np.uint8)
        if stripe:
            panel[:, :8] = stripe
        at = (pad + (8 if stripe else 0), round(high * 0.72))
        cv2.putText(panel, text, at, look.font, look.size, fore, 2, cv2.LINE_AA)
        return panel

    clock = [cell(time, back=clock_ground, fore=clock_letters, least="00:00")]
    if period:
        clock.insert(0, cell(period, back=clock_ground, fore=clock_letters))
    if added:
        clock.append(cell(added, back=(150, 20, 30), fore=(250, 250, 250)))
    names = [cell(name, stripe=colour) for name, colour in zip(teams, colours, strict=True)]
    if look.layout == "rows":
        goals = [cell(text, least="00") for text in (home, away)]
        rows = [np.hstack([name, goal]) for name, goal in zip(_even(names), goals, strict=True)]
        return _stack([np.vstack(rows), *clock], ground)
    if look.layout == "names and goals":
        return _stack([names[0], cell(home), names[1], cell(away), *clock], ground)
    parts = [names[0], cell(f"{home}{look.dash}{away}"), names[1]]
    return _stack([*clock, *parts] if look.layout == "clock first" else [*parts, *clock], ground)


def _even(cells: list[Image]) -> list[Image]:
    """Cells widened to the widest of them with their own ground."""
    width = max(cell.shape[1] for cell in cells)
    return [np.hstack([cell, np.repeat(cell[:, -1:], width - cell.shape[1], axis=1)]) for cell in cells]


def _stack(cells: list[Image], ground: Rgb) -> Image:
    """Cells side by side, middle on middle."""
    height = max(cell.shape[0] for cell in cells)
    panel = np.full((height, sum(cell.shape[1] for cell in cells), 3), ground, np.uint8)
    x = 0
    for cell in cells:
        y = (height - cell.shape[0]) // 2
        panel[y : y + cell.shape[0], x : x + cell.shape[1]] = cell
        x += cell.shape[1]
    return panel


def plan_board(
    boards: Boards, game: tuple[Arena, Cast, Motion], takes: Sequence[Take], rng: np.random.Generator
) -> ScoreBoard:
    """The board of a match. rng: a stream of its own, of which the plain board draws nothing."""
    arena, cast, motion = game
    if boards == "plain":

        def plain(frame: int) -> Shown:
            clock, score = float(motion.clock[frame]), motion.score[frame]
            return Shown(clock, -1.0, 1 if clock < _HALF else 2, int(score[0]), int(score[1]))

        return ScoreBoard(cast, arena, None, plain)
    look = _look(arena, rng)
    states = _clock_up(motion, takes, rng) if arena.sport == "football" else _clock_down(motion, takes, rng)
    before = rng.integers(0, 4, 2) if arena.sport == "football" else rng.integers(8, 70, 2)
    hidden = _hidden(takes, len(motion), rng)

    def varied(frame: int) -> Shown:
        clock, added, period = states[frame]
        home, away = (int(value) for value in before + motion.score[frame])
        return Shown(clock, added, period, home, away, not hidden[frame])

    return ScoreBoard(cast, arena, look, varied)


def _look(arena: Arena, rng: np.random.Generator) -> Look:
    basketball = arena.sport == "basketball"
    layouts: tuple[Literal["strip", "clock first", "rows", "names and goals"], ...] = (
        "strip", "clock first", "rows", "names and goals",
    )  # fmt: skip
    places: tuple[tuple[Literal["left", "middle", "right"], Literal["top", "bottom"]], ...] = (
        ("left", "top"), ("left", "top"), ("right", "top"), ("middle", "top"), ("middle", "bottom"), ("left", "bottom"),
    )  # fmt: skip
    across, down = places[int(rng.integers(len(places)))]
    return Look(
        layout=layouts[int(rng.integers(len(layouts)))],
        across=across,
        down=down,
        font=_FONTS[int(rng.integers(len(_FONTS)))],
        size=float(rng.uniform(0.62, 0.95)),
        scheme=int(rng.integers(len(_SCHEMES))),
        dash=("-", " - ", ":", " ")[int(rng.integers(4))],
        period=bool(rng.random() < (0.9 if basketball else 0.3)),
        tenths=bool(rng.random() < 0.6),
    )


def _hidden(takes: Sequence[Take], frames: int, rng: np.random.Generator) -> np.ndarray:
    """(T,) whether the board is away: for some takes, and now and then for a few seconds. The first take has it."""
    hidden = np.zeros(frames, bool)
    for take in takes[1:]:
        if rng.random() < _HIDDEN:
            hidden[take.start : take.end] = True
    return hidden


def _clock_up(motion: Motion, takes: Sequence[Take], rng: np.random.Generator) -> list[tuple[float, float, int]]:
    """Clock, added time and period of each frame of a game that counts up, two halves of 45 minutes."""
    kind = rng.choice(["middle", "end of half", "start of half"], p=[0.5, 0.3, 0.2])
    period = int(rng.integers(1, 3))
    begin = (period - 1) * _HALF
    at = {
        "middle": begin + float(rng.uniform(60, _HALF - 300)),
        "end of half": begin + _HALF - float(rng.uniform(5, 25)),
        "start of half": begin + float(rng.uniform(0, 30)),
    }[str(kind)]
    shows_added = bool(rng.random() < 0.6)
    jump, length = _jump(takes, rng, 200.0, 900.0)
    states: list[tuple[float, float, int]] = []
    for frame in range(len(motion)):
        if frame:
            at += float(motion.clock[frame] - motion.clock[frame - 1])
        if frame == jump:
            at += length
        if frame == jump and period == 1 and at > _HALF:
            at, period = _HALF + at % 60, 2
        over = at - period * _HALF
        states.append((period * _HALF, over, period) if over >= 0 and shows_added else (at, -1.0, period))
    return states


def _clock_down(motion: Motion, takes: Sequence[Take], rng: np.random.Generator) -> list[tuple[float, float, int]]:
    """The same of a game that counts down, four quarters of ten minutes; it stops at whistles."""
    period = int(rng.integers(1, 5))
    at = float(rng.uniform(20, 50) if rng.random() < 0.4 else rng.uniform(70, 590))
    jump, length = _jump(takes, rng, 30.0, 200.0)
    stopped = np.zeros(len(motion), bool)
    for frame in motion.whistles:
        stopped[frame : frame + _STOP] = True
    states: list[tuple[float, float, int]] = []
    for frame in range(len(motion)):
        if frame and not stopped[frame]:
            at = max(0.0, at - 1 / FPS)
        if frame == jump:
            at -= length
            if at < 0:
                at, period = 600.0 + at, min(4, period + 1)
        states.append((at, -1.0, period))
    return states


def _jump(takes: Sequence[Take], rng: np.random.Generator, low: float, high: float) -> tuple[int, float]:
    """The frame from which the film goes on elsewhere, -1 for never, and by how many seconds."""
    length = float(rng.uniform(low, high))
    if len(takes) < 3 or rng.random() >= _JUMP:
        return -1, length
    return takes[int(rng.integers(1, len(takes)))].start, length

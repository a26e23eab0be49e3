"""Ground truth of a rendered match: what is in the JSON beside the video, as values, with load and save.

The file is one object:

    format       2 (1, without `visible` of the ball and without possession, is read as well)
    sport, seed, seconds, video (file name), width, height, fps
    teams        [{name, shirt, shorts}], two of them; colours by the names of `grounding.vocabulary`
    players      [{id, team 0 | 1 | -1, role player | goalkeeper | referee, number | null, shirt, shorts, height}]
    shots        [{index, style wide | medium | close | behind, start, end}]        seconds, [start, end)
    tubes        [{id, player, shot, times, boxes, visible, digits, terms}]          see `TrueTube`
    ball         {times, boxes, visible}          where the ball is in the picture, and how much of it nobody covers
    possession   [{player, start, end}]           who has the ball at the feet or in the hands, in the picture or not
    events       [{kind, player, start, end}]   pass, shot, save, goal, sprint, jump, celebrate, fall, tackle
    board        {box, down, seconds: [[clock, period, home, away, visible]]}        see `TrueBoard`; may be missing
    queries      [{text, kind, terms, answerable, answers: [{tube, start, end}]}]    see `Query`

Times are seconds on the grid k / 5, which are presentation times of real frames (every fifth of 25 a second). Boxes
are `x1, y1, x2, y2` in pixels of the 1280x720 picture, tight around what was drawn of a body (without its shadow) and
clipped to the picture.

**A tube** is one person's stay in the picture during one shot, as an annotator would follow them: it begins when at
least `MIN_INSIDE` of the box lies in the picture and the clipped box is at least `MIN_HEIGHT` pixels high, and goes on
until less than `LEAVE_INSIDE` or `LEAVE_HEIGHT` is left, for at least `MIN_SECONDS`. The panoramic camera shows people
smaller than that; its heights are `HEIGHTS["wide"]`. The two sets of limits keep
somebody at the edge of the picture from leaving and coming back several times a second. Being hidden behind somebody
does not end it; `visible` tells the uncovered share at each time.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from grounding.errors import BadInputError
from grounding.types import Floats, Shot, Span, Times, Tube

FORMAT: Final = 2
_READABLE: Final = (1, FORMAT)
GRID: Final = 5
"""Times a second at which truth is kept."""
STEP: Final = 1 / GRID
MIN_INSIDE: Final = 0.5
MIN_HEIGHT: Final = 56.0
LEAVE_INSIDE: Final = 0.3
LEAVE_HEIGHT: Final = 44.0
HEIGHTS: Final = {"broadcast": (MIN_HEIGHT, LEAVE_HEIGHT), "wide": (16.0, 12.0)}
"""For each camera, the heights in pixels from which a person counts and down to which they go on counting."""
MIN_SECONDS: Final = 1.0

Kind = Literal["appearance", "spatial", "composite", "number", "action"]
KINDS: Final[tuple[Kind, ...]] = ("appearance", "spatial", "composite", "number", "action")


@dataclass(frozen=True, slots=True)
class Team:
    """A side as the score board shows it; the colours are those of its field players."""

    name: str
    shirt: str
    shorts: str


@dataclass(frozen=True, slots=True)
class Player:
    """One person. `number` is None for the referee; `height` in metres."""

    id: int
    team: int
    role: str
    number: int | None
    shirt: str
    shorts: str
    height: float


@dataclass(frozen=True, slots=True)
class TrueShot:
    """A take between two cuts."""

    index: int
    style: str
    start: float
    end: float

    @property
    def shot(self) -> Shot:
        return Shot(self.index, Span(self.start, self.end))


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a player, whether it was in the picture or not."""

    kind: str
    player: int
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Possession:
    """A player has the ball during `[start, end)` seconds, as the simulation plays it."""

    player: int
    start: float
    end: float


class BoardSecond(NamedTuple):
    """What the score board says in the middle of a second of video.

    clock: seconds of match time, with added time; where it counts down, those that are left of the period.
    """

    clock: float
    period: int
    home: int
    away: int
    visible: bool


@dataclass(frozen=True, slots=True)
class TrueBoard:
    """The score board. box: pixels at the first frame; down: whether its clock counts down; seconds: one for each."""

    box: tuple[int, int, int, int]
    down: bool
    seconds: tuple[BoardSecond, ...]


@dataclass(frozen=True, slots=True, eq=False)
class TrueTube:
    """One person's stay in the picture during one shot.

    tube: times and boxes; visible (N,) uncovered share of the body inside the picture; digits (N,) height in pixels
    of the shirt number, 0 where it is turned away or cut off; terms: whole second → what is true of that second, in
    the spelling of `vocabulary.term` (see `predicates`).
    """

    id: int
    player: int
    shot: int
    tube: Tube
    visible: Floats
    digits: Floats
    terms: Mapping[int, frozenset[str]]

    @property
    def span(self) -> Span:
        return self.tube.span

    def cut(self, span: Span) -> Tube:
        """The tube's times inside a span; ValueError where none is."""
        return cut_tube(self.tube, span)


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """A moment that answers a query: a player's tube during `span`, boxes included."""

    player: int
    tube_id: int
    span: Span
    tube: Tube


@dataclass(frozen=True, slots=True, eq=False)
class Query:
    """A coach's query and all the moments that answer it. `terms` must all hold; `answerable` False: none does."""

    text: str
    kind: Kind
    terms: tuple[str, ...]
    answers: tuple[Answer, ...]
    answerable: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """Everything known of one rendered match.

    ball_visible: (N,) share of the ball in the picture and not covered, at the times of `ball`; possession: in order
    of start. Both None in files of format 1, which do not tell; board: None in files that do not tell of it.
    """

    sport: str
    seed: int
    seconds: float
    video: str
    width: int
    height: int
    fps: float
    teams: tuple[Team, ...]
    players: tuple[Player, ...]
    shots: tuple[TrueShot, ...]
    tubes: tuple[TrueTube, ...]
    ball: Tube | None
    events: tuple[Event, ...]
    queries: tuple[Query, ...]
    ball_visible: Floats | None = None
    possession: tuple[Possession, ...] | None = None
    board: TrueBoard | None = None

    @property
    def cuts(self) -> tuple[float, ...]:
        """Times at which a new shot begins, without the start of the video."""
        return tuple(shot.start for shot in self.shots[1:])


def cut_tube(tube: Tube, span: Span) -> Tube:
    """The times of a tube inside `[start, end)`; ValueError where none is."""
    inside = (tube.times >= span.start - 1e-6) & (tube.times < span.end - 1e-6)
    return Tube(tube.times[inside], tube.boxes[inside], tube.step)


def save_truth(truth: Truth, path: Path) -> None:
    """Writes the file, whole or not at all."""
    draft = path.with_suffix(".part")
    draft.write_text(json.dumps(_to_json(truth), separators=(",", ":")))
    draft.replace(path)


def load_truth(path: str | Path) -> Truth:
    """Reads a file written by `generate`; BadInputError if it is not one."""
    try:
        data = json.loads(Path(path).read_text())
        if data["format"] not in _READABLE:
            raise BadInputError(f"{path} has format {data['format']}, this version reads up to {FORMAT}")
        return _from_json(data)
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise BadInputError(f"{path} is not the ground truth of a rendered match: {problem}") from problem


def _rounded(values: NDArray[Any], digits: int) -> list[Any]:
    return list(np.round(values.astype(np.float64), digits).tolist())


def _to_json(truth: Truth) -> dict[str, Any]:
    return {
        "format": FORMAT if truth.possession is not None else 1, "sport": truth.sport, "seed": truth.seed,
        "seconds": truth.seconds, "video": truth.video,
        "width": truth.width, "height": truth.height, "fps": truth.fps,
        "teams": [{"name": t.name, "shirt": t.shirt, "shorts": t.shorts} for t in truth.teams],
        "players": [
            {"id": p.id, "team": p.team, "role": p.role, "number": p.number, "shirt": p.shirt, "shorts": p.shorts,
             "height": round(p.height, 3)}
            for p in truth.players
        ],
        "shots": [{"index": s.index, "style": s.style, "start": s.start, "end": s.end} for s in truth.shots],
        "tubes": [
            {"id": t.id, "player": t.player, "shot": t.shot, **_tube_json(t.tube), "visible": _rounded(t.visible, 2),
             "digits": _rounded(t.digits, 1), "terms": {str(k): sorted(v) for k, v in t.terms.items()}}
            for t in truth.tubes
        ],
        "ball": _ball_json(truth),
        **({} if truth.possession is None else {"possession": [asdict(p) for p in truth.possession]}),
        **({} if truth.board is None else {"board": asdict(truth.board)}),
        "events": [{"kind": e.kind, "player": e.player, "start": e.start, "end": e.end} for e in truth.events],
        "queries": [
            {"text": q.text, "kind": q.kind, "terms": list(q.terms), "answerable": q.answerable,
             "answers": [{"tube": a.tube_id, "start": a.span.start, "end": a.span.end} for a in q.answers]}
            for q in truth.queries
        ],
    }  # fmt: skip


def _ball_json(truth: Truth) -> dict[str, Any] | None:
    if truth.ball is None:
        return None
    seen = {} if truth.ball_visible is None else {"visible": _rounded(truth.ball_visible, 2)}
    return {**_tube_json(truth.ball), **seen}


def _tube_json(tube: Tube) -> dict[str, Any]:
    return {"times": _rounded(tube.times, 3), "boxes": _rounded(tube.boxes, 1)}


def _tube_from(data: dict[str, Any]) -> Tube:
    times: Times = np.array(data["times"], np.float64)
    return Tube(times, np.array(data["boxes"], np.float32).reshape(-1, 4), STEP)


def _from_json(data: dict[str, Any]) -> Truth:
    tubes = tuple(
        TrueTube(
            t["id"], t["player"], t["shot"], _tube_from(t), np.array(t["visible"], np.float32),
            np.array(t["digits"], np.float32), {int(k): frozenset(v) for k, v in t["terms"].items()},
        )
        for t in data["tubes"]
    )  # fmt: skip
    by_id = {t.id: t for t in tubes}
    ball, possession = data["ball"], data.get("possession")
    return Truth(
        sport=data["sport"], seed=data["seed"], seconds=data["seconds"], video=data["video"], width=data["width"],
        height=data["height"], fps=data["fps"], teams=tuple(Team(**t) for t in data["teams"]),
        players=tuple(Player(**p) for p in data["players"]), shots=tuple(TrueShot(**s) for s in data["shots"]),
        tubes=tubes, ball=None if ball is None else _tube_from(ball),
        ball_visible=np.array(ball["visible"], np.float32) if ball and "visible" in ball else None,
        possession=None if possession is None else tuple(Possession(**p) for p in possession),
        board=_board(data["board"]) if "board" in data else None,
        events=tuple(Event(**e) for e in data["events"]),
        queries=tuple(
            Query(
                q["text"], q["kind"], tuple(q["terms"]), tuple(_answer(a, by_id) for a in q["answers"]),
                q["answerable"],
            )
            for q in data["queries"]
        ),
    )  # fmt: skip


def _board(data: dict[str, Any]) -> TrueBoard:
    x1, y1, x2, y2 = data["box"]
    return TrueBoard((x1, y1, x2, y2), data["down"], tuple(BoardSecond(*row) for row in data["seconds"]))


def _answer(data: dict[str, Any], tubes: Mapping[int, TrueTube]) -> Answer:
    owner, span = tubes[data["tube"]], Span(data["start"], data["end"])
    return Answer(owner.player, owner.id, span, owner.cut(span))

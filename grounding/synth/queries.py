"""Queries of the five kinds, written from what is true in the match, with every moment that answers them.

A query's `terms` must all hold; a term may name alternatives with `|` (somebody who sprints also runs). An answer is
a run of whole seconds of one tube in which all terms hold, `MIN_RUN` long or more (1 s where the query asks for a
jump), cut to the tube. Queries about nothing that changes (kit, number) are answered by whole tubes. A query that
names no role is answered by anybody, the referee too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

import numpy as np

from grounding.synth.arena import alike, stream
from grounding.synth.phrases import ACTION, BALL, PLACE, join, movement, pick, subject
from grounding.synth.predicates import clip, runs
from grounding.synth.truth import KINDS, Answer, Kind, Query, TrueTube, Truth
from grounding.types import Span
from grounding.vocabulary import COLOURS

MIN_RUN: Final = 2
TOTAL: Final = 36
"""Answerable queries wanted of a match."""
SHARES: Final[Mapping[Kind, float]] = {
    "appearance": 0.27, "spatial": 0.27, "composite": 0.26, "number": 0.16, "action": 0.04,
}  # fmt: skip
NULLS: Final = 4
ASKED: Final[Mapping[Kind, int]] = {"appearance": 10, "spatial": 10, "composite": 10, "number": 10, "action": 8}
"""Queries of each kind that an evaluation wants of a match of two minutes, where it has so many."""
UNANSWERED: Final = ("kit", "number", "pair", "kit", "number", "moment")
"""Forms of those that no moment answers: a kit or a number nobody has, the number of one side in the colours of the
other, and somebody who is there but never does this."""
_STILL: Final = ("shirt_colour", "shorts_colour", "number", "role")
_LIMIT: Final[Mapping[Kind, int]] = {"appearance": 400, "spatial": 10, "composite": 6, "number": 12, "action": 8}
RUNNING: Final = "motion:running|motion:sprinting"


@dataclass(frozen=True, slots=True)
class Ask:
    """A query before it is solved: the words and the terms they stand for."""

    text: str
    terms: tuple[str, ...]


def holds(wanted: str, terms: Iterable[str]) -> bool:
    """Whether one of the alternatives of a wanted term is among `terms`."""
    present = set(terms)
    return any(option in present for option in wanted.split("|"))


def solve(terms: Sequence[str], tubes: Sequence[TrueTube]) -> tuple[Answer, ...]:
    """Every moment in which all terms hold."""
    shortest = 1 if "action:jumping" in terms else MIN_RUN
    still = all(t.split(":")[0] in _STILL for t in terms)
    out: list[Answer] = []
    for tube in tubes:
        seconds = [s for s, true in tube.terms.items() if all(holds(t, true) for t in terms)]
        if not seconds:
            continue
        if still:
            out.append(Answer(tube.player, tube.id, tube.span, tube.tube))
            continue
        for run in runs(seconds):
            if run[1] - run[0] >= shortest:
                span = clip(run, tube.span)
                span = Span(round(span.start, 3), round(span.end, 3))
                out.append(Answer(tube.player, tube.id, span, tube.cut(span)))
    return tuple(out)


class Person(Protocol):
    """What has to be known of somebody on the field."""

    @property
    def team(self) -> int: ...
    @property
    def role(self) -> str: ...
    @property
    def number(self) -> int | None: ...
    @property
    def shirt(self) -> str: ...
    @property
    def shorts(self) -> str: ...


def evaluation_queries(truth: Truth) -> tuple[Query, ...]:
    """Other queries of the same match than those written into its file: more of the rare kinds, and harder nulls.

    A number is asked for where it can be read somewhere, and answered by its wearer also where it cannot: whoever asks
    for number 10 is right to be shown number 10 from the front. The same for the same file.
    """
    return _asked_anew(truth, "evaluation")


def training_queries(truth: Truth, rounds: int) -> tuple[Query, ...]:
    """Queries to learn from, as those of an evaluation but none of them: `rounds` times as many, each text once."""
    found = {one.text: one for k in range(rounds) for one in _asked_anew(truth, f"training {k}")}
    for one in evaluation_queries(truth):
        found.pop(one.text, None)
    return tuple(found.values())


def _asked_anew(truth: Truth, name: str) -> tuple[Query, ...]:
    asker = Asker(truth.players, truth.tubes, stream(truth.seed, name))
    named = [replace(tube, terms=_with_number(tube, truth.players[tube.player])) for tube in truth.tubes]
    asked = asker.ask(ASKED)
    asker.tubes = named
    return (*(replace(one, answers=solve(one.terms, named)) for one in asked), *asker.nulls(UNANSWERED))


def _with_number(tube: TrueTube, player: Person) -> dict[int, frozenset[str]]:
    worn = frozenset() if player.number is None else frozenset({f"number:{player.number}"})
    return {second: terms | worn for second, terms in tube.terms.items()}


class Asker:
    """Writes the queries of one match. people: by id."""

    def __init__(self, people: Sequence[Person], tubes: Sequence[TrueTube], rng: np.random.Generator) -> None:
        self.people, self.tubes, self.rng = people, tubes, rng
        self._asked: dict[tuple[str, ...], int] = {}
        self._texts: set[str] = set()

    def write(self, total: int = TOTAL) -> tuple[Query, ...]:
        """About `total` answerable queries in the shares of `SHARES`, then a few that nothing answers."""
        counts = {kind: max(1, round(total * SHARES[kind])) for kind in KINDS}
        return (*self.ask(counts), *self.nulls(("kit", "number") * (NULLS // 2)))

    def ask(self, counts: Mapping[Kind, int]) -> tuple[Query, ...]:
        """Answerable queries, as many of each kind as the match has moments for."""
        if not self.tubes:
            return ()
        out: list[Query] = []
        for kind, wanted in counts.items():
            for _ in range(wanted * 30):
                if sum(q.kind == kind for q in out) >= wanted:
                    break
                query = self._try(kind)
                if query is not None:
                    out.append(query)
        return tuple(out)

    def _try(self, kind: Kind) -> Query | None:
        tube = self.tubes[int(self.rng.integers(len(self.tubes)))]
        if not tube.terms:
            return None
        others = [t for t in self.tubes if self.people[t.player].role != "player" and t.terms]
        if kind == "appearance" and others and self.rng.random() < 0.3:
            # Keepers and the referee are few, and the only ones of their colour: worth asking for.
            tube = others[int(self.rng.integers(len(others)))]
        if kind == "action":
            acting = [(t, s) for t in self.tubes for s, true in t.terms.items() if Facts(true).actions]
            if not acting:
                return None
            tube, second = acting[int(self.rng.integers(len(acting)))]
        else:
            second = sorted(tube.terms)[int(self.rng.integers(len(tube.terms)))]
        ask: Ask | None = getattr(self, f"_{kind}")(Facts(tube.terms[second]))
        if ask is None or ask.text in self._texts:
            return None
        key = tuple(sorted(ask.terms))
        if self._asked.get(key, 0) >= (3 if kind == "appearance" else 2 if kind == "number" else 1):
            return None
        answers = solve(ask.terms, self.tubes)
        if not 1 <= len(answers) <= _LIMIT[kind]:
            return None
        self._asked[key] = self._asked.get(key, 0) + 1
        self._texts.add(ask.text)
        return Query(ask.text, kind, ask.terms, answers)

    # One writer a kind

    def _appearance(self, f: Facts) -> Ask:
        shirt, shorts = f"shirt_colour:{f.shirt}", f"shorts_colour:{f.shorts}"
        words: dict[str, str] = {"shirt": f.shirt, "shorts": f.shorts}
        if f.role != "player":
            return Ask(self._join(subject(self.rng, words | {"role": f.role})), (f"role:{f.role}", shirt))
        dice = self.rng.random()
        if dice < 0.5:
            return Ask(self._join(subject(self.rng, words)), (shirt, shorts))
        if dice < 0.9:
            return Ask(self._join(subject(self.rng, {"shirt": f.shirt})), (shirt,))
        return Ask(self._join(subject(self.rng, {"shorts": f.shorts})), (shorts,))

    def _spatial(self, f: Facts) -> Ask | None:
        dice = self.rng.random()
        place, place_terms = self._place(f)
        move, move_terms = self._move(f)
        if dice < 0.35:
            terms, parts = place_terms, [place]
        elif dice < 0.75 or not move:
            terms, parts = move_terms or place_terms, [move or place]
        else:
            terms, parts = (*move_terms, *place_terms), [move, place]
        return Ask(self._join(subject(self.rng, {}), *parts), terms) if terms else None

    def _composite(self, f: Facts) -> Ask | None:
        words, terms = self._who(f)
        dice = self.rng.random()
        place, place_terms = self._place(f)
        move, move_terms = self._move(f)
        if dice < 0.12 and f.near_ball:
            return Ask(self._join(words, pick(self.rng, BALL)), (*terms, "relation:near ball"))
        if dice < 0.42 or not move_terms:
            return Ask(self._join(words, place), (*terms, *place_terms)) if place_terms else None
        if dice < 0.75:
            return Ask(self._join(words, move), (*terms, *move_terms))
        return Ask(self._join(words, move, place), (*terms, *move_terms, *place_terms))

    def _number(self, f: Facts) -> Ask | None:
        if not f.number:
            return None
        if self.rng.random() < 0.45:
            return Ask(self._join(subject(self.rng, {"number": f.number})), (f"number:{f.number}",))
        words = subject(self.rng, {"number": f.number, "shirt": f.shirt})
        return Ask(self._join(words), (f"number:{f.number}", f"shirt_colour:{f.shirt}"))

    def _action(self, f: Facts) -> Ask | None:
        action = pick(self.rng, f.actions)
        if self.rng.random() < 0.5 or f.role == "referee":
            return Ask(self._join(subject(self.rng, {}), pick(self.rng, ACTION[action])), (f"action:{action}",))
        words = subject(self.rng, {"shirt": f.shirt})
        return Ask(self._join(words, pick(self.rng, ACTION[action])), (f"action:{action}", f"shirt_colour:{f.shirt}"))

    # Parts of queries

    def _who(self, f: Facts) -> tuple[str, tuple[str, ...]]:
        shirt = f"shirt_colour:{f.shirt}"
        if f.role != "player":
            return subject(self.rng, {"shirt": f.shirt, "role": f.role}), (f"role:{f.role}", shirt)
        dice = self.rng.random()
        if f.number and dice < 0.4:
            if dice < 0.12:
                return subject(self.rng, {"number": f.number}), (f"number:{f.number}",)
            return subject(self.rng, {"number": f.number, "shirt": f.shirt}), (f"number:{f.number}", shirt)
        if dice < 0.85:
            return subject(self.rng, {"shirt": f.shirt}), (shirt,)
        return subject(self.rng, {"shirt": f.shirt, "shorts": f.shorts}), (shirt, f"shorts_colour:{f.shorts}")

    def _place(self, f: Facts) -> tuple[str, tuple[str, ...]]:
        fitting = [key for key in PLACE if set(key) <= f.places]
        if not fitting:
            return "", ()
        key = fitting[int(self.rng.integers(len(fitting)))]
        return pick(self.rng, PLACE[key]), tuple(f"place:{p}" for p in key)

    def _move(self, f: Facts) -> tuple[str, tuple[str, ...]]:
        if f.motion == "standing":
            return movement(self.rng, "standing", ""), ("motion:standing",)
        direction = pick(self.rng, sorted(f.directions)) if f.directions else ""
        named = f.motion if self.rng.random() < 0.7 or not direction else ""
        if named == "sprinting" and self.rng.random() < 0.35:
            named = "running"
        if not named and not direction:
            return "", ()
        terms = [RUNNING if named == "running" else f"motion:{named}"] if named else []
        if direction:
            terms.append(f"direction:{direction}")
        return movement(self.rng, named, direction), tuple(terms)

    def _join(self, *parts: str) -> str:
        return join(self.rng, parts)

    # Those that nothing answers

    def nulls(self, forms: Sequence[str]) -> tuple[Query, ...]:
        """One query of each form of `UNANSWERED`; none where the match leaves no room for it."""
        if not self.tubes:
            return ()
        out: list[Query] = []
        for form in forms:
            found: tuple[Kind, Ask] | None = getattr(self, f"_no_{form}")()
            if found is not None and found[1].text not in self._texts:
                kind, ask = found
                self._texts.add(ask.text)
                out.append(Query(ask.text, kind, ask.terms, (), answerable=False))
        return tuple(out)

    def _no_kit(self) -> tuple[Kind, Ask] | None:
        worn = [c for one in self.people for c in (one.shirt, one.shorts)]
        strange = [c for c in COLOURS if not any(alike(c, w) for w in worn) and c not in ("brown", "grey")]
        if not strange:
            return self._no_number()
        colour = pick(self.rng, strange)
        return "appearance", Ask(self._join(subject(self.rng, {"shirt": colour})), (f"shirt_colour:{colour}",))

    def _no_number(self) -> tuple[Kind, Ask] | None:
        numbers = {one.number for one in self.people}
        absent = [n for n in range(2, 100) if n not in numbers]
        number = str(absent[int(self.rng.integers(len(absent)))])
        return "number", Ask(self._join(subject(self.rng, {"number": number})), (f"number:{number}",))

    def _no_pair(self) -> tuple[Kind, Ask] | None:
        """A number in the colours of the other side, where nobody there wears it."""
        players = [one for one in self.people if one.role == "player"]
        worn = {(one.number, one.team) for one in players}
        single = [one for one in players if (one.number, 1 - one.team) not in worn]
        if not single:
            return None
        one = single[int(self.rng.integers(len(single)))]
        shirt = next(other.shirt for other in players if other.team != one.team)
        terms = (f"number:{one.number}", f"shirt_colour:{shirt}")
        words = subject(self.rng, {"number": str(one.number), "shirt": shirt})
        return "number", Ask(self._join(words), terms)

    def _no_moment(self) -> tuple[Kind, Ask] | None:
        """A way of moving somewhere in the picture that nobody of a colour is seen in, not for a second."""
        for _ in range(60):
            tube = self.tubes[int(self.rng.integers(len(self.tubes)))]
            other = self.tubes[int(self.rng.integers(len(self.tubes)))]
            if not tube.terms or not other.terms:
                continue
            who = Facts(tube.terms[sorted(tube.terms)[int(self.rng.integers(len(tube.terms)))]])
            does = Facts(other.terms[sorted(other.terms)[int(self.rng.integers(len(other.terms)))]])
            words, terms = self._who(who)
            place, place_terms = self._place(does)
            move, move_terms = self._move(does)
            asked = (*terms, *move_terms, *place_terms)
            seen = any(all(holds(t, true) for t in asked) for one in self.tubes for true in one.terms.values())
            if place_terms and move_terms and not seen:
                return "composite", Ask(self._join(words, move, place), asked)
        return None


class Facts:
    """The terms of one second, by kind."""

    def __init__(self, terms: Iterable[str]) -> None:
        values: dict[str, list[str]] = {}
        for name in sorted(terms):
            kind, value = name.split(":", 1)
            values.setdefault(kind, []).append(value)
        self.shirt = values["shirt_colour"][0]
        self.shorts = values["shorts_colour"][0]
        self.role = values["role"][0]
        self.number = values.get("number", [""])[0]
        self.places = set(values.get("place", ()))
        self.motion = values.get("motion", [""])[0]
        self.directions = values.get("direction", [])
        self.actions = [action for action in values.get("action", ()) if action in ACTION]
        self.near_ball = "near ball" in values.get("relation", ())

"""Queries: their answers are checked against the simulation, by other means than those that wrote them."""

from __future__ import annotations

from collections import Counter
from types import SimpleNamespace

import numpy as np
import pytest

from grounding.synth import TrueTube, Truth
from grounding.synth.arena import FPS, WIDTH, arena_of
from grounding.synth.match import Match
from grounding.synth.observe import EVERY, Observer
from grounding.synth.predicates import LEGIBLE
from grounding.synth.queries import Asker, evaluation_queries, training_queries
from grounding.synth.sim import Act
from grounding.synth.truth import KINDS, Query
from grounding.vocabulary import ACTIONS, DIRECTIONS, MOTIONS, PLACES, RELATIONS, UNFIT


@pytest.fixture(scope="module", params=["football", "basketball"])
def longer(request: pytest.FixtureRequest) -> tuple[Match, tuple[TrueTube, ...], tuple[Query, ...]]:
    """A match of 40 s, measured but not drawn."""
    match = Match.make(arena_of(request.param), 11, 40 * FPS)
    observer = Observer(match.cast, match.motion, match.takes)
    for index, take in enumerate(match.takes):
        for frame in range(-(-take.start // EVERY) * EVERY, take.end, EVERY):
            observer.see(frame, index, match.renderer.sight(frame, take.views[frame - take.start]))
    tubes = observer.tubes()
    return match, tubes, Asker(match.cast.actors, tubes, np.random.default_rng(5)).write()


class Judge:
    """Says whether a term holds for a tube in a second, from positions and pictures alone."""

    def __init__(self, match: Match) -> None:
        self.match = match

    def holds(self, wanted: str, tube: TrueTube, second: int) -> bool:
        return any(self._one(term, tube, second) for term in wanted.split("|"))

    def _one(self, term: str, tube: TrueTube, second: int) -> bool:
        kind, value = term.split(":")
        actor = self.match.cast.actors[tube.player]
        still = {"shirt_colour": actor.shirt, "shorts_colour": actor.shorts, "role": actor.role}
        if kind in still:
            return still[kind] == value
        if kind == "number":
            return str(actor.number) == value and float(tube.digits.max()) >= LEGIBLE
        rows = (tube.tube.times >= second - 1e-6) & (tube.tube.times < second + 1 - 1e-6)
        if kind == "place":
            return self._place(value, tube.tube.boxes[rows].mean(0))
        frames = np.round(tube.tube.times[rows] * FPS).astype(int)
        return bool(getattr(self, f"_{kind}")(value, tube, frames))

    @staticmethod
    def _place(value: str, box: np.ndarray[tuple[int], np.dtype[np.float32]]) -> bool:
        x, y = (box[0] + box[2]) / 2 / WIDTH, (box[1] + box[3]) / 2 / 720
        low, high = {"left": (0, 1 / 3), "centre": (1 / 3, 2 / 3), "right": (2 / 3, 1), "far left": (0, 1 / 6),
                     "far right": (5 / 6, 1), "top": (0, 1 / 3), "middle": (1 / 3, 2 / 3),
                     "bottom": (2 / 3, 1)}[value]  # fmt: skip
        return bool(low <= (y if value in ("top", "middle", "bottom") else x) <= high)

    def _moved(self, tube: TrueTube, frames: list[int]) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
        pos = self.match.motion.pos[:, tube.player].astype(np.float64)
        return np.array([(pos[min(f + 1, len(pos) - 1)] - pos[max(f - 1, 0)]) * FPS / 2 for f in frames])

    def _motion(self, value: str, tube: TrueTube, frames: list[int]) -> bool:
        speed = np.hypot(*self._moved(tube, frames).T).mean() / self.match.cast.actors[tube.player].height
        bounds = {"standing": (0, 0.3), "walking": (0.3, 1.2), "running": (1.2, 3.0), "sprinting": (3.0, 99)}[value]
        return bool(bounds[0] - 0.12 <= speed <= bounds[1] + 0.12)

    def _direction(self, value: str, tube: TrueTube, frames: list[int]) -> bool:
        """A step along the movement goes that way in the picture, or changes the distance to the camera."""
        take = self.match.takes[tube.shot]
        view = take.views[frames[len(frames) // 2] - take.start]
        velocity = self._moved(tube, frames).mean(0)
        here = np.array([*self.match.motion.pos[frames[len(frames) // 2], tube.player], 0.0], np.float64)
        step = np.append(velocity * 0.05, 0.0)
        before, after = here - step, here + step
        (a, b), _ = view.project(np.stack([before, after]))
        closer = np.linalg.norm(before - view.position) - np.linalg.norm(after - view.position)
        return bool({"left": b[0] < a[0], "right": b[0] > a[0], "towards": closer > 0, "away": closer < 0}[value])

    def _action(self, value: str, tube: TrueTube, frames: list[int]) -> bool:
        acts = self.match.motion.act[frames[0] : frames[-1] + 5, tube.player]
        wanted = {"jumping": (Act.JUMP, Act.SHOOT), "arms raised": (Act.RAISE,),
                  "lying": (Act.FALL, Act.SLIDE, Act.DIVE)}[value]  # fmt: skip
        return bool(np.isin(acts, wanted).any())

    def _relation(self, value: str, tube: TrueTube, frames: list[int]) -> bool:
        gap = self.match.motion.ball[frames, :2] - self.match.motion.pos[frames, tube.player]
        return float(np.median(np.hypot(*gap.T))) < 1.25 * self.match.cast.actors[tube.player].height


def test_every_answer_satisfies_every_term(
    longer: tuple[Match, tuple[TrueTube, ...], tuple[Query, ...]],
) -> None:
    match, tubes, queries = longer
    judge, checked = Judge(match), 0
    for query in queries:
        for answer in query.answers:
            tube = tubes[answer.tube_id]
            for second in range(int(answer.span.start), int(np.ceil(answer.span.end))):
                if second in tube.terms:
                    checked += 1
                    assert all(judge.holds(term, tube, second) for term in query.terms), (query.text, second)
    assert checked > 100


def test_nothing_that_answers_is_left_out(longer: tuple[Match, tuple[TrueTube, ...], tuple[Query, ...]]) -> None:
    """Two seconds in a row in which all terms hold belong to an answer."""
    _, tubes, queries = longer
    for query in queries:
        for tube in tubes:
            held = [s for s, true in tube.terms.items() if all(set(t.split("|")) & true for t in query.terms)]
            for second in held:
                if second + 1 in held:
                    covering = [a for a in query.answers if a.tube_id == tube.id
                                and a.span.start < second + 1 and a.span.end > second]  # fmt: skip
                    assert len(covering) == 1, (query.text, tube.id, second)


def test_kinds_come_in_their_shares(longer: tuple[Match, tuple[TrueTube, ...], tuple[Query, ...]]) -> None:
    _, _, queries = longer
    asked = [q for q in queries if q.answerable]
    count = Counter(q.kind for q in asked)
    assert 28 <= len(asked) <= 40
    assert set(count) <= set(KINDS)
    assert count["appearance"] >= 8
    assert count["spatial"] >= 8
    assert count["composite"] >= 8
    assert count["number"] >= 3
    assert len({q.text for q in queries}) == len(queries)


def test_queries_that_nothing_answers_are_kept_apart(
    longer: tuple[Match, tuple[TrueTube, ...], tuple[Query, ...]],
) -> None:
    match, _, queries = longer
    nulls = [q for q in queries if not q.answerable]
    worn = {a.shirt for a in match.cast.actors}
    numbers = {str(a.number) for a in match.cast.actors}
    assert nulls
    assert all(q.answers for q in queries if q.answerable)
    for query in nulls:
        kind, value = query.terms[0].split(":")
        assert not query.answers
        assert value not in (worn if kind == "shirt_colour" else numbers)


def test_numbers_are_asked_for_only_where_they_can_be_read(
    longer: tuple[Match, tuple[TrueTube, ...], tuple[Query, ...]],
) -> None:
    _, tubes, queries = longer
    for query in queries:
        if any(t.startswith("number:") for t in query.terms):
            for answer in query.answers:
                clear = (tubes[answer.tube_id].digits >= LEGIBLE) & (tubes[answer.tube_id].visible >= 0.7)
                assert clear.sum() >= 2


def test_terms_are_of_the_vocabulary(truth: Truth) -> None:
    known = {name.split(":")[1] for name in UNFIT}
    allowed = {
        "place": PLACES,
        "motion": MOTIONS,
        "direction": DIRECTIONS,
        "action": {*ACTIONS, "celebrating", *known},
        "relation": {*RELATIONS, *known},
    }
    for tube in truth.tubes:
        for term in set().union(*tube.terms.values()) if tube.terms else set():
            kind, value = term.split(":")
            assert value in allowed.get(kind, (value,))


def test_answer_tubes_lie_in_their_spans(truth: Truth) -> None:
    for query in truth.queries:
        for answer in query.answers:
            assert answer.span.start <= answer.tube.times[0]
            assert answer.tube.times[-1] < answer.span.end
            assert answer.span.end <= truth.seconds + 1e-6


def test_queries_to_learn_from_are_none_of_an_evaluation(
    longer: tuple[Match, tuple[TrueTube, ...], tuple[Query, ...]],
) -> None:
    match, tubes, _ = longer
    truth = SimpleNamespace(seed=11, players=match.cast.actors, tubes=tubes)
    asked = [one.text for one in evaluation_queries(truth)]  # type: ignore[arg-type]
    learnt = [one.text for one in training_queries(truth, 2)]  # type: ignore[arg-type]
    assert len(learnt) == len(set(learnt)) > len(asked)
    assert not set(asked) & set(learnt)
    assert training_queries(truth, 0) == ()  # type: ignore[arg-type]

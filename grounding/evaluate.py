"""Scores the whole chain on generated matches: the tracker's recall first, then the hits of every query.

A query counts as answered at k (R@k) when one of its first k hits has vIoU above 0.3 with some tube that answers it;
R@1 at 0.5, m_tIoU and m_vIoU of the first hit stand beside it. A null query, which no moment answers, counts as
right when the answer was "nothing good".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from grounding.calibrate import RIGHT_ABOVE, is_right, reliability
from grounding.metrics import recall_at, tiou, tracker_recall, viou
from grounding.retrieve.search import Found
from grounding.types import Tube, VideoIndex

KINDS = ("appearance", "spatial", "composite", "number", "action")

Search = Callable[[str], Found]
"""Text in; the answer, the ranked hits and how likely the answer is out."""


@dataclass(frozen=True, slots=True)
class Question:
    """A query of the ground truth: its kind and the tubes that answer it (none for a null query)."""

    text: str
    kind: str
    answers: tuple[Tube, ...]


@dataclass(frozen=True, slots=True)
class QuestionScore:
    """What the first hits of one query were worth.

    probability: of an answer, as it was said; hits: (score, whether right) of the first five that were not rejected.
    """

    text: str
    kind: str
    answerable: bool
    found: bool
    at_1: bool
    at_1_half: bool
    at_5: bool
    t_iou: float
    v_iou: float
    probability: float = 0.0
    hits: tuple[tuple[float, bool], ...] = ()


@dataclass(frozen=True, slots=True)
class MatchScore:
    """One match: best vIoU of every true tube with any track, and the score of every query."""

    name: str
    tube_recall: tuple[float, ...]
    questions: tuple[QuestionScore, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table, for one kind of query or all of them."""

    kind: str
    queries: int
    r_at_1: float
    r_at_5: float
    r_at_1_half: float
    m_tiou: float
    m_viou: float


def score_match(
    name: str, index: VideoIndex, true: Sequence[Tube], questions: Iterable[Question], search: Search
) -> MatchScore:
    """Scores one indexed match; `search` asks this match alone."""
    tracks = [track.tube for track in index.tracks if track.label == "person"]
    scores = tuple(_score(question, search(question.text)) for question in questions)
    return MatchScore(name, tuple(tracker_recall(tracks, true)), scores)


def table(matches: Sequence[MatchScore]) -> list[Row]:
    """One row for each kind of query that was asked, and a last one over all answerable queries."""
    asked = [score for match in matches for score in match.questions if score.answerable]
    kinds = [*(kind for kind in KINDS if any(score.kind == kind for score in asked)), "all"]
    return [_row(kind, [score for score in asked if kind in (score.kind, "all")]) for kind in kinds]


def mean_recall(matches: Sequence[MatchScore]) -> float:
    """Mean best vIoU over all true tubes of all matches; 0 for none."""
    return _mean([value for match in matches for value in match.tube_recall])


def nulls_right(matches: Sequence[MatchScore]) -> tuple[int, int]:
    """How many null queries got the answer "nothing good", of how many."""
    nulls = [score for match in matches for score in match.questions if not score.answerable]
    return sum(not score.found for score in nulls), len(nulls)


def found_wrongly_denied(matches: Sequence[MatchScore]) -> tuple[int, int]:
    """How many answerable queries got the answer "nothing good", of how many."""
    asked = [score for match in matches for score in match.questions if score.answerable]
    return sum(not score.found for score in asked), len(asked)


def of_sport(matches: Sequence[MatchScore], sport: str) -> list[MatchScore]:
    """Those whose name begins with it."""
    return [match for match in matches if match.name.startswith(sport)]


def hit_reliability(matches: Sequence[MatchScore]) -> list[tuple[float, float, int]]:
    """How likely hits were said to be right, and how many were: see `calibrate.reliability`."""
    said = [pair for match in matches for score in match.questions for pair in score.hits]
    return reliability([p for p, _ in said], [right for _, right in said])


def answer_reliability(matches: Sequence[MatchScore]) -> list[tuple[float, float, int]]:
    """How likely answers were said to be there, and how many queries had one."""
    asked = [score for match in matches for score in match.questions]
    return reliability([score.probability for score in asked], [score.answerable for score in asked])


def _score(question: Question, found: Found) -> QuestionScore:
    hits = found.hits
    ranked = [hit.tube for hit in hits]
    kept = [hit for hit in hits[:5] if hit.verdict != "rejected"]
    first = ranked[0] if ranked else None
    return QuestionScore(
        text=question.text,
        kind=question.kind,
        answerable=bool(question.answers),
        found=found.answer == "found",
        at_1=recall_at(1, ranked, question.answers, threshold=RIGHT_ABOVE),
        at_1_half=recall_at(1, ranked, question.answers, threshold=0.5),
        at_5=recall_at(5, ranked, question.answers, threshold=RIGHT_ABOVE),
        t_iou=max((tiou(first.span, true.span) for true in question.answers), default=0.0) if first else 0.0,
        v_iou=max((viou(first, true) for true in question.answers), default=0.0) if first else 0.0,
        probability=found.probability,
        hits=tuple((hit.score, is_right(hit.tube, question.answers)) for hit in kept),
    )


def _row(kind: str, scores: Sequence[QuestionScore]) -> Row:
    return Row(
        kind=kind,
        queries=len(scores),
        r_at_1=_mean([float(score.at_1) for score in scores]),
        r_at_5=_mean([float(score.at_5) for score in scores]),
        r_at_1_half=_mean([float(score.at_1_half) for score in scores]),
        m_tiou=_mean([score.t_iou for score in scores]),
        m_viou=_mean([score.v_iou for score in scores]),
    )


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0

"""Showing the best of what was found to a model: what `grounding.verify.looking` says, kept in rows as it comes."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.utils import timezone

from grounding.types import Candidate as Proposal
from grounding.types import Predicate
from grounding.types import Query as Parsed
from grounding.types import Verification as Judgement
from grounding.verify import Verifier
from grounding.verify.looking import Film, best_of, fused
from grounding.verify.words import phrase
from videosearch.lib import broker, engine
from videosearch.library.models import Video
from videosearch.search import convert, measuring, verifiers
from videosearch.search.models import Candidate, ModelAnswer, Query, Verification

QUEUE: Final = "looking"
KEEP_DAYS: Final = 30
GLANCE_SECONDS: Final = 0.5
"""How often the database is asked whether the one who searched is still there."""

NOBODY: Final = "the worker that looks at pictures cannot be reached"
LATE: Final = "the worker that looks at pictures was not done in time"


def begin(query: Query) -> bool:
    """Hand a query, whose candidates were all measured, to the worker that looks. False: it is to be answered now."""
    from videosearch.search import tasks

    if not engine.looks():
        return False
    if broker.send(tasks.look, str(query.pk), queue=QUEUE, expires=measuring.patience()):
        return True
    _note(query, NOBODY)
    return False


def give_up(query: Query) -> None:
    """Say, where a model was to look and nothing came of it, that the time is over."""
    if engine.looks() and not query.unseen:
        _note(query, LATE)


def look(query: Query) -> bool:
    """Look at the best candidates, storing each judgement as it comes. Running twice does no harm.

    Returns: whether the query may be answered now; False where nobody waits for it any more.
    """
    rows = list(query.candidates.order_by("rank"))
    proposals = [convert.candidate_from(row) for row in rows]
    verifier = verifiers.current()
    measured = _measured(verifier, query, rows, proposals)
    waiting = _Waiting(query)
    looker = engine.looking(
        films_of({row.video_id for row in rows}), Answers(), settings.VERIFIER_SECONDS, waiting.still
    )
    name = f"{verifier.name} + {looker.name}"
    patience, silent = looker.patience(), ""
    for asked, places in _questions(query, rows, best_of(measured)).values():
        for index, said in looker.look(asked, [proposals[place] for place in places], patience):
            place = places[index]
            _keep(rows[place], fused(asked, measured[place], said, looker.name), name)
        silent = silent or looker.silent
    if not waiting.still(at_once=True):
        return False
    if silent:
        _note(query, silent)
    return True


def prune() -> int:
    """Forget what models said long ago."""
    old = timezone.now() - timedelta(days=KEEP_DAYS)
    deleted, _ = ModelAnswer.objects.filter(created_at__lt=old).delete()
    return deleted


def was_looked_at(row: Candidate) -> bool:
    """Whether a model has had its say of a candidate whose verification is at hand."""
    judged = getattr(row, "verification", None)
    return judged is not None and " + " in judged.verifier


class Answers:
    """What models said before, in the database, so that all workers remember."""

    def get(self, key: str) -> str | None:
        return ModelAnswer.objects.filter(pk=key).values_list("answer", flat=True).first()

    def put(self, key: str, value: str) -> None:
        ModelAnswer.objects.bulk_create([ModelAnswer(key=key, answer=value)], ignore_conflicts=True)


def question(query: Query, parsed: Parsed) -> str:
    """What the model is asked: the words as they are, unless some of them mean nothing on a picture.

    Names are on no shirt, times of the match are not those of the clip, and what was to be ignored is still in the
    words; then it is what was understood, in plain words.
    """
    ignoring = any(one.startswith("ignore:") for one in query.filters)
    if query.text and not ignoring and not any(one.said or one.kind == "time" for one in parsed.predicates):
        return query.text
    said = ""
    before: Predicate | None = None
    for one in parsed.predicates:
        if one.kind == "time":
            continue
        other = before is not None and one.either and one.either == before.either and one.branch != before.branch
        said += f"{' or ' if other else ', ' if said else ''}{phrase(one)}"
        before = one
    return ", ".join(filter(None, [said, parsed.rest])) or query.said


def _measured(verifier: Verifier, query: Query, rows: list[Candidate], proposals: list[Proposal]) -> list[Judgement]:
    """Judged anew, which is quick, so that a second run does not build on what the first one made of it."""
    judged = dict(measuring.judgements(verifier, query, rows, proposals))
    return [measuring.with_likeness(row, judged[place]) for place, row in enumerate(rows)]


def _questions(query: Query, rows: list[Candidate], best: list[int]) -> Mapping[str, tuple[Parsed, list[int]]]:
    """Places of the best rows by what is asked of them: a name may stand for another number in another video."""
    asked: dict[str, tuple[Parsed, list[int]]] = {}
    for place in best:
        parsed = convert.query_from(query, rows[place].video_id)
        words = question(query, parsed)
        asked.setdefault(words, (replace(parsed, text=words), []))[1].append(place)
    return asked


def _keep(row: Candidate, judged: Judgement, verifier: str) -> None:
    values = convert.verification_values(judged) | {"verifier": verifier}
    Verification.objects.update_or_create(candidate=row, defaults=values)


def _note(query: Query, why: str) -> None:
    query.unseen = why
    Query.objects.filter(pk=query.pk, state=Query.State.VERIFYING).update(unseen=why)


def films_of(keys: Collection[Any]) -> Callable[[str], Film | None]:
    """The playable copy of each video (of these keys), which is small and quick to seek in, or else the original."""
    videos = Video.objects.filter(pk__in=keys).prefetch_related("renditions")
    films: dict[str, Film] = {}
    for video in videos:
        path: Path = video.proxy.file if video.proxy and video.proxy.file.is_file() else video.original
        films[str(video.pk)] = Film(path, video.width, video.height)
    return films.get


class _Waiting:
    """Whether the query still waits; the database is asked now and then only."""

    def __init__(self, query: Query) -> None:
        self._query = query
        self._asked = 0.0
        self._said = True

    def still(self, *, at_once: bool = False) -> bool:
        if self._said and (at_once or time.monotonic() - self._asked > GLANCE_SECONDS):
            self._asked = time.monotonic()
            self._said = Query.objects.filter(pk=self._query.pk, state=Query.State.VERIFYING).exists()
        return self._said

"""What the verifier that measures says of stored candidates, and how long a query is waited for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby
from typing import Final

from django.conf import settings

from grounding.types import Candidate as Proposal
from grounding.types import Verification as Judgement
from grounding.verify import Verifier
from videosearch.lib import engine
from videosearch.search import convert, likeness
from videosearch.search.models import Candidate, Query

PATIENCE_SECONDS: Final = 30
"""A query whose verdicts have not come by then is answered with what there is; the rest is shown as not checked."""


def patience() -> float:
    """Seconds a query is waited for, with the time for looking at pictures where a model does."""
    return PATIENCE_SECONDS + (settings.VERIFIER_SECONDS if engine.looks() else 0)


def judgements(
    verifier: Verifier, query: Query, rows: list[Candidate], proposals: list[Proposal]
) -> Iterator[tuple[int, Judgement]]:
    """In the order of the rows. A name may mean others in other videos: neighbours that ask the same go together."""
    first = 0
    for _, group in groupby(rows, key=lambda row: id(convert.meant(query, row.video_id))):
        batch = list(group)
        asked = convert.query_from(query, batch[0].video_id)
        for index, judged in verifier.verify(asked, proposals[first : first + len(batch)]):
            yield first + index, judged
        first += len(batch)


def with_likeness(row: Candidate, judged: Judgement) -> Judgement:
    """The judgement, where there was an example with how much the candidate looks like it."""
    if row.likeness is None:
        return judged
    unlike = judged.verdict == "confirmed" and row.likeness < likeness.ALIKE
    return replace(
        judged,
        verdict="unsure" if unlike else judged.verdict,
        score=(judged.score + row.likeness) / 2,
        reason=f"{judged.reason} {likeness.reason(row.likeness)}",
        likely=None if judged.likely is None else (judged.likely + row.likeness) / 2,
    )

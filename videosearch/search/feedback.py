"""What reviewers say of a moment: right, wrong, or put right. Kept for training, taken back as easily as given."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from django.db import transaction
from django.utils import timezone

from videosearch.accounts.models import User
from videosearch.search import cards, convert
from videosearch.search.models import Candidate, Feedback, Judgement

SHORTEST: Final = 0.1
"""Seconds a corrected span must last."""

SMALLEST: Final = 2.0
"""Pixels a corrected box must be wide and high."""


class BadFeedbackError(ValueError):
    """What was said makes no sense for this moment; the message is one sentence for people."""


@dataclass(frozen=True, slots=True)
class Correction:
    """start, end: seconds, None where the span was right. box: t, x1, y1, x2, y2 in pixels of the video, or None."""

    start: float | None = None
    end: float | None = None
    box: tuple[float, float, float, float, float] | None = None


def say(user: User, row: Candidate, judgement: str, correction: Correction | None = None) -> Feedback:
    """Store what `user` says of a moment, in the place of what they said before.

    row: from `access.get_candidate` with the role of a reviewer.

    Raises: BadFeedbackError.
    """
    fixed = _checked(row, correction) if judgement == Judgement.CORRECTED else Correction()
    start, end = cards.shown_span(row)
    judged, hit = getattr(row, "verification", None), getattr(row, "hit", None)
    shown = hit or judged
    said = Feedback(
        user=user,
        candidate=row,
        library_id=row.video.library_id,
        video=row.video,
        version_id=row.query.version_id,
        query_text=row.query.said,
        parsed=convert.meant(row.query, row.video_id),
        judgement=judgement,
        verifier=judged.verifier if judged else "",
        score=shown.score if shown else row.score,
        track_ids=row.track_ids,
        label=row.label,
        start=start,
        end=end,
        tube=row.tube,
        proposed=convert.proposed_json(row),
        corrected_start=fixed.start,
        corrected_end=fixed.end,
        corrected_boxes=[list(fixed.box)] if fixed.box else [],
    )
    if shown:
        said.verdict = shown.verdict
    with transaction.atomic():
        # The row of the moment is held, so that two presses at once do not both find nothing to take back.
        Candidate.objects.select_for_update().only("pk").get(pk=row.pk)
        withdraw(user, row)
        said.save(force_insert=True)
    return said


def withdraw(user: User, row: Candidate) -> bool:
    """Take back what stands; whether there was anything."""
    standing = Feedback.objects.filter(user=user, candidate=row, withdrawn_at=None)
    return bool(standing.update(withdrawn_at=timezone.now()))


def _checked(row: Candidate, given: Correction | None) -> Correction:
    if given is None or (given.start is None and given.end is None and given.box is None):
        raise BadFeedbackError("Say what is to be corrected: another beginning or end, or another box.")
    start, end = cards.shown_span(row)
    first = start if given.start is None else given.start
    last = end if given.end is None else given.end
    length = row.video.playable_seconds
    if not (math.isfinite(first) and math.isfinite(last)):
        raise BadFeedbackError("The beginning and the end are seconds.")
    if not (first >= 0 and last <= length + SHORTEST and last - first >= SHORTEST):
        raise BadFeedbackError(
            f"The end must come after the beginning, and both lie within 0 and {length:.1f} seconds."
        )
    return Correction(round(first, 3), round(last, 3), _checked_box(row, given, first, last))


def _checked_box(
    row: Candidate, given: Correction, first: float, last: float
) -> tuple[float, float, float, float, float] | None:
    if given.box is None:
        return None
    if not all(math.isfinite(side) for side in given.box):
        raise BadFeedbackError("The box is given in pixels of the picture.")
    t, x1, y1, x2, y2 = given.box
    if not first - SHORTEST <= t <= last + SHORTEST:
        raise BadFeedbackError("The box must belong to a picture between the beginning and the end.")
    width, height = row.video.width, row.video.height
    left, top, right, bottom = max(0.0, x1), max(0.0, y1), min(float(width), x2), min(float(height), y2)
    if right - left < SMALLEST or bottom - top < SMALLEST:
        raise BadFeedbackError(f"The box must lie in the picture, which is {width} × {height} pixels.")
    return (round(t, 3), round(left, 1), round(top, 1), round(right, 1), round(bottom, 1))

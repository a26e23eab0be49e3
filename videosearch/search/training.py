"""A new version of the verifier from what reviewers said: a job that can be watched and cancelled.

The set: what reviewers said and did not take back, three parts of four; the fourth, and matches that came with the
package and were never trained on, say how good it is, beside what judges now. Training begins with the policy of the
package each time, so that a judgement that was taken back is forgotten.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from django.db.models import QuerySet
from django.utils import timezone

from grounding.rl import policy as policies
from grounding.rl.base import base_policy, base_problems, unseen_problems
from grounding.rl.feedback import config_for, kind_of, lesson, said
from grounding.rl.policy import Policy
from grounding.rl.problems import Problem
from grounding.rl.scoring import KINDS, agreement, table
from grounding.rl.train import Config, begin, finish, train
from grounding.types import Candidate, Query, Span
from videosearch import jobs
from videosearch.jobs.models import Job
from videosearch.jobs.run import JobRun
from videosearch.library.models import Library
from videosearch.search import convert, verifiers
from videosearch.search.models import Feedback, Judgement, VerifierVersion

if TYPE_CHECKING:
    from grounding.tuning.clips import Asked

KIND: Final = "search.train"
HELD_OUT: Final = 4
"""One question of so many is kept for the comparison."""
LEAST: Final = 10
"""Judgements below which nothing is trained: a habit cannot be told from chance."""
WITHOUT_KIND: Final = Config(steps=500, warm_up=100, hidden=8)
"""How policies are trained that never saw a kind of question."""

Step = Callable[[float, str], None]


@dataclass(frozen=True, slots=True, eq=False)
class Given:
    """What reviewers said, to learn from and held out. unusable: said before enough was kept of it."""

    learn: list[Problem]
    held_out: list[Problem]
    judgements: Counter[str]
    unusable: int


def register() -> None:
    jobs.register(KIND, run, lease_seconds=60, time_limit=3600, max_attempts=2, on_failed=_failed)


def check(library: Library | None) -> None:
    """Raises: PermanentError where there is too little to learn from."""
    _enough(given(library))


def start(version: VerifierVersion) -> Job:
    """Let a worker train a version; its job says how far it is, and can be cancelled."""
    return jobs.enqueue(KIND, version.pk)


def take_packaged(version: VerifierVersion) -> None:
    """Give a version the policy that comes with the package, compared with what judges now; nothing is trained."""
    nothing = Given([], [], Counter(), 0)
    version.policy = policies.dump(base_policy())
    version.report = compared(base_policy(), verifiers.active(), nothing)
    version.trained_at = timezone.now()
    version.save()


def run(job: JobRun) -> None:
    """Train the version that is the job's subject, compare it, and keep both under the lease."""
    version = VerifierVersion.objects.filter(pk=job.subject).select_related("library").first()
    if version is None:
        return  # deleted meanwhile
    rival = verifiers.active()
    found = given(version.library)
    _enough(found)
    policy = trained(found.learn, base_problems(), base_policy(), _steps(job, 0.0, 0.6, "learning"))
    report = compared(policy, rival, found)
    report["kinds"] = list(
        _without_each(found.learn, base_problems(), unseen_problems(), _steps(job, 0.6, 1.0, "comparing"))
    )
    with job.fenced():
        version.policy = policies.dump(policy)
        version.learnt_from = {**found.judgements, "held out": len(found.held_out), "not usable": found.unusable}
        version.report = report
        version.error = ""
        version.trained_at = timezone.now()
        version.save()


def _steps(job: JobRun, start: float, end: float, word: str) -> Step:
    return lambda share, what: job.progress(start + share * (end - start), f"{word} {what}".strip())


def _enough(found: Given) -> None:
    count = len(found.learn) + len(found.held_out)
    if count < LEAST:
        raise jobs.PermanentError(
            f"Reviewers have judged {count} moments that can be learnt from; it takes at least {LEAST}."
        )


def _failed(job: Any) -> None:
    VerifierVersion.objects.filter(pk=job.subject).update(error=job.error[:300])


def standing(library: Library | None) -> QuerySet[Feedback]:
    """What reviewers said and did not take back."""
    rows = Feedback.objects.filter(withdrawn_at=None).select_related("candidate__query").order_by("pk")
    return rows.filter(library=library) if library else rows


def given(library: Library | None) -> Given:
    """All that stands as problems; all moments of one question lie on the same side."""
    learn: list[Problem] = []
    held_out: list[Problem] = []
    judgements: Counter[str] = Counter()
    unusable = 0
    for row in standing(library):
        one = problem_of(row)
        if one is None:
            unusable += 1
            continue
        judgements[row.judgement] += 1
        (held_out if is_held_out(row) else learn).append(one)
    return Given(learn, held_out, judgements, unusable)


def is_held_out(row: Feedback) -> bool:
    digest = hashlib.sha256(f"{row.video_id} {row.query_text.casefold()}".encode()).digest()
    return digest[0] % HELD_OUT == 0


def problem_of(row: Feedback) -> Problem | None:
    """One judgement to learn from; None where too little was kept of the moment."""
    spoken = _spoken(row)
    if spoken is None:
        return None
    query, candidate, span = spoken
    return said(query, candidate, _JUDGEMENTS[row.judgement], span, kind=kind_of(query))


def asked_of(row: Feedback) -> Asked | None:
    """One judgement as a question about pictures; None where too little was kept of the moment."""
    from grounding.tuning.sources import of_reviewer

    spoken = _spoken(row)
    if spoken is None:
        return None
    query, candidate, span = spoken
    return of_reviewer(query, candidate, _JUDGEMENTS[row.judgement], span, group=str(row.video_id))


def _spoken(row: Feedback) -> tuple[Query, Candidate, Span] | None:
    """The question, the candidate, and the span as it was shown or corrected to."""
    spoken = convert.said_from(row)
    if spoken is None:
        return None
    start, end = row.start, row.end
    if row.judgement == Judgement.CORRECTED:
        start = start if row.corrected_start is None else row.corrected_start
        end = end if row.corrected_end is None else row.corrected_end
    return (*spoken, Span(start, end)) if end > start else None


_JUDGEMENTS: Final[dict[str, Any]] = {
    Judgement.RIGHT: "right",
    Judgement.WRONG: "wrong",
    Judgement.CORRECTED: "corrected",
}


def trained(learn: Sequence[Problem], base: Sequence[Problem], start: Policy, step: Step) -> Policy:
    """The policy that goes on from `start` with what was said."""
    config = config_for(start)
    return _followed(lesson(base, learn), config, start, step, "", {"judgements": len(learn)})


def _followed(
    problems: Sequence[Problem], config: Config, start: Policy | None, step: Step, what: str, about: dict[str, Any]
) -> Policy:
    state = begin(problems, config, start)
    for reached in train(problems, config, state, start):
        step(reached.step / (config.warm_up + config.steps), what)
    return finish(state, problems, config, about)


def compared(policy: Policy, rival: VerifierVersion | None, found: Given) -> dict[str, Any]:
    """The candidate beside what judges now, on the same unseen matches and the same held-out judgements.

    kinds: of policies trained in the same way without a kind of question, on the questions of that kind, so that
    patterns of questions that were learnt by heart show. loses: by how much recall of the true moments falls.
    """
    unseen = unseen_problems()
    now = policies.policy_from(rival.policy) if rival and rival.policy else None
    before, after = table(unseen, now), table(unseen, policy)
    return {
        "rival": rival.name if rival else verifiers.RULE,
        "matches": {"active": [asdict(row) for row in before], "candidate": [asdict(row) for row in after]},
        "feedback": {
            "active": asdict(agreement(found.held_out, now)),
            "candidate": asdict(agreement(found.held_out, policy)),
        },
        "kinds": [],
        "loses": round(max(0.0, before[-1].recall - after[-1].recall), 4),
    }


def _without_each(learn: Sequence[Problem], base: Sequence[Problem], unseen: Sequence[Problem], step: Step) -> Any:
    asked = [kind for kind in KINDS if any(one.kind == kind and one.answerable for one in unseen)]
    for place, kind in enumerate(asked):
        own = [one for one in unseen if one.kind == kind]
        others = [one for one in base if one.kind != kind]

        def tell(share: float, _: str, place: int = place, kind: str = kind) -> None:
            step((place + share) / len(asked), f"without {kind}")

        start = _followed(others, WITHOUT_KIND, None, lambda share, what: tell(share / 2, what), kind, {})
        told = [one for one in learn if one.kind != kind]
        config = replace(config_for(start), steps=200)
        policy = _followed(
            lesson(others, told), config, start, lambda share, what: tell((1 + share) / 2, what), kind, {}
        )
        yield {"rule": asdict(table(own, None)[0]), "candidate": asdict(table(own, policy)[0])}

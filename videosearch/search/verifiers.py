"""Which verifier judges now, and the switch: versions are compared, made active, and taken back."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from django.db import transaction
from django.utils import timezone

from grounding.rl.judge import PolicyVerifier
from grounding.rl.policy import policy_from
from grounding.verify import PredicateVerifier, Verifier
from videosearch.search.models import VerifierVersion

RULE: Final = "predicates"
"""What judges where no version is active."""


class CannotActivateError(ValueError):
    """The version cannot take over as it is; the message is one sentence for people."""


def active() -> VerifierVersion | None:
    return VerifierVersion.objects.filter(active=True).first()


def current() -> Verifier:
    """What judges candidates now. Read from the database at each call: other processes may have switched."""
    pk = VerifierVersion.objects.filter(active=True).values_list("pk", flat=True).first()
    return PredicateVerifier() if pk is None else _policy_verifier(pk)


@lru_cache(maxsize=4)
def _policy_verifier(pk: int) -> PolicyVerifier:
    """Trained versions do not change, so they are read once."""
    version = VerifierVersion.objects.get(pk=pk)
    return PolicyVerifier(policy_from(version.policy), version.name)


def activate(version: VerifierVersion, *, knowing: bool = False) -> None:
    """Let it judge from now on.

    knowing: whether it was said that it shows fewer of the true moments, where it does.

    Raises: CannotActivateError.
    """
    if version.policy is None:
        raise CannotActivateError(f"{version.name} is not trained yet.")
    policy_from(version.policy)  # of an older program it may not be readable any more: that is found out now
    if version.loses > 0 and not knowing:
        raise CannotActivateError(
            f"{version.name} shows {100 * version.loses:.1f} % fewer of the true moments than what judges now; "
            "tick that you know to activate it all the same."
        )
    with transaction.atomic():
        now = VerifierVersion.objects.select_for_update().filter(active=True).first()
        if now is not None and now.pk == version.pk:
            return
        _set(now, active=False)
        version.replaced, version.activated_at = now, timezone.now()
        _set(version, active=True)


def roll_back() -> VerifierVersion | None:
    """Let judge what judged before the active version; what that is, None for the rule."""
    with transaction.atomic():
        now = VerifierVersion.objects.select_for_update().filter(active=True).first()
        if now is None:
            return None
        before = now.replaced
        _set(now, active=False)
        _set(before, active=True)
        return before


def _set(version: VerifierVersion | None, *, active: bool) -> None:
    """Saved row by row, so that the log of changes says who switched."""
    if version is not None:
        version.active = active
        version.save(update_fields=["active", "replaced", "activated_at"])

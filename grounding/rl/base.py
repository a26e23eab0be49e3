"""What comes with the package: sets of problems to train on and to compare by, and a policy to begin with."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Final

from grounding.rl.policy import Policy, load
from grounding.rl.problems import Problem
from grounding.rl.problems import load as load_problems

BASE: Final = "base.npz"
UNSEEN: Final = "unseen.npz"
POLICY: Final = "base_policy.json"


@lru_cache(maxsize=1)
def base_problems() -> list[Problem]:
    """Queries of generated matches with their best candidates (`python -m grounding train problems`)."""
    return load_problems(_path(BASE))


@lru_cache(maxsize=1)
def unseen_problems() -> list[Problem]:
    """Queries of other matches, which nothing that comes with the package was trained on."""
    return load_problems(_path(UNSEEN))


@lru_cache(maxsize=1)
def base_policy() -> Policy:
    """The policy trained on them."""
    return load(_path(POLICY))


def _path(name: str) -> Path:
    return Path(str(resources.files(__package__).joinpath(name)))

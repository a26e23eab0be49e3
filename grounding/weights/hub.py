"""The one module that speaks with the model hub."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from grounding.errors import HubError

_PATIENCE: Final = 20.0
_YES: Final = frozenset({"1", "true", "yes", "on"})


@dataclass(frozen=True, slots=True)
class HubFile:
    """One file of a repository. sha256: "" where the hub does not tell it (small files)."""

    name: str
    size: int
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """What a hub holds of a model at one revision. licence: as its card says, "" if it says none."""

    revision: str
    licence: str
    files: tuple[HubFile, ...]


class Hub(Protocol):
    """Where models are fetched from."""

    def describe(self, hub_id: str, revision: str) -> Listing:
        """What there is at `revision`, "" for the newest. Raises HubError."""
        ...

    def fetch(self, hub_id: str, revision: str, file: str, folder: Path) -> None:
        """Leaves `file` in `folder`; goes on where an earlier try was cut off. Raises HubError."""
        ...


def offline() -> bool:
    """Whether the network must not be used: `$GROUNDING_OFFLINE`, or `$HF_HUB_OFFLINE` as for all tools of that hub."""
    return any(os.environ.get(name, "").lower() in _YES for name in ("GROUNDING_OFFLINE", "HF_HUB_OFFLINE"))


class HuggingFaceHub:
    """huggingface.co, or the mirror named in `$HF_ENDPOINT`."""

    def __init__(self, endpoint: str = "") -> None:
        self._endpoint = endpoint or os.environ.get("HF_ENDPOINT", "") or None

    def describe(self, hub_id: str, revision: str) -> Listing:
        """See `Hub`."""
        from huggingface_hub import HfApi

        with _in_words(hub_id):
            api = HfApi(endpoint=self._endpoint)
            info = api.model_info(hub_id, revision=revision or None, files_metadata=True, timeout=_PATIENCE)
        card: Any = info.card_data or {}
        files = tuple(
            HubFile(one.rfilename, one.size or 0, one.lfs.sha256 if one.lfs is not None else "")
            for one in info.siblings or ()
        )
        return Listing(info.sha or "", str(card.get("license") or ""), files)

    def fetch(self, hub_id: str, revision: str, file: str, folder: Path) -> None:
        """See `Hub`."""
        from huggingface_hub import hf_hub_download

        with _in_words(hub_id):
            hf_hub_download(hub_id, file, revision=revision, local_dir=folder, endpoint=self._endpoint)


@contextmanager
def _in_words(hub_id: str) -> Iterator[None]:
    """Whatever goes wrong on the way as one sentence."""
    if offline():
        raise HubError(f"{hub_id} cannot be fetched while offline: unset HF_HUB_OFFLINE and GROUNDING_OFFLINE.")
    from huggingface_hub import errors

    try:
        yield
    except errors.GatedRepoError as error:
        raise HubError(
            f"{hub_id} is given only to who accepted its terms on the hub: do so, and set HF_TOKEN."
        ) from error
    except (errors.RepositoryNotFoundError, errors.RevisionNotFoundError, errors.HFValidationError) as error:
        raise HubError(f"The hub has no model {hub_id}, or not this revision, or asks for a sign-in.") from error
    except Exception as error:  # the client's transport has its own tree of errors, another one with each version
        reason = " ".join(str(error).split()).rstrip(".")[:160] or type(error).__name__
        raise HubError(f"The model hub could not be reached for {hub_id} ({reason}); try again later.") from error

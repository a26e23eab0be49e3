"""Where and how the networks of the full profile run: device, precision, and batches that fit in memory."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from grounding.errors import BadInputError, OutOfMemoryError, WeightsError

if TYPE_CHECKING:
    import torch

log = logging.getLogger(__name__)

Item = TypeVar("Item")
Result = TypeVar("Result")

_NO_ROOM: Final = ("out of memory", "can't allocate memory", "not enough memory")
_PRECISIONS: Final = ("fp32", "bf16", "fp16")


def device() -> torch.device:
    """`$GROUNDING_DEVICE` (`cpu`, `cuda:1`, ...), or the GPU if there is one."""
    import torch

    chosen = os.environ.get("GROUNDING_DEVICE", "")
    if not chosen:
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        found = torch.device(chosen)
    except RuntimeError:
        raise BadInputError(
            f"GROUNDING_DEVICE is {chosen}; it may be cpu, cuda, or one of several as cuda:1."
        ) from None
    if found.type == "cuda" and (found.index or 0) >= torch.cuda.device_count():
        raise BadInputError(f"GROUNDING_DEVICE is {chosen}, and there is no such GPU here.")
    return found


def precision(where: torch.device) -> str:
    """`$GROUNDING_PRECISION`, or half precision on a GPU (bf16 where it can) and single precision on the CPU.

    On a CPU bf16 halves the time of networks of a hundred million weights, and slows small ones down.
    """
    import torch

    chosen = os.environ.get("GROUNDING_PRECISION", "")
    if chosen:
        if chosen not in _PRECISIONS:
            raise BadInputError(f"GROUNDING_PRECISION is {chosen}; it may be {', '.join(_PRECISIONS)}.")
        return chosen
    if where.type != "cuda":
        return "fp32"
    return "bf16" if torch.cuda.is_bf16_supported() else "fp16"


def prepare_transformers() -> None:
    """To be called before models or processors of transformers are imported: they can be, and show no bars."""
    from grounding.weights.torchvision_ops import prepare

    prepare()
    from transformers.utils import logging as transformers_logging

    said: Any = transformers_logging
    said.disable_progress_bar()


@contextmanager
def loading(folder: Path, what: str) -> Iterator[None]:
    """Whatever the libraries say of a folder they cannot load as one sentence. what: that it should hold.

    Raises:
        WeightsError: in their place.
    """
    from safetensors import SafetensorError

    try:
        yield
    except (OSError, ValueError, RuntimeError, KeyError, AssertionError, SafetensorError) as error:
        reason = " ".join(str(error).split())[:200]
        raise WeightsError(f"{folder} holds no {what} that can be loaded: {reason}") from error


def lowered(where: torch.device, how: str) -> AbstractContextManager[object]:
    """Inside it, what bears lower precision is computed so, and the rest in single precision."""
    import torch

    kind = {"bf16": torch.bfloat16, "fp16": torch.float16}.get(how)
    return torch.autocast(where.type, dtype=kind, enabled=kind is not None)


class Batches:
    """Work in batches. Where one does not fit in memory, it is halved, and later ones are not larger.

    most: items in a batch at first.
    """

    def __init__(self, most: int) -> None:
        if most < 1:
            raise ValueError(f"a batch holds at least one item, got {most}")
        self.most = most

    def run(self, work: Callable[[Sequence[Item]], Sequence[Result]], items: Sequence[Item]) -> list[Result]:
        """`work` done for all items, results in order.

        Raises:
            OutOfMemoryError: one item alone does not fit.
        """
        done: list[Result] = []
        while len(done) < len(items):
            batch = items[len(done) : len(done) + self.most]
            try:
                done += work(batch)
            except (RuntimeError, MemoryError) as error:
                if not is_no_room(error):
                    raise
                self._halve(len(batch), error)
        return done

    def _halve(self, tried: int, error: Exception) -> None:
        if tried == 1:
            raise OutOfMemoryError(
                "The device has not enough memory for one picture: choose a smaller model, or end what else runs there."
            ) from error
        self.most = tried // 2
        log.warning("%d items at once do not fit in memory; going on with %d", tried, self.most)
        make_room()


def make_room() -> None:
    """Gives back what the GPU's allocator holds of work that failed."""
    import torch

    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def is_no_room(error: Exception) -> bool:
    """Whether it says that memory was not enough."""
    import torch

    if isinstance(error, (MemoryError, torch.OutOfMemoryError)):
        return True
    return any(words in str(error).lower() for words in _NO_ROOM)

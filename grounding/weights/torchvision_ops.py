"""Makes torchvision importable beside a torch without CUDA.

The wheels of torchvision on PyPI are linked against CUDA. Beside a CPU torch their library of operators does not load,
and the import of torchvision fails, because it describes the shapes of two operators (`nms`, `qnms`) that then do not
exist. Declared without a body they can be described; calling them still fails, with torchvision's own words. What else
it holds (transforms, which timm, open_clip and the processors of transformers import) is Python and works.
"""

from __future__ import annotations

import importlib.util
import threading
from pathlib import Path
from typing import Any, Final

_SCHEMAS: Final = {
    "nms": "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms": "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
}

_declared: list[Any] = []
"""Declarations go when their library object does."""
_lock = threading.Lock()


def prepare() -> None:
    """To be called before anything imports torchvision; cheap when called again.

    Does nothing where torchvision is not installed or its operators load. Imports torch.
    """
    with _lock:
        if _declared:
            return
        spec = importlib.util.find_spec("torchvision")
        places = spec.submodule_search_locations if spec else None
        if places and not _loads(Path(next(iter(places)))):
            _declare()


def _loads(package: Path) -> bool:
    """Whether the operators load; they then stay loaded, as torchvision's import would have left them."""
    import torch

    operators: Any = torch.ops
    for library in package.glob("_C*.so"):
        try:
            operators.load_library(str(library))
        except OSError:
            continue
        return True
    return False


def _declare() -> None:
    import torch

    made: Any = torch.library.Library
    library = made("torchvision", "FRAGMENT")
    for name, schema in _SCHEMAS.items():
        if not hasattr(torch.ops.torchvision, name):
            library.define(schema)
    _declared.append(library)

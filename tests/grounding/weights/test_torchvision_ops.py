"""torchvision beside a torch without CUDA, in an interpreter of its own: what is imported once stays so."""

from __future__ import annotations

import subprocess
import sys

from videosearch.config import PROJECT

_IMPORTS = """
import sys
from grounding.weights.torchvision_ops import prepare
assert "torch" not in sys.modules
prepare()
prepare()
assert "torchvision" not in sys.modules
import torch, torchvision
from torchvision.transforms import v2
import timm, open_clip
from transformers import RTDetrImageProcessor
half = v2.functional.resize(torch.zeros(3, 8, 8), [4, 4])
assert half.shape == (3, 4, 4)
try:
    kept = torchvision.ops.nms(torch.tensor([[0., 0, 2, 2], [0, 0, 2, 1.9]]), torch.tensor([0.5, 0.6]), 0.5).tolist()
except RuntimeError as error:
    kept = str(error)
print(kept)
"""


def test_imports_work_and_what_is_missing_says_so() -> None:
    done = subprocess.run([sys.executable, "-c", _IMPORTS], check=False, capture_output=True, text=True, cwd=PROJECT)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "[1]\n" or "Couldn't load custom C++ ops" in done.stdout

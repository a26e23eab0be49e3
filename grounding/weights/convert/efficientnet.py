"""EfficientNet-Lite0 (Tan and Le, 2019, without squeeze-and-excite and with ReLU6) from its PyTorch state."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from grounding.errors import WeightsError
from grounding.weights.convert.writer import PICTURES, Writer, same_padding

_EPSILON: Final = 1e-3
_STRIDED: Final = (1, 3, 5, 11)
"""Blocks that halve the picture."""
_BLOCKS: Final = 16
_STAGE: Final = (5, 6, 7)
"""The blocks at a sixteenth of the picture's size that add to one tensor of 80 channels. Looked at on rendered matches,
this stage tells team-mates apart best of all; what follows is about ImageNet's classes."""

State = dict[str, NDArray[Any]]


def convert(state_file: Path, *, classes: bool = False) -> bytes:
    """Output: `parts` (batch, 80, h/16, w/16), or with classes `classes` (batch, 1000), before the softmax.

    Each channel of `parts` has a mean of 0 and a deviation of 1 over ImageNet, so that cosines say something.

    Raises WeightsError if the state is of another network.
    """
    import torch

    loaded = torch.load(state_file, map_location="cpu", weights_only=True)
    state = {name: value.numpy() for name, value in loaded.items() if not name.endswith("num_batches_tracked")}
    try:
        return _Builder(state).build(classes=classes)
    except KeyError as error:
        raise WeightsError(f"{state_file.name} has no {error}: it is not EfficientNet-Lite0.") from error


class _Builder:
    def __init__(self, state: State) -> None:
        self._state = dict(state)
        self._writer = Writer()

    def build(self, *, classes: bool) -> bytes:
        writer = self._writer
        pixels = writer.emit("Sub", [writer.pictures("images"), writer.number(127)], "centred")
        pixels = writer.emit("Div", [pixels, writer.number(128)], "scaled")
        value = self._convolution(pixels, "_conv_stem", "_bn0", stride=2)
        shift, scale = self._moments()
        for index in range(_BLOCKS if classes else _STAGE[-1] + 1):
            value = self._block(value, f"_blocks.{index}.", stride=2 if index in _STRIDED else 1)
        if not classes:
            centred = writer.emit("Sub", [value, writer.constant("shift", shift)], "shifted")
            writer.emit("Div", [centred, writer.constant("scale", scale)], "parts")
            return writer.model({"images": PICTURES}, {"parts": ("batch", len(shift[0]), "rows", "columns")})
        value = self._convolution(value, "_conv_head", "_bn1")
        pooled = writer.emit("Flatten", [writer.emit("GlobalAveragePool", [value], "pooled")], "features")
        weights = writer.constant("_fc.weight", self._state.pop("_fc.weight"))
        bias = writer.constant("_fc.bias", self._state.pop("_fc.bias"))
        writer.emit("Gemm", [pooled, weights, bias], "classes", transB=1)
        if self._state:
            raise WeightsError(f"The state has {', '.join(sorted(self._state)[:3])}, which EfficientNet-Lite0 has not.")
        return writer.model({"images": PICTURES}, {"classes": ("batch", 1000)})

    def _moments(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """Mean and deviation of the stage's channels over ImageNet, (1, C, 1, 1): each block's batch norm states its
        own, and the blocks are added, taken as independent."""
        names = [f"_blocks.{index}._bn2" for index in _STAGE]
        mean = np.sum([self._state[f"{name}.bias"] for name in names], axis=0)
        deviation = np.sqrt(np.sum([self._state[f"{name}.weight"] ** 2 for name in names], axis=0))
        return mean[None, :, None, None], deviation[None, :, None, None]

    def _block(self, source: str, scope: str, stride: int) -> str:
        """An inverted bottleneck: widen, filter each channel, narrow; added to its input where the shapes agree."""
        value = source
        first = f"{scope}_expand_conv"
        if f"{first}.weight" in self._state:
            channels = self._state[f"{first}.weight"].shape[1]
            value = self._convolution(value, first, f"{scope}_bn0")
        else:
            channels = self._state[f"{scope}_depthwise_conv.weight"].shape[0]
        value = self._convolution(value, f"{scope}_depthwise_conv", f"{scope}_bn1", stride=stride)
        narrow = self._state[f"{scope}_project_conv.weight"].shape[0]
        value = self._convolution(value, f"{scope}_project_conv", f"{scope}_bn2", clip=False)
        if stride == 1 and narrow == channels:
            value = self._writer.emit("Add", [source, value], f"{scope}sum")
        return value

    def _convolution(self, source: str, name: str, norm: str, *, stride: int = 1, clip: bool = True) -> str:
        """A convolution with its batch norm folded in, and ReLU6."""
        weights, bias = self._folded(name, norm)
        filters, inputs, height, width = weights.shape
        value = self._writer.emit(
            "Conv",
            [source, self._writer.constant(f"{name}.weight", weights), self._writer.constant(f"{name}.bias", bias)],
            f"{name}:linear" if clip else name,
            kernel_shape=[height, width],
            strides=[stride, stride],
            pads=same_padding((height, width), stride),
            group=filters if "depthwise" in name and inputs == 1 else 1,
        )
        if not clip:
            return value
        return self._writer.emit("Clip", [value, self._writer.number(0), self._writer.number(6)], name)

    def _folded(self, name: str, norm: str) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        weights = self._state.pop(f"{name}.weight").astype(np.float64)
        scale = self._state.pop(f"{norm}.weight") / np.sqrt(self._state.pop(f"{norm}.running_var") + _EPSILON)
        shift = self._state.pop(f"{norm}.bias") - self._state.pop(f"{norm}.running_mean") * scale
        return (weights * scale[:, None, None, None]).astype(np.float32), shift.astype(np.float32)

"""Pictures as a network is given them: bytes go to the device, and are squeezed and made into numbers there.

So the processors of transformers and the transforms of open_clip scale too (bilinear or bicubic, with antialiasing),
but picture by picture on the CPU, where that takes longer than a GPU takes to detect or to embed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from grounding.weights.runtime import spread

if TYPE_CHECKING:
    import torch

    from grounding.types import Image


def squeezed(images: Sequence[Image], size: tuple[int, int], where: torch.device, *, cubic: bool = False) -> Any:
    """The pictures at one size, their shapes not kept.

    Args:
        images: (H, W, 3) bytes, which may differ in size. size: (height, width) in pixels. where: the device on which
            they are squeezed and stay. cubic: by cubic instead of linear interpolation.

    Returns:
        (N, 3, height, width) float32 on the device, whole numbers 0 to 255; on the CPU as torchvision squeezes bytes
        there, and within 1 of that and of Pillow on any.
    """
    import torch

    height, width = size
    made = torch.empty((len(images), height, width, 3), device=where).permute(0, 3, 1, 2)
    given = _rows(images) if where.type == "cpu" else _sent(images, where)
    scale = _scaled if where.type == "cpu" else _numbers_scaled

    @torch.inference_mode()  # which other threads are not in by themselves
    def one(place: int) -> None:
        picture = given[place].permute(2, 0, 1)[None]
        made[place] = (picture if picture.shape[2:] == size else scale(picture, size, cubic=cubic))[0]

    if where.type == "cpu":
        spread(one, range(len(images)))
    else:
        for place in range(len(images)):  # queued at once, while the device computes
            one(place)
    return made


def normalised(pixels: Any, factor: float, mean: Sequence[float], deviation: Sequence[float]) -> Any:
    """`(pixels * factor - mean) / deviation` by channel, written into `pixels`, (N, 3, height, width)."""
    import torch

    pixels.mul_(factor)
    if any(value != 0 for value in mean):
        pixels.sub_(torch.tensor(mean, device=pixels.device).view(1, 3, 1, 1))
    if any(value != 1 for value in deviation):
        pixels.div_(torch.tensor(deviation, device=pixels.device).view(1, 3, 1, 1))
    return pixels


def _rows(images: Sequence[Image]) -> list[torch.Tensor]:
    """(H, W, 3) bytes each, without a copy where torch can share the memory."""
    import torch

    shared = [one.flags.writeable and one.flags.c_contiguous for one in images]
    return [torch.from_numpy(one if fit else np.array(one)) for one, fit in zip(images, shared, strict=True)]


def _sent(images: Sequence[Image], where: torch.device) -> list[torch.Tensor]:
    """The same on a device, sent in one piece; to a GPU from memory it reads by itself, while the caller goes on."""
    import torch

    pinned = where.type == "cuda"
    bytes_ = torch.empty(sum(one.size for one in images), dtype=torch.uint8, pin_memory=pinned)
    filled, place = bytes_.numpy(), 0
    for one in images:
        filled[place : place + one.size] = np.ascontiguousarray(one).reshape(-1)
        place += one.size
    parts = torch.split_with_sizes(bytes_.to(where, non_blocking=pinned), [one.size for one in images])
    return [part.view(one.shape) for part, one in zip(parts, images, strict=True)]


def _scaled(picture: torch.Tensor, size: tuple[int, int], *, cubic: bool) -> torch.Tensor:
    """(1, 3, height, width) of the same type; for bytes there is a kernel for the CPU alone."""
    from torch.nn.functional import interpolate

    return interpolate(picture, size, mode="bicubic" if cubic else "bilinear", antialias=True, align_corners=False)


def _numbers_scaled(picture: torch.Tensor, size: tuple[int, int], *, cubic: bool) -> torch.Tensor:
    """(1, 3, height, width) floats, rounded to what bytes can say. Cubic interpolation shoots past 0 and 255: across
    first, and what bytes cannot say cut off before it goes down, as Pillow and the kernel for bytes do."""
    numbers = picture.float()
    if cubic:
        numbers = _scaled(numbers, (picture.shape[2], size[1]), cubic=True).clamp_(0, 255)
    return _scaled(numbers, size, cubic=cubic).round_().clamp_(0, 255)

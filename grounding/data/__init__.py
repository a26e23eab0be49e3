"""Readers of the public data sets, and of generated matches, to one type: `Sample`.

Each reader is a generator over one annotation file or folder in the format in which it was published, and ends with
one `BadInputError` that names file and line or entry where that is not kept. `DATASETS` names them for the command
line; `scoring` scores predicted tubes over any of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from grounding.data.generated import read_generated
from grounding.data.hcstvg import read_hcstvg_v1, read_hcstvg_v2
from grounding.data.motchallenge import read_motchallenge
from grounding.data.refer_sportsmot import read_refer_sportsmot
from grounding.data.sample import Sample, Target
from grounding.data.vidstg import read_vidstg
from grounding.errors import BadInputError

Reader = Callable[[Path, Path], Iterator[Sample]]
"""Annotation and, for sets whose boxes are published apart from their sentences, the folder of boxes."""


def _alone(read: Callable[[Path], Iterator[Sample]]) -> Reader:
    return lambda annotation, _boxes: read(annotation)


DATASETS: Mapping[str, Reader] = {
    "generated": _alone(read_generated),
    "hcstvg-v1": _alone(read_hcstvg_v1),
    "hcstvg-v2": _alone(read_hcstvg_v2),
    "motchallenge": _alone(read_motchallenge),
    "refer-sportsmot": read_refer_sportsmot,
    "vidstg": read_vidstg,
}

BOXES_APART = frozenset({"refer-sportsmot", "vidstg"})
"""The sets whose reader needs a folder of boxes."""


def read_dataset(name: str, annotation: Path, boxes: Path | None = None) -> Iterator[Sample]:
    """The samples of one annotation file (a sequence's folder for motchallenge) of a data set of `DATASETS`.

    Args:
        boxes: for `vidstg` VidOR's annotation folder, for `refer-sportsmot` the folder that holds `sportsmot/` and
            `soccernet/`; not looked at for the others.

    Raises:
        BadInputError: no such data set, no folder of boxes where one is needed, or what the reader finds.
    """
    if name not in DATASETS:
        raise BadInputError(f"there is no data set {name}: choose from {', '.join(DATASETS)}")
    if boxes is None and name in BOXES_APART:
        raise BadInputError(f"{name} publishes its boxes apart from its sentences: name their folder with --boxes")
    return DATASETS[name](annotation, boxes or Path())


__all__ = [
    "BOXES_APART", "DATASETS", "Sample", "Target", "read_dataset", "read_generated", "read_hcstvg_v1",
    "read_hcstvg_v2", "read_motchallenge", "read_refer_sportsmot", "read_vidstg",
]  # fmt: skip

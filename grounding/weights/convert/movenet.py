"""MoveNet Lightning up to its four heads."""

from __future__ import annotations

from pathlib import Path

from grounding.weights.convert import tfjs_onnx
from grounding.weights.convert.tfjs import read_graph

_SCOPE = "StatefulPartitionedCall"


def convert(model_json: Path, weights: Path) -> bytes:
    """Outputs over cells of 4 x 4 pixels: `heat` (17) per point, `centre` (1), `regressed` (34) and `offsets` (34):
    y, x per point in cells.

    The original weighs `centre` towards the middle of a square of 48 cells; here that is left to the reader, so that
    crops of any width can be looked at.
    """
    del weights  # found beside the graph
    return tfjs_onnx.convert(
        read_graph(model_json),
        image=f"{_SCOPE}/stack",
        outputs={
            f"{_SCOPE}/Sigmoid": "heat",
            f"{_SCOPE}/Sigmoid_1": "centre",
            f"{_SCOPE}/kpt_regress_0/conv2d_6/BiasAdd": "regressed",
            f"{_SCOPE}/kpt_offset_0/conv2d_7/BiasAdd": "offsets",
        },
    )

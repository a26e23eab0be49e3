"""CenterNet-MobileNetV3 up to its two heads: class logits and distances to the four sides."""

from __future__ import annotations

from pathlib import Path

from grounding.weights.convert import tfjs_onnx
from grounding.weights.convert.tfjs import read_graph


def convert(model_json: Path, weights: Path) -> bytes:
    """Outputs: `logits` (batch, 80, rows, columns) before the sigmoid; `sides` (batch, 4, rows, columns), pixels.

    The sigmoid is left out: it would be taken of three quarters of a million cells of which some dozens matter.
    """
    del weights  # found beside the graph
    return tfjs_onnx.convert(
        read_graph(model_json),
        image="tower_0/images",
        outputs={"tower_0/CenternetHead/centernet_cls_output/BiasAdd": "logits", "tower_0/wh": "sides"},
    )

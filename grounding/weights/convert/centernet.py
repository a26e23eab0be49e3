"""CenterNet-MobileNetV3 up to its two heads: class logits and distances to the four sides."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np

from grounding.errors import WeightsError
from grounding.weights.convert import tfjs_onnx
from grounding.weights.convert.tfjs import Array, Graph, read_graph
from grounding.weights.labels import COCO_LABELS, SPORT_LABELS

_HEAD: Final = "tower_0/CenternetHead"
_CLASSES: Final = ("centernet_cls_output/pointwise_weights", "centernet_cls_output/biases")
_LATERAL: Final = ("c2_reverse", "c4_reverse")
_ALIGNED: Final = 8


def convert(model_json: Path, weights: Path) -> bytes:
    """Outputs: `logits` (batch, len(SPORT_LABELS), rows, columns) before the sigmoid; `sides` (batch, 4, rows,
    columns), pixels.

    The sigmoid is left out: it would be taken of hundreds of thousands of cells of which some dozens matter. So are
    the classes that do not occur around sport.

    Raises WeightsError if the graph is of another network.
    """
    del weights  # found beside the graph
    graph = read_graph(model_json)
    try:
        constants = {**graph.constants, **_chosen_classes(graph), **_wider_laterals(graph)}
    except KeyError as error:
        raise WeightsError(f"{model_json.name} has no {error}: it is not CenterNet-MobileNetV3.") from error
    return tfjs_onnx.convert(
        Graph(graph.nodes, constants),
        image="tower_0/images",
        outputs={f"{_HEAD}/centernet_cls_output/BiasAdd": "logits", "tower_0/wh": "sides"},
    )


def _chosen_classes(graph: Graph) -> dict[str, Array]:
    """The last layer of the class head, for the chosen classes only."""
    channels = [COCO_LABELS.index(label) for label in SPORT_LABELS]
    return {name: graph.constants[name][..., channels] for name in _named(graph, *_CLASSES)}


def _wider_laterals(graph: Graph) -> dict[str, Array]:
    """The two branches of 18 and 22 channels filled up with zeros to a multiple of 8.

    ONNX Runtime leaves its fast layout for other numbers of channels, which costs 3 of 40 ms a picture.
    """
    wider = {}
    for branch in _LATERAL:
        narrow, offset, filters, widen = _named(
            graph,
            f"{branch}/1x1/Conv2D_weights",
            f"{branch}/1x1/Conv2D_bn_offset",
            f"{branch}/3x3/depthwise_weights",
            f"{branch}/3x3/separable_conv2d_weights",
        )
        for name, axis in ((narrow, 3), (offset, 0), (filters, 2), (widen, 2)):
            value = graph.constants[name]
            added = [(0, -value.shape[axis] % _ALIGNED if i == axis else 0) for i in range(value.ndim)]
            wider[name] = np.pad(value, added)
    return wider


def _named(graph: Graph, *endings: str) -> list[str]:
    """Full names of the head's constants; the converter that folded some of them left the outer scope away."""
    names = []
    for ending in endings:
        tried = (f"{_HEAD}/{ending}", f"CenternetHead/{ending}")
        names.append(next((name for name in tried if name in graph.constants), tried[0]))
    return names

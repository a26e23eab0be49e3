"""The evaluators' arithmetic once more, in fractions and plain loops over frames: slow, exact and easy to check."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

Box = tuple[int, ...]
Boxes = Mapping[int, Box]
"""Frame → x1, y1, x2, y2, whole pixels."""


def iou(a: Box, b: Box) -> Fraction:
    width = max(0, min(a[2], b[2]) - max(a[0], b[0]))
    height = max(0, min(a[3], b[3]) - max(a[1], b[1]))
    both = width * height
    return Fraction(both, (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both)


def tiou(predicted: tuple[int, int], true: tuple[int, int]) -> Fraction:
    """Of half-open ranges, frame by frame; 0 where they share no frame."""
    union = shared = 0
    for frame in range(min(predicted[0], true[0]), max(predicted[1], true[1])):
        in_one, in_other = predicted[0] <= frame < predicted[1], true[0] <= frame < true[1]
        union += in_one or in_other
        shared += in_one and in_other
    return Fraction(shared, union) if shared else Fraction(0)


def scores(
    predicted: tuple[int, int], ours: Boxes, true: tuple[int, int], theirs: Boxes
) -> tuple[Fraction, Fraction, Fraction]:
    """vIoU, vIoU-Int and gt_vIoU of half-open spans and the boxes there are."""
    union = shared = seen = 0
    total = inside = Fraction(0)
    for frame in range(min(predicted[0], true[0]), max(predicted[1], true[1])):
        if true[0] <= frame < true[1] and frame not in theirs:
            continue  # the target is not to be seen: in no set
        union += 1
        if not true[0] <= frame < true[1]:
            continue
        seen += 1
        overlap = iou(ours[frame], theirs[frame]) if frame in ours else Fraction(0)
        total += overlap
        if predicted[0] <= frame < predicted[1]:
            shared += 1
            inside += overlap
    return (
        inside / union if shared else Fraction(0),
        inside / shared if shared else Fraction(0),
        total / seen if seen else Fraction(0),
    )

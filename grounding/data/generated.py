"""The project's own generated matches: the queries of a ground truth file, see `grounding.synth.truth`.

The one set here with times of its own: presentation times on the grid k / 5, which are those of real frames.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from grounding.data.sample import Sample, Target


def read_generated(path: Path) -> Iterator[Sample]:
    """A sample for each query that a moment answers; its id is `video/number`, the number that of the query, from 0.

    All answers are targets, any of which is right. Queries that nothing answers have no tube to be scored and are left
    out; `eval synth` scores those.

    Raises:
        BadInputError: the file is missing or is not the ground truth of a match.
    """
    from grounding.synth.truth import load_truth

    truth = load_truth(path)
    for number, query in enumerate(truth.queries):
        if query.answers:
            yield Sample(
                id=f"{truth.video}/{number}",
                video=truth.video,
                fps=truth.fps,
                targets=tuple(Target(answer.span, answer.tube, answer.player) for answer in query.answers),
                text=query.text,
                kind=query.kind,
                size=(truth.width, truth.height),
            )

"""Rendered matches with ground truth: a benchmark that everyone can make again from a seed.

`generate` renders the video and writes the truth beside it, `load_truth` reads it. See `truth` for the file format
and `predicates` for what makes an answer right.
"""

from grounding.synth.generate import Written, generate
from grounding.synth.queries import evaluation_queries, training_queries
from grounding.synth.truth import Answer, Event, Player, Query, TrueTube, Truth, load_truth

__all__ = [
    "Answer",
    "Event",
    "Player",
    "Query",
    "TrueTube",
    "Truth",
    "Written",
    "evaluation_queries",
    "generate",
    "load_truth",
    "training_queries",
]

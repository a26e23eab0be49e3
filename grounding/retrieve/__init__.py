"""From words to candidate tubes: parse the query, score seconds, join them to tubes, rank what the verifier says."""

from grounding.retrieve.candidates import SecondRow, candidates
from grounding.retrieve.names import Names
from grounding.retrieve.parse import language_of, parse, predicate_from, predicate_json, query_json, understand
from grounding.retrieve.parts import part_of, without
from grounding.retrieve.rank import rank
from grounding.retrieve.score import score_second
from grounding.retrieve.times import time_span, time_spans

__all__ = [
    "Names",
    "SecondRow",
    "candidates",
    "language_of",
    "parse",
    "part_of",
    "predicate_from",
    "predicate_json",
    "query_json",
    "rank",
    "score_second",
    "time_span",
    "time_spans",
    "understand",
    "without",
]

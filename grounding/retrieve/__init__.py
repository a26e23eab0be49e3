"""From words to candidate tubes: parse the query, score seconds, join them to tubes, rank what the verifier says."""

from grounding.retrieve.candidates import SecondRow, candidates
from grounding.retrieve.parse import parse, query_json, understand
from grounding.retrieve.rank import rank
from grounding.retrieve.score import score_second
from grounding.retrieve.times import time_span

__all__ = ["SecondRow", "candidates", "parse", "query_json", "rank", "score_second", "time_span", "understand"]

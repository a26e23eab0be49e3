"""`parse` and `search`."""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grounding.cli.indexing import boxes_json
from grounding.cli.judging import add_verifier, films_of, judge_of
from grounding.cli.output import clock, write_json, write_table
from grounding.errors import BadInputError
from grounding.types import Hit, VideoIndex

if TYPE_CHECKING:
    from grounding.embed import TextEmbedder


def add_commands(commands: Any) -> None:
    """Adds `parse` and `search` to the parser."""
    parse = commands.add_parser("parse", help="show how a query is understood")
    parse.add_argument("text", metavar="QUERY")
    parse.add_argument("--json", action="store_true")
    parse.set_defaults(run=_parse)
    search = commands.add_parser("search", help="find the moments of an index folder that answer a query")
    search.add_argument("dir", type=Path, metavar="DIR")
    search.add_argument("text", metavar="QUERY")
    search.add_argument("--top", type=int, default=10, help="most hits shown")
    search.add_argument("--videos", type=Path, default=None, metavar="DIR", help="the films, if they were moved")
    search.add_argument("--json", action="store_true")
    add_verifier(search)
    search.set_defaults(run=_search)


def _parse(arguments: argparse.Namespace) -> None:
    from grounding.retrieve import parse, query_json

    reading = query_json(parse(arguments.text))
    if arguments.json:
        write_json(reading)
    else:
        rows = [(predicate["kind"], predicate["value"], _marks(predicate)) for predicate in reading["predicates"]]
        write_table(("kind", "value", ""), [*rows, ("left to the embedding", reading["rest"], "")])


def _marks(predicate: Mapping[str, Any]) -> str:
    """ "not", "choice 1, branch 2", "then": how a predicate stands to the others."""
    words = ["not"] if predicate.get("negated") else []
    words += [f"choice {predicate['or']}, branch {predicate['branch']}"] if "or" in predicate else []
    words += [f"then, step {predicate['then'] + 1}"] if "then" in predicate else []
    return "; ".join(words)


def _search(arguments: argparse.Namespace) -> None:
    from grounding.embed.minilm import MiniLmEmbedder
    from grounding.retrieve import query_json, understand
    from grounding.retrieve.guessing import Guesser, unknown_words
    from grounding.retrieve.parse import parse
    from grounding.retrieve.search import search
    from grounding.store import load_indexes

    words = unknown_words(parse(arguments.text))  # an unusable query is told before anything is loaded
    indexes = load_indexes(arguments.dir)
    _refuse_mixed_versions(indexes)
    judge = judge_of(arguments, films_of(indexes, arguments.videos))
    sentences = MiniLmEmbedder()
    embedder = _embedder_of(indexes[0]) or sentences
    started = time.perf_counter()
    query = understand(arguments.text, embedder, guesses=Guesser(sentences).guesses(words))
    found = search(indexes, query, verifier=judge.verifier, top=max(1, arguments.top))
    elapsed = (time.perf_counter() - started) * 1000
    judge.tell()
    if arguments.json:
        hits = [_hit_json(hit) for hit in found.hits]
        likely = round(found.probability, 3)
        answered = {"answer": found.answer, "probability": likely, "elapsed_ms": round(elapsed, 1), "hits": hits}
        write_json({"query": query_json(query), **answered})
        return
    if found.answer == "nothing_good":
        write_table(("Nothing good was found. The closest moments:",), ())
    write_table(
        ("rank", "video", "from", "to", "score", "verdict", "why"),
        (
            (hit.rank, hit.video, clock(hit.span.start), clock(hit.span.end), hit.score, hit.verdict, hit.reason)
            for hit in found.hits
        ),
    )


def _embedder_of(index: VideoIndex) -> TextEmbedder | None:
    """The text side of the image-text model that an index was made with; None where sentences were embedded."""
    if not index.embedder:
        return None
    from grounding.embed.openclip import OpenClipEmbedder
    from grounding.weights.pulling import fingerprint, model_folder

    folder = model_folder(index.embedder, "embedder")
    if fingerprint(index.embedder) != index.embedder_print:
        raise BadInputError(
            f"{index.embedder} is another model than the one that the folder was indexed with; index the videos anew."
        )
    return OpenClipEmbedder(folder)


def _refuse_mixed_versions(indexes: Sequence[VideoIndex]) -> None:
    versions = {index.version for index in indexes}
    if len(versions) > 1:
        raise BadInputError(
            f"the folder mixes indexes of {len(versions)} versions, which cannot be compared; index them anew."
        )


def _hit_json(hit: Hit) -> dict[str, Any]:
    return {
        "rank": hit.rank,
        "video": hit.video,
        "track_ids": list(hit.track_ids),
        "start": round(hit.span.start, 3),
        "end": round(hit.span.end, 3),
        "score": round(hit.score, 4),
        "verdict": hit.verdict,
        "reason": hit.reason,
        "boxes": boxes_json(hit.tube),
    }

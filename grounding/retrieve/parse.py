"""From a coach's words to predicates.

The text is cut into the longest phrases of the lexicon; then each kind of phrase is read in the light of its
neighbours: a numeral is a shirt number or a count, a colour belongs to a garment, "right" is a place or a direction.
Pure and deterministic: the same text always gives the same query, and any string gives one.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any

from grounding.errors import BadQueryError
from grounding.retrieve.items import Item
from grounding.retrieve.lexicon import Entry, english
from grounding.retrieve.reading import read
from grounding.retrieve.spelling import correct
from grounding.retrieve.times import take_times
from grounding.types import Query

if TYPE_CHECKING:
    from grounding.embed import TextEmbedder

MAX_LENGTH = 500
"""Characters of a query."""

_TOKEN = re.compile(r"\d+(?:[-–:/.]\d+)+|\d+|[^\W\d_]+(?:['’][^\W\d_]+)*|[,;.!?&/()\n]")
_NUMBER_SIGN = re.compile(r"(?:#|\bno\s?[.°º]|\bn\s?[°º]|№)\s*(?=\d)", re.IGNORECASE)


def parse(text: str) -> Query:
    """Read a query.

    Args:
        text: at most 500 characters of plain English.

    Returns:
        The query with its predicates in the order in which they were said. A predicate without terms was understood
        but cannot be measured (a name, "in the penalty area"). `rest` holds the words that were not understood.

    Raises:
        BadQueryError: the text is empty or too long.
    """
    text = _clean(text)
    if not text:
        raise BadQueryError("Type what to look for, for example: number 10 in red sprinting down the left wing.")
    if len(text) > MAX_LENGTH:
        raise BadQueryError(f"The question is {len(text)} characters long; please use at most {MAX_LENGTH}.")
    remaining, times = take_times(text)
    predicates, rest = read(_items(remaining), times)
    return Query(text, predicates, rest)


def understand(text: str, embedder: TextEmbedder | None) -> Query:
    """`parse`, and the embedding of the text for what no predicate can say. Raises BadQueryError like `parse`."""
    query = parse(text)
    if embedder is None:
        return query
    return Query(query.text, query.predicates, query.rest, embedder.embed([query.text])[0])


def query_json(query: Query) -> dict[str, Any]:
    """The query as the command line and the API show it: `{"text", "predicates": [{"kind", "value"}], "rest"}`."""
    predicates = [{"kind": predicate.kind, "value": predicate.value} for predicate in query.predicates]
    return {"text": query.text, "predicates": predicates, "rest": query.rest}


def _clean(text: str) -> str:
    """Compatibility forms folded; what no database or tokeniser takes (NUL, lone surrogates, controls) made spaces."""
    text = unicodedata.normalize("NFKC", text[: 20 * MAX_LENGTH])
    text = "".join(" " if unicodedata.category(char) in ("Cc", "Cs", "Cf", "Cn", "Co") else char for char in text)
    return " ".join(text.split())


def _tokens(text: str) -> list[tuple[str, str]]:
    """(as typed, as matched) for each word, figure and stop of the text."""
    tokens: list[tuple[str, str]] = []
    for match in _TOKEN.finditer(_NUMBER_SIGN.sub(" number ", text)):
        typed = match.group()
        matched = typed.casefold().replace("’", "'")
        if matched.endswith("'s"):
            typed, matched = typed[:-2], matched[:-2]
        elif matched in (";", ".", "!", "?", "(", ")", "\n"):
            matched = ","
        tokens.append((typed, correct(matched) or matched))
    return tokens


def _items(text: str) -> list[Item]:
    tokens = _tokens(text)
    matched = [token for _, token in tokens]
    lexicon = english()
    items: list[Item] = []
    at = 0
    while at < len(tokens):
        found = lexicon.find(matched, at)
        value, length = _numeral(matched, at)
        if value is not None and (found is None or found[0] <= length):
            item = Item("numeral", Entry("numeral", str(value)), tokens[at : at + length])
        elif found is not None:
            length = found[0]
            item = Item(found[1].role, found[1], tokens[at : at + length])
        else:
            length = 1
            item = Item("unknown", Entry("unknown"), tokens[at : at + 1])
        items.append(item)
        at += length
    return items


def _numeral(tokens: list[str], at: int) -> tuple[int | None, int]:
    """The number that starts at a token, in figures or words, and how many tokens it takes."""
    word = tokens[at]
    if word.isdecimal():
        return (int(word), 1) if len(word) <= 4 else (None, 1)
    numerals = english().numerals
    value = numerals.get(word)
    if value is None:
        return None, 1
    following = numerals.get(tokens[at + 1]) if at + 1 < len(tokens) else None
    if value >= 20 and following is not None and 0 < following < 10:
        return value + following, 2
    return value, 1

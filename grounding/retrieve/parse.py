"""From a coach's words to predicates.

The text is cut into the longest phrases of a lexicon, that of the language which knows most of its words; then each
kind of phrase is read in the light of its neighbours: a numeral is a shirt number or a count, a colour belongs to a
garment, "right" is a place or a direction. Last come "or" and "then". Pure and deterministic: the same text always
gives the same query, and any string gives one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from grounding.errors import BadQueryError
from grounding.retrieve.items import Item
from grounding.retrieve.lexicon import LANGUAGES, Entry, Lexicon, english, lexicon
from grounding.retrieve.names import Names
from grounding.retrieve.reading import read
from grounding.retrieve.spelling import correct
from grounding.retrieve.times import take_times
from grounding.types import Predicate, Query

if TYPE_CHECKING:
    from grounding.embed import TextEmbedder

MAX_LENGTH = 500
"""Characters of a query."""

MISSPELT: Final = 0.5
"""How far a word that was put right counts as one that a language does not have."""

_TOKEN = re.compile(r"\d+(?:[-–:/.]\d+)+|\d+|[^\W\d_]+(?:['’][^\W\d_]+)*|[#,;.!?&/()\n]")
_STOPS = frozenset(";.!?()\n")


def parse(text: str, names: Names | None = None, guesses: Mapping[str, str] | None = None) -> Query:
    """Read a query.

    Args:
        text: at most 500 characters of plain words, in one of `lexicon.LANGUAGES`.
        names: who goes by which name; read before anything else.
        guesses: for words that no lexicon has, the English phrase that is meant; see `grounding.retrieve.guessing`.

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
    draft = _draft(text, names)
    if guesses and draft.lexicon is english():
        _guess(draft, guesses)
    predicates, rest = read(draft.lexicon, draft.items, draft.times)
    return Query(text, predicates, rest)


def language_of(text: str) -> str:
    """The language whose lexicon knows most of the words of a text; of two that know alike, the first."""
    text = _clean(text)
    return _draft(text, None).lexicon.language if text else LANGUAGES[0]


def understand(
    text: str,
    embedder: TextEmbedder | None,
    names: Names | None = None,
    guesses: Mapping[str, str] | None = None,
) -> Query:
    """`parse`, and the embedding of the text for what no predicate can say. Raises BadQueryError like `parse`."""
    query = parse(text, names, guesses)
    if embedder is None:
        return query
    return replace(query, embedding=embedder.embed([query.text])[0], cosines=embedder.cosines)


def query_json(query: Query) -> dict[str, Any]:
    """The query as the command line and the API show it: `{"text", "predicates": [{"kind", "value"}], "rest"}`.

    A predicate says more only where there is more to say: see `predicate_json`.
    """
    return {"text": query.text, "predicates": list(map(predicate_json, query.predicates)), "rest": query.rest}


def predicate_json(predicate: Predicate) -> dict[str, Any]:
    """`{"kind", "value"}`, and of "negated", "or" with "branch", "then", "said", "guessed" what is not the default.

    "or": the number of the choice, and "branch": which of its branches; "then": the step, from 1 on.
    """
    marks = {
        "negated": predicate.negated,
        "or": predicate.either,
        "branch": predicate.branch,
        "then": predicate.step,
        "said": predicate.said,
        "guessed": predicate.guessed,
    }
    return {"kind": predicate.kind, "value": predicate.value, **{name: mark for name, mark in marks.items() if mark}}


def predicate_from(said: Mapping[str, Any], terms: Sequence[str] = ()) -> Predicate:
    """The predicate that `predicate_json` wrote; what an older one did not know is as usual."""
    return Predicate(
        said["kind"],
        said["value"],
        tuple(terms),
        negated=said.get("negated", False),
        either=said.get("or", 0),
        branch=said.get("branch", 0),
        step=said.get("then", 0),
        said=said.get("said", ""),
        guessed=said.get("guessed", False),
    )


def _clean(text: str) -> str:
    """Compatibility forms folded; what no database or tokeniser takes (NUL, lone surrogates, controls) made spaces."""
    text = unicodedata.normalize("NFKC", text[: 20 * MAX_LENGTH])
    text = "".join(" " if unicodedata.category(char) in ("Cc", "Cs", "Cf", "Cn", "Co") else char for char in text)
    return " ".join(text.split())


@dataclass(frozen=True, slots=True)
class _Draft:
    """A text cut into the phrases of one language. foreign: how many of its words the language does not have."""

    lexicon: Lexicon
    items: list[Item]
    times: list[tuple[int, Predicate]]
    foreign: float


def _draft(text: str, names: Names | None) -> _Draft:
    best = _cut(text, lexicon(LANGUAGES[0]), names)
    for language in LANGUAGES[1:]:
        if not best.foreign:
            break
        draft = _cut(text, lexicon(language), names)
        if draft.foreign < best.foreign:
            best = draft
    return best


def _cut(text: str, words: Lexicon, names: Names | None) -> _Draft:
    remaining, times = take_times(text, words.times)
    tokens, misspelt = _tokens(remaining, words)
    items = _items(tokens, words, names)
    foreign = sum(item.role == "unknown" and item.words not in words.known for item in items)
    return _Draft(words, items, times, foreign + MISSPELT * misspelt)


def _tokens(text: str, words: Lexicon) -> tuple[list[tuple[str, str]], int]:
    """(as typed, as matched) for each word, figure and stop of the text; and how many were put right."""
    tokens: list[tuple[str, str]] = []
    misspelt = 0
    for match in _TOKEN.finditer(words.number_sign.sub(" # ", text)):
        typed = match.group()
        matched = typed.casefold().replace("’", "'") if typed.isascii() else typed.lower().replace("’", "'")
        if words.possessive and matched.endswith(words.possessive):
            typed, matched = typed[: -len(words.possessive)], matched[: -len(words.possessive)]
        elif matched in _STOPS:
            matched = ","
        meant = correct(matched, words)
        misspelt += meant is not None
        tokens.append((typed, meant or matched))
    return tokens, misspelt


def _items(tokens: list[tuple[str, str]], words: Lexicon, names: Names | None) -> list[Item]:
    matched = [token for _, token in tokens]
    items: list[Item] = []
    at = 0
    while at < len(tokens):
        called = names.find(tokens, at, words.words) if names else None
        if called is not None:
            items.append(Item("called", Entry("called"), tokens[at : at + called[0]], called[1]))
            at += called[0]
            continue
        found = words.find(matched, at)
        value, length = _numeral(matched, at, words)
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


def _numeral(tokens: list[str], at: int, words: Lexicon) -> tuple[int | None, int]:
    """The number that starts at a token, in figures or words, and how many tokens it takes."""
    word = tokens[at]
    if word.isdecimal():
        return (int(word), 1) if len(word) <= 4 else (None, 1)
    value = words.numerals.get(word)
    if value is None:
        return None, 1
    following = words.numerals.get(tokens[at + 1]) if at + 1 < len(tokens) else None
    if value >= 20 and value % 10 == 0 and following is not None and 0 < following < 10:
        return value + following, 2
    return value, 1


def _guess(draft: _Draft, guesses: Mapping[str, str]) -> None:
    """Gives words that nobody knows the meaning of the phrase they are near to."""
    for item in draft.items:
        unknown = item.role == "unknown" and not item.typed[:1].isupper()
        phrase = guesses.get(item.words, "").split() if unknown else []
        found = english().find(phrase, 0) if phrase else None
        if found is not None and found[0] == len(phrase):
            item.role, item.entry, item.guessed = found[1].role, found[1], True

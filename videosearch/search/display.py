"""How the moments are shown: which, in what order, as a list or a grid. Nothing here asks again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from django.http import QueryDict

from videosearch.search.cards import Card
from videosearch.search.filters import GOALS
from videosearch.search.models import Query

SORTS: Final[dict[str, tuple[str, Callable[[Card], Any]]]] = {
    "score": ("Best first", lambda card: card.rank),
    "time": ("By time", lambda card: (card.start, card.video.title, card.rank)),
    "match": ("By match", lambda card: (card.video.title, str(card.video.pk), card.start)),
}
VIEWS: Final = ("list", "grid")


@dataclass(frozen=True, slots=True)
class Display:
    sort: str = "score"
    view: str = "list"

    @property
    def query(self) -> str:
        """For an address; empty where everything is as usual."""
        given = {"sort": self.sort, "view": self.view}
        return urlencode({name: value for name, value in given.items() if value != _USUAL[name]})

    @property
    def sorts(self) -> list[tuple[str, str]]:
        return [(name, label) for name, (label, _) in SORTS.items()]


_USUAL: Final = {"sort": "score", "view": "list"}


def display_of(given: QueryDict) -> Display:
    sort, view = given.get("sort", ""), given.get("view", "")
    return Display(sort if sort in SORTS else "score", view if view in VIEWS else "list")


def wanted(query: Query, cards: Sequence[Card]) -> list[Card]:
    """Those that the query's filters on verdict and score let through."""
    pairs = [one.partition(":") for one in query.filters]
    verdicts = {value.lower() for key, _, value in pairs if key == "verdict"}
    shares = [value for key, _, value in pairs if key == "score" and not GOALS.fullmatch(value)]
    least = max((int("".join(filter(str.isdigit, value)) or 0) for value in shares), default=0)
    return [card for card in cards if (not verdicts or card.verdict in verdicts) and card.percent >= least]


def divided(query: Query, cards: Sequence[Card], display: Display) -> tuple[list[Card], list[Card]]:
    """The good ones and the weaker ones, each in the order asked for."""
    ordered = sorted(cards, key=SORTS[display.sort][1])
    if query.answer == Query.Answer.NOTHING_GOOD:
        return [], ordered
    return [one for one in ordered if one.verdict != "rejected"], [one for one in ordered if one.verdict == "rejected"]

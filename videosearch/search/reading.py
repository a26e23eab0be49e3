"""How a query was read, as chips: plain values for the templates, so that a misreading is seen and mended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from grounding.retrieve import part_of, predicate_from
from grounding.retrieve.parts import LABELS, REST
from videosearch.search.models import Query


def understood(query: Query) -> list[dict[str, Any]]:
    """The parts of the reading as chips; predicates that a name stands for together, in the place of the first.

    lead: what stands before it ("or", "then"); part: what it is called when it is to be ignored.
    """
    chips: dict[object, dict[str, Any]] = {}
    before: Mapping[str, Any] = {}
    for at, item in enumerate(query.parsed.get("predicates", ())):
        said = item.get("said", "")
        if said and said in chips:
            continue
        chip = _named(query, said) if said else _chip(item)
        chips[said or at] = chip | {"lead": _lead(item, before), "part": part_of(predicate_from(item))}
        before = item
    rest = query.parsed.get("rest")
    if rest:
        label = REST if query.embedded else "not understood"
        chips[REST] = {"label": label, "value": rest, "measured": True, "rest": True, "part": REST}
    return list(chips.values())


def _lead(item: Mapping[str, Any], before: Mapping[str, Any]) -> str:
    """The word that joins a predicate to the one before it."""
    if item.get("or") and item.get("or") == before.get("or"):
        return "or" if item["branch"] != before["branch"] else "and"
    return "then" if item.get("then", 0) > before.get("then", 0) else ""


def _chip(item: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "label": LABELS[item["kind"]],
        "value": item["value"],
        "colour": item["value"] if item["kind"].endswith("_colour") else "",
        "measured": bool(item["terms"]) or item["kind"] == "time",
        "negated": item.get("negated", False),
        "guessed": item.get("guessed", False),
    }


def _named(query: Query, said: str) -> dict[str, Any]:
    """A name, and beside it what it stands for, wherever that differs."""
    meant: dict[str, str] = {}
    for meaning in query.parsed.get("meanings", [query.parsed]):
        parts: dict[object, dict[str, str]] = {}
        for item in meaning["predicates"]:
            if item.get("said") == said:
                parts.setdefault((item.get("or", 0), item.get("branch", 0)), {})[item["kind"]] = item["value"]
        for part in parts.values():
            colour = part.get("shirt_colour", "")
            meant[" ".join(filter(None, (part.get("number", ""), colour)))] = colour
    colour = next(iter(meant.values()), "") if len(meant) == 1 else ""
    return {"label": LABELS["name"], "value": said, "colour": colour, "measured": True, "meant": " or ".join(meant)}

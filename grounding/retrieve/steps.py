"""One thing after the other: "receives the ball, then shoots", "runs and jumps afterwards", "jumps after kicking"."""

from __future__ import annotations

from dataclasses import replace

from grounding.retrieve.items import Line
from grounding.retrieve.score import STATIC_KINDS


def read_steps(line: Line) -> None:
    cuts = [(at, line.items[at].role) for at in range(len(line.items)) if line.items[at].role in ("then", "after")]
    if not cuts:
        return
    for at, _ in cuts:
        line.items[at].role = "stop"
    changing = sorted(at for at, predicate in line.found if predicate.kind not in STATIC_KINDS)
    cuts = _moved(line, cuts, changing)
    order = [0]
    for place, (_, role) in enumerate(cuts, start=1):
        order.insert(len(order) - (role == "after"), place)
    said = {at: sum(cut < at for cut, _ in cuts) for at in changing}
    filled = [part for part in order if part in said.values()]
    steps = {at: filled.index(part) for at, part in said.items()}
    for i, (at, predicate) in enumerate(line.found):
        if predicate.kind not in STATIC_KINDS:
            line.found[i] = (at, replace(predicate, step=steps[at]))
    _keep_choices_together(line)


def _moved(line: Line, cuts: list[tuple[int, str]], changing: list[int]) -> list[tuple[int, str]]:
    """A word that trails what it is about ("runs and jumps then") cuts where that is linked to what came before."""
    moved: list[tuple[int, str]] = []
    for place, (at, role) in enumerate(cuts):
        low = moved[-1][0] if moved else -1
        high = cuts[place + 1][0] if place + 1 < len(cuts) else len(line.items)
        if any(at < one < high for one in changing):
            moved.append((at, role))
            continue
        links = [link for link in range(low + 1, at) if line.is_link(link)]
        for link in reversed(links):
            if any(low < one < link for one in changing) and any(link < one < at for one in changing):
                moved.append((link, role))
                break
    return moved


def _keep_choices_together(line: Line) -> None:
    first: dict[int, int] = {}
    for _, predicate in line.found:
        if predicate.either and predicate.kind not in STATIC_KINDS:
            first[predicate.either] = min(predicate.step, first.get(predicate.either, predicate.step))
    for i, (at, predicate) in enumerate(line.found):
        if predicate.either in first:
            line.found[i] = (at, replace(predicate, step=first[predicate.either]))

"""From pure runs to identities: which tracklets of a shot are the same person before and after an occlusion.

Ends and beginnings are paired by a min-cost assignment (Zhang, Li and Nevatia, CVPR 2008, in the bipartite form) over
what is known of both: motion carried across the gap with the camera taken out, size, looks and shirt numbers. Easy,
short gaps are closed first; the looks of longer chains then help with the long ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import linear_sum_assignment
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from grounding.geometry import Array
from grounding.track.looks import Looks, looks_cost, numbers_agree, numbers_contradict
from grounding.track.stage import Stage, Tip, move_points
from grounding.types import Tracklet

Link = tuple[float, int, int]
"""Cost, position of the earlier chain, position of the later one."""

_SAME_NUMBER = 3.0


@dataclass(frozen=True, slots=True)
class JoinSettings:
    """Costs are negative log-likelihoods, as in association.

    max_gap: longest absence in seconds that is bridged; waves: gaps closed first, in this order. gate: highest cost of
    a join. wander, pace: spread of the place after a gap, in heights, at once and for each further second.
    inertia: seconds over which a velocity is believed. gap_cost: cost of each second of absence. overlap: seconds that
    two runs may overlap and still be joined.
    """

    max_gap: float = 8.0
    waves: tuple[float, ...] = (0.5, 1.0, 2.0)
    gate: float = 3.0
    wander: float = 0.25
    pace: float = 0.4
    inertia: float = 1.0
    gap_cost: float = 2.0
    size_spread: float = 0.3
    looks_weight: float = 0.25


def join_tracklets(
    tracklets: Sequence[Tracklet],
    camera_times: ArrayLike,
    camera: ArrayLike,
    cuts: Sequence[float],
    settings: JoinSettings | None = None,
) -> list[list[Tracklet]]:
    """Group `tracklets` into identities; every tracklet is in exactly one group.

    camera_times (M,) and camera (M, 3, 3): homography from the picture at the previous time to the one at that time.
    cuts: times at which shots begin; nothing is joined across one. Groups and their members are in order of time.
    """
    chosen = settings or JoinSettings()
    stage = Stage(camera_times, camera, cuts)
    chains = [_Chain.of(tracklet, stage) for tracklet in tracklets if len(tracklet.times)]
    for wave in [*(w for w in chosen.waves if w < chosen.max_gap), chosen.max_gap]:
        while True:
            joined = _join_once(chains, stage, wave, chosen)
            if len(joined) == len(chains):
                break
            chains = joined
    chains.sort(key=lambda chain: (chain.start, chain.members[0].tracklet_id))
    return [list(chain.members) for chain in chains]


@dataclass(frozen=True, slots=True, eq=False)
class _Chain:
    """One or more tracklets of one identity, with what is needed at both ends."""

    members: tuple[Tracklet, ...]
    shot: int
    head: Tip
    tail: Tip
    looks: Looks = field(default_factory=Looks)

    @classmethod
    def of(cls, tracklet: Tracklet, stage: Stage) -> _Chain:
        head, tail = (Tip.of(tracklet, stage, first=first) for first in (True, False))
        return cls((tracklet,), stage.shot(head.t), head, tail, Looks.of(tracklet))

    @property
    def start(self) -> float:
        return self.head.t

    def then(self, later: _Chain) -> _Chain:
        return _Chain(self.members + later.members, self.shot, self.head, later.tail, self.looks.with_(later.looks))


def _join_once(chains: list[_Chain], stage: Stage, max_gap: float, settings: JoinSettings) -> list[_Chain]:
    """One round of assignment; joins are made cheapest first so long as nothing in them contradicts."""
    merged: dict[int, _Chain] = dict(enumerate(chains))
    owner = list(range(len(chains)))
    for _, i, j in sorted(_cheapest(_links(chains, stage, max_gap, settings), settings.gate)):
        first, second = _root(owner, i), _root(owner, j)
        if first == second or numbers_contradict(merged[first].looks, merged[second].looks):
            continue
        merged[first] = merged[first].then(merged.pop(second))
        owner[second] = first
    return list(merged.values())


def _root(owner: list[int], k: int) -> int:
    while owner[k] != k:
        k = owner[k]
    return k


def _links(chains: list[_Chain], stage: Stage, max_gap: float, settings: JoinSettings) -> list[Link]:
    """All joins that are possible at all, with their costs."""
    early, late = _neighbours(chains, max_gap)
    if len(early) == 0:
        return []
    gaps = np.array([chain.head.t for chain in chains])[late] - np.array([chain.tail.t for chain in chains])[early]
    costs = settings.gap_cost * gaps + _motion_costs(
        [chains[i].tail for i in early], [chains[j].head for j in late], stage, settings
    )
    links: list[Link] = []
    # Looks can make a join cheaper by a few units only; the rest is out whatever it looks like.
    for k in np.flatnonzero(costs < settings.gate + settings.looks_weight * 6.0 + _SAME_NUMBER):
        i, j = int(early[k]), int(late[k])
        if numbers_contradict(chains[i].looks, chains[j].looks):
            continue
        cost = float(costs[k]) + settings.looks_weight * looks_cost(chains[i].looks, chains[j].looks)
        if numbers_agree(chains[i].looks, chains[j].looks):
            cost -= _SAME_NUMBER
        if cost < settings.gate:
            links.append((cost, i, j))
    return links


def _neighbours(chains: list[_Chain], max_gap: float) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Pairs of the same label and shot where the second begins at most `max_gap` after the first ended."""
    starts = np.array([chain.head.t for chain in chains])
    order = np.argsort(starts, kind="stable")
    tails = np.array([chain.tail.t for chain in chains])
    lows = np.searchsorted(starts[order], tails, side="right")
    highs = np.searchsorted(starts[order], tails + max_gap + 1e-6, side="right")
    early: list[int] = []
    late: list[int] = []
    for i, chain in enumerate(chains):
        for j in order[lows[i] : highs[i]]:
            other = chains[j]
            if other.shot == chain.shot and other.members[0].label == chain.members[0].label:
                early.append(i)
                late.append(int(j))
    return np.array(early, np.intp), np.array(late, np.intp)


def _motion_costs(tails: list[Tip], heads: list[Tip], stage: Stage, settings: JoinSettings) -> Array:
    """(N,) how well a target last seen at a tail explains one first seen at a head; place is judged from both sides."""
    t0, c0, v0, s0 = _columns(tails)
    t1, c1, v1, s1 = _columns(heads)
    gap = t1 - t0
    # A velocity fades: nobody keeps running straight while out of sight for long.
    drift = (settings.inertia * (1.0 - np.exp(-gap / settings.inertia)))[:, None]
    motions = stage.between(t0, t1)
    start = move_points(c0, motions)
    ahead = move_points(c0 + v0 * drift, motions)
    foot = move_points(c0 + s0 * [0.0, 1.0], motions)
    zoom = np.maximum(np.linalg.norm(foot - start, axis=1), 1.0) / s0[:, 1]
    height = (s0[:, 1] * zoom + s1[:, 1]) / 2.0
    # Half of the way by the old velocity, half by the new one.
    miss = np.linalg.norm((ahead - c1) + (start - (c1 - v1 * drift)), axis=1) / 2.0 / height
    spread = settings.wander + settings.pace * gap
    size = np.log(s1 / (s0 * zoom[:, None])) / settings.size_spread
    shape = size[:, 1] ** 2 + size[:, 0] ** 2 / 4.0
    return np.asarray(0.5 * (miss / spread) ** 2 + 0.5 * shape + np.log(spread / settings.wander), np.float64)


def _columns(tips: list[Tip]) -> tuple[Array, Array, Array, Array]:
    return (
        np.array([tip.t for tip in tips]),
        np.array([tip.centre for tip in tips]),
        np.array([tip.velocity for tip in tips]),
        np.array([tip.size for tip in tips]),
    )


def _cheapest(links: list[Link], gate: float) -> list[Link]:
    """The links of a min-cost assignment in which leaving an end open costs `gate`, found part by connected part."""
    if not links:
        return []
    rows, row_of = np.unique([i for _, i, _ in links], return_inverse=True)
    columns, column_of = np.unique([j for _, _, j in links], return_inverse=True)
    values = np.array([cost for cost, _, _ in links])
    n = len(rows) + len(columns)
    graph = coo_array((np.ones(len(links)), (row_of, len(rows) + column_of)), shape=(n, n))
    part_of = connected_components(graph, directed=False)[1][row_of]
    chosen: list[Link] = []
    for part in np.split(np.argsort(part_of, kind="stable"), np.cumsum(np.bincount(part_of))[:-1]):
        if len(part) == 0:
            continue
        own_rows, r = np.unique(row_of[part], return_inverse=True)
        own_columns, c = np.unique(column_of[part], return_inverse=True)
        cost = np.full((len(own_rows), len(own_columns)), gate)
        cost[r, c] = values[part]
        best = set(zip(*linear_sum_assignment(cost), strict=True))
        chosen += [links[k] for k, pair in zip(part, zip(r, c, strict=True), strict=True) if pair in best]
    return chosen

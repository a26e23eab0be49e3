"""Who plays: two teams with kits and shirt numbers, keepers, referee. All drawn from one seeded stream."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from grounding.synth.arena import KIT_RGB, Arena, Rgb, alike, stream

Role = Literal["player", "goalkeeper", "referee"]

NAMES: Final = (
    "Ashford", "Brackley", "Calder", "Dunmore", "Eastvale", "Fenwick", "Granton", "Harrow", "Ilkeston", "Jarrow",
    "Kelso", "Lowmoor", "Marlow", "Norwood", "Oakley", "Penrith",
)  # fmt: skip
SKINS: Final[tuple[Rgb, ...]] = (
    (236, 196, 168), (224, 178, 146), (206, 156, 122), (176, 122, 88), (136, 90, 62), (98, 64, 46),
)  # fmt: skip
HAIRS: Final[tuple[Rgb, ...]] = (
    (30, 24, 20),
    (52, 36, 24),
    (84, 56, 32),
    (150, 108, 58),
    (190, 160, 104),
    (20, 18, 18),
)


@dataclass(frozen=True, slots=True)
class Body:
    """What somebody looks like without kit: height in metres, build as a factor on the width of everything."""

    skin: Rgb
    hair: Rgb
    height: float
    build: float


@dataclass(frozen=True, slots=True)
class Actor:
    """One person on the field. `team` is 0, 1 or -1 for the referee; colours by name and as drawn."""

    id: int
    team: int
    role: Role
    number: int | None
    shirt: str
    shorts: str
    shirt_rgb: Rgb
    shorts_rgb: Rgb
    sock_rgb: Rgb
    trim_rgb: Rgb
    body: Body

    @property
    def height(self) -> float:
        return self.body.height


@dataclass(frozen=True, slots=True)
class Cast:
    """All actors, ids equal to their index; team names as the score board shows them."""

    actors: tuple[Actor, ...]
    teams: tuple[str, str]


def _shade(rgb: Rgb, rng: np.random.Generator) -> Rgb:
    shifted = np.clip(np.array(rgb) + rng.integers(-7, 8, 3), 0, 255)
    return (int(shifted[0]), int(shifted[1]), int(shifted[2]))


def _pick(rng: np.random.Generator, options: list[str]) -> str:
    return options[int(rng.integers(len(options)))]


def _kits(arena: Arena, rng: np.random.Generator) -> list[tuple[str, str]]:
    """(shirt, shorts) of team 0, team 1, keeper 0, keeper 1: shirts all told apart from each other and from black."""
    shirts: list[str] = []
    for _ in range(4):
        options = [c for c in arena.shirts if not any(alike(c, s) for s in shirts)]
        # Keepers may run out of clearly different colours; then anything but a team's own shirt will do.
        options = options or [c for c in arena.shirts if c not in shirts]
        shirts.append(_pick(rng, options))
    kits: list[tuple[str, str]] = []
    for shirt in shirts:
        options = [shirt, "black", "white"] if shirt in arena.shorts else ["black", "white"]
        options += [c for c in arena.shorts if not alike(c, shirt)]
        taken = {s for k, s in kits[:1]}
        kits.append((shirt, _pick(rng, [c for c in options if c not in taken] or options)))
    return kits


def _numbers(arena: Arena, rng: np.random.Generator) -> list[int]:
    pool = np.arange(2, 30 if arena.sport == "football" else 56)
    field = [int(n) for n in rng.permutation(pool)[: arena.squad]]
    if arena.sport == "football":
        field[0] = 1
        if 10 not in field and rng.random() < 0.7:
            field[-1] = 10
    return field


def make_cast(arena: Arena, seed: int) -> Cast:
    """The cast of a match. In basketball nobody is goalkeeper; team 0 comes first, the referee last."""
    rng = stream(seed, "cast")
    kits = _kits(arena, rng)
    keepers = arena.sport == "football"
    actors: list[Actor] = []
    for team in (0, 1):
        trim = _shade(KIT_RGB[kits[team][1]], rng)
        rgb = {k: _shade(KIT_RGB[kits[k][0]], rng) for k in (team, team + 2)}
        shorts_rgb = {k: _shade(KIT_RGB[kits[k][1]], rng) for k in (team, team + 2)}
        socks = rgb[team] if rng.random() < 0.6 else shorts_rgb[team]
        for slot, number in enumerate(_numbers(arena, rng)):
            keeper = keepers and slot == 0
            kit = team + 2 if keeper else team
            actors.append(
                Actor(
                    id=len(actors), team=team, role="goalkeeper" if keeper else "player", number=number,
                    shirt=kits[kit][0], shorts=kits[kit][1], shirt_rgb=rgb[kit], shorts_rgb=shorts_rgb[kit],
                    sock_rgb=rgb[kit] if keeper else socks, trim_rgb=shorts_rgb[kit] if keeper else trim,
                    body=_body(arena, rng),
                )
            )  # fmt: skip
    black = _shade(KIT_RGB["black"], rng)
    actors.append(
        Actor(
            id=len(actors), team=-1, role="referee", number=None, shirt="black", shorts="black", shirt_rgb=black,
            shorts_rgb=black, sock_rgb=black, trim_rgb=(210, 200, 70), body=_body(arena, rng),
        )
    )  # fmt: skip
    first, second = rng.permutation(len(NAMES))[:2]
    return Cast(tuple(actors), (NAMES[first], NAMES[second]))


def _body(arena: Arena, rng: np.random.Generator) -> Body:
    return Body(
        skin=SKINS[int(rng.integers(len(SKINS)))],
        hair=HAIRS[int(rng.integers(len(HAIRS)))],
        height=float(arena.body + np.clip(rng.normal(0, 0.06), -0.13, 0.13)),
        build=float(rng.uniform(0.94, 1.1)),
    )

"""Rows as indexing would leave them, made from a seed: what they say, their vectors, and what is asked of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from grounding.types import Floats, Query
from grounding.vocabulary import COLOURS, MOTIONS, term
from videosearch.lib import engine

SHARES: Final = {"100 %": 1.0, "10 %": 0.1, "1 %": 0.01, "0.1 %": 0.001}
"""Libraries by the share of all rows in them; the first is all of them together."""

DIMENSION: Final = 384
DRIFT: Final = 0.3
"""How far a row is from its sentence, in differences between two other sentences about the same person."""
NOISE: Final = 0.002
"""Of each component, where vectors are clustered."""
IDENTITIES: Final = 300
SITUATIONS: Final = 60
VIDEO_ROWS: Final = 5_000
TRACK_SECONDS: Final = 5
_AT_ONCE: Final = 100_000

Ids = NDArray[np.int64]


class Question(NamedTuple):
    """What is asked: its vector, and the query as it is read."""

    text: str
    vector: Floats
    query: Query


class Said(NamedTuple):
    """One sentence and the terms it was written from."""

    terms: dict[str, float]
    sentence: str


@dataclass(frozen=True, eq=False)
class Generated:
    """vectors (rows, 384) half precision units; said: index into `sayings` of each row; library: of each row, as an
    index into the names of `SHARES` (0: in none of the smaller ones)."""

    vectors: NDArray[np.float16]
    said: NDArray[np.int32]
    library: NDArray[np.int8]
    sayings: Sequence[Said]
    clustered: bool
    seed: int = 1
    _cache: dict[str, Ids] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        return len(self.said)

    def inside(self, name: str) -> Ids:
        """The rows in the library of that share."""
        place = list(SHARES).index(name)
        if name not in self._cache:
            rows = np.arange(self.rows) if place == 0 else np.flatnonzero(self.library == place)
            self._cache[name] = rows.astype(np.int64)
        return self._cache[name]

    def similarity(self, vector: Floats, rows: Ids) -> NDArray[np.float32]:
        """Cosines of the given rows."""
        return np.asarray(self.vectors[rows].astype(np.float32) @ vector)

    def similarity_of_nearest(self, vectors: Floats, rows: Ids, count: int) -> NDArray[np.float32]:
        """For each of (Q, 384) vectors the cosine of the row that is `count` places away among the given ones: (Q,).

        Every row is compared, in parts: all at once would not fit.
        """
        best = np.full((count, len(vectors)), -1.0, np.float32)
        for start in range(0, len(rows), _AT_ONCE):
            part = self.vectors[rows[start : start + _AT_ONCE]].astype(np.float32) @ vectors.T
            best = np.partition(np.concatenate([best, part]), -count, axis=0)[-count:]
        return np.asarray(best.min(axis=0))

    @staticmethod
    def key_of(row: int) -> tuple[int, int]:
        """(track, second) of a row; tracks are numbered from 1."""
        return row // TRACK_SECONDS + 1, row % TRACK_SECONDS

    @staticmethod
    def row_of(key: tuple[int, int]) -> int:
        return (key[0] - 1) * TRACK_SECONDS + key[1]


def generate(rows: int, *, clustered: bool, home: Path, seed: int = 1) -> Generated:
    """Rows by whole videos, each in one library; a track says one identity, its seconds several situations.

    home: where the vectors of the sentences are kept, which take a minute.
    """
    rng = np.random.default_rng(seed)
    sayings = _sayings(rng)
    tracks = -(-rows // TRACK_SECONDS)
    who = np.repeat(rng.integers(IDENTITIES, size=tracks), TRACK_SECONDS)[:rows]
    said = (who * SITUATIONS + rng.integers(SITUATIONS, size=rows)).astype(np.int32)
    if clustered:
        kept = home / f"sentences-{seed}.npy"
        if not kept.exists():
            np.save(kept, _embedded([one.sentence for one in sayings]))
        vectors = _drifting(np.load(kept), said, rng)
    else:
        vectors = _anywhere(rows, rng)
    return Generated(vectors, said, _libraries(rows, rng), sayings, clustered, seed)


def questions(generated: Generated, count: int, seed: int = 2) -> list[Question]:
    """A coach's words for `count` of the sayings; random directions where the vectors are random."""
    from grounding.retrieve import parse

    rng = np.random.default_rng(seed)
    chosen = rng.choice(len(generated.sayings), size=count, replace=False)
    texts = [_asked(generated.sayings[k].terms, rng) for k in chosen]
    vectors = _embedded(texts) if generated.clustered else _units(rng.normal(size=(count, DIMENSION)))
    return [
        Question(text, vector, Query(text, (query := parse(text)).predicates, query.rest, vector))
        for text, vector in zip(texts, vectors, strict=True)
    ]


def _libraries(rows: int, rng: np.random.Generator) -> NDArray[np.int8]:
    """By whole videos where they are many enough, else by pieces of one."""
    piece = max(TRACK_SECONDS, min(VIDEO_ROWS, rows // 4000 // TRACK_SECONDS * TRACK_SECONDS))
    pieces = -(-rows // piece)
    order = rng.permutation(pieces)
    libraries = np.zeros(pieces, np.int8)
    start = 0
    for place, share in list(enumerate(SHARES.values()))[1:]:
        end = start + max(1, round(share * pieces))
        libraries[order[start:end]] = place
        start = end
    return np.repeat(libraries, piece)[:rows]


def _sayings(rng: np.random.Generator) -> list[Said]:
    """People in `SITUATIONS` each, in sentences like those of `grounding.describe.text`."""
    sayings = []
    for _ in range(IDENTITIES):
        shirt, shorts = rng.choice(COLOURS, size=2)
        who = {"shirt_colour": shirt, "shorts_colour": shorts}
        person = f"person in a {shirt} shirt and {shorts} shorts"
        if rng.random() < 0.4:
            who["number"] = str(rng.integers(1, 30))
            person = f"{person}, number {who['number']}"
        for _ in range(SITUATIONS):
            place = str(rng.choice(["far left", "left", "centre", "right", "far right"]))
            motion = str(rng.choice(MOTIONS, p=[0.25, 0.4, 0.28, 0.07]))
            now = {"place": place, "motion": motion}
            sentence = f"{person}, {'in' if place == 'centre' else 'on'} the {place} of the picture, {motion}"
            if motion != "standing":
                now["direction"] = str(rng.choice(["left", "right"]))
                sentence = f"{sentence} to the {now['direction']}"
            if rng.random() < 0.15:
                now["relation"] = str(rng.choice(["near ball", "alone", "in a group"]))
                sentence = f"{sentence}, {now['relation'].replace('near', 'near the')}"
            terms = {term(kind, value): _degree(rng) for kind, value in {**who, **now}.items()}
            sayings.append(Said({"object:person": 0.9, **terms}, sentence))
    return sayings


def _degree(rng: np.random.Generator) -> float:
    return round(float(rng.uniform(0.55, 1.0)), 2)


def _asked(terms: dict[str, float], rng: np.random.Generator) -> str:
    """Two to four of the terms in a coach's words."""
    values = {name.split(":")[0]: name.split(":")[1] for name in terms}
    words = [
        f"number {values['number']} in {values['shirt_colour']}"
        if "number" in values
        else f"player in {values['shirt_colour']}"
    ]
    if rng.random() < 0.7:
        words.append(values["motion"])
    if "direction" in values and rng.random() < 0.4:
        words.append(f"to the {values['direction']}")
    if rng.random() < 0.4:
        words.append(f"on the {values['place']}" if values["place"] != "centre" else "in the centre")
    return " ".join(words)


def _embedded(texts: Sequence[str]) -> Floats:
    return np.array([engine.embed_text(text) for text in texts], np.float32)


def _units(vectors: NDArray[np.floating]) -> Floats:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def _drifting(centres: Floats, said: NDArray[np.int32], rng: np.random.Generator) -> NDArray[np.float16]:
    """Near their sentences, as other sentences about the same person differ: few directions, as in real rows."""
    vectors = np.empty((len(said), DIMENSION), np.float16)
    for k in range(0, len(said), _AT_ONCE):
        part = said[k : k + _AT_ONCE]
        who = part // SITUATIONS * SITUATIONS
        one, other = (centres[who + rng.integers(SITUATIONS, size=len(part))] for _ in range(2))
        noise = rng.standard_normal((len(part), DIMENSION), np.float32)
        vectors[k : k + _AT_ONCE] = _units(centres[part] + DRIFT * (one - other) + NOISE * noise)
    return vectors


def _anywhere(rows: int, rng: np.random.Generator) -> NDArray[np.float16]:
    vectors = np.empty((rows, DIMENSION), np.float16)
    for k in range(0, rows, _AT_ONCE):
        vectors[k : k + _AT_ONCE] = _units(rng.standard_normal((len(vectors[k : k + _AT_ONCE]), DIMENSION), np.float32))
    return vectors

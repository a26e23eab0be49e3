"""Names in a query: who is meant by "Kowalski" in each video, by its team sheet.

A sheet belongs to one video, and the same name may stand for another number or colour in the next. So a question with
names is asked once for each distinct meaning, of the videos in which it means that. Videos whose sheets do not know the
name are left out; where none does, the rest of the words is searched and a sentence says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple
from uuid import UUID

from grounding.retrieve import Names, parse
from grounding.sheets import Team, asked_for, fold, grams
from grounding.types import Predicate, Query
from videosearch.library import models
from videosearch.library.models import Library, Video

MEANINGS: Final = 4
"""Different things a question may mean in different videos; those of the newest videos are asked."""

MOST_ROWS: Final = 2_000
"""Players and teams of these names that are looked at, the newest videos first."""


class Choice(NamedTuple):
    """One of several people of a name: who that is, and the question with the whole name."""

    label: str
    text: str


class Note(NamedTuple):
    """A sentence about how names were understood, and what else could be asked."""

    text: str
    choices: tuple[Choice, ...] = ()


class Meaning(NamedTuple):
    """What the question asks of some videos, None for all. sentence: what is embedded; names put in plain words."""

    videos: tuple[UUID, ...] | None
    parsed: Query
    sentence: str


@dataclass(frozen=True, slots=True)
class Reading:
    """meanings: that of the newest videos first; at least one."""

    meanings: tuple[Meaning, ...]
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class _Known:
    """Somebody, or a team, that goes by a name in one video."""

    video: UUID
    keys: frozenset[str]
    predicates: tuple[Predicate, ...]
    called: str
    team: str
    names: tuple[str, ...] = field(compare=False)


def understand(
    text: str,
    libraries: Sequence[Library],
    videos: Sequence[UUID] | None = None,
    guesses: Mapping[str, str] | None = None,
) -> Reading:
    """Read a question asked of `libraries`, or of those `videos` in them. guesses: see `grounding.retrieve.parse`.

    Raises: BadQueryError.
    """
    plain = parse(text, None, guesses)
    known = _known(plain.text, libraries, videos)
    union = parse(text, _names(known)).predicates if known else ()
    said = {fold(one.said): one.said for one in union if one.said}
    unknown = [
        Note(_unknown(one.value)) for one in plain.predicates if one.kind == "name" and not _covers(said, one.value)
    ]
    if not said:
        return Reading((Meaning(None, plain, plain.text),), tuple(unknown))
    # Of several names one is enough; where somebody is only left out, knowing them does not make a video one to search.
    wanted = {fold(one.said) for one in union if one.said and not one.negated} or said.keys()
    there = {one.video for one in known if one.keys & wanted}
    by_video: dict[UUID, list[_Known]] = {}
    for one in known:
        if one.video in there and one.keys & said.keys():
            by_video.setdefault(one.video, []).append(one)
    groups: dict[frozenset[tuple[str, tuple[Predicate, ...]]], list[UUID]] = {}
    for video, people in by_video.items():
        groups.setdefault(_meant(people, said), []).append(video)
    asked = list(groups.items())[:MEANINGS]
    notes = [
        *unknown,
        *_choices(plain.text, by_video, said),
        *_reach(said, [found for _, found in asked], list(groups.values()), libraries, videos),
    ]
    return Reading(tuple(_meaning(text, meant, found, guesses) for meant, found in asked), tuple(notes))


def _known(text: str, libraries: Sequence[Library], videos: Sequence[UUID] | None) -> list[_Known]:
    """Who goes by a name that may be in the text, of the newest videos first."""
    looked_up = grams(text)
    scope: dict[str, object] = {"video__library__in": libraries}
    if videos is not None:
        scope["video__in"] = videos
    teams = list(
        models.Team.objects.filter(keys__overlap=looked_up, **scope).order_by("-video__created_at")[:MOST_ROWS]
    )
    players = list(
        models.Player.objects.filter(keys__overlap=looked_up, **{f"team__{key}": value for key, value in scope.items()})
        .select_related("team")
        .order_by("-team__video__created_at", "-team__side", "number")[:MOST_ROWS]
    )
    if not teams and not players:
        return []
    kits = _kits({row.video_id for row in teams} | {row.team.video_id for row in players})
    found = [
        _Known(
            row.video_id, frozenset(row.keys), asked_for(*_pair(kits, row)), str(row), str(row), (row.name, *row.keys)
        )
        for row in teams
    ]
    found += [
        _Known(
            row.team.video_id,
            frozenset(row.keys),
            asked_for(*_pair(kits, row.team), row.number),
            row.name,
            str(row.team),
            (row.name, row.name.split()[-1], *row.nicknames, *row.keys),
        )
        for row in players
    ]
    order = {video: at for at, video in enumerate(_newest({one.video for one in found}))}
    return sorted((one for one in found if one.predicates), key=lambda one: order[one.video])


def _newest(videos: Iterable[UUID]) -> list[UUID]:
    return list(Video.objects.filter(pk__in=set(videos)).order_by("-created_at", "pk").values_list("pk", flat=True))


def _kits(videos: Iterable[UUID]) -> dict[UUID, dict[str, Team]]:
    kits: dict[UUID, dict[str, Team]] = {}
    rows = models.Team.objects.filter(video__in=set(videos))
    for video, side, shirt, shorts, keeper in rows.values_list("video_id", "side", "shirt", "shorts", "keeper"):
        kits.setdefault(video, {})[side] = Team(shirt=shirt, shorts=shorts, keeper=keeper)
    return kits


def _pair(kits: Mapping[UUID, Mapping[str, Team]], row: models.Team) -> tuple[Team, Team]:
    """The team's kit, and the other's."""
    both = kits[row.video_id]
    return both[row.side], next((kit for side, kit in both.items() if side != row.side), Team())


def _names(known: Iterable[_Known]) -> Names:
    return Names((name, one.predicates) for one in known for name in one.names if not any(map(str.isdigit, name)))


def _covers(said: Iterable[str], name: str) -> bool:
    return any(f" {one} " in f" {fold(name)} " for one in said)


def _meant(people: Sequence[_Known], said: Mapping[str, str]) -> frozenset[tuple[str, tuple[Predicate, ...]]]:
    return frozenset((key, one.predicates) for one in people for key in one.keys & said.keys())


def _meaning(
    text: str,
    meant: Iterable[tuple[str, tuple[Predicate, ...]]],
    videos: Sequence[UUID],
    guesses: Mapping[str, str] | None,
) -> Meaning:
    # In one order, so that the same question always reads the same.
    people = sorted(meant, key=lambda pair: (pair[0], [one.value for one in pair[1]]))
    parsed = parse(text, Names(people), guesses)
    sentence = parsed.text
    for typed in dict.fromkeys(one.said for one in parsed.predicates if one.said):
        first = [one for one in parsed.predicates if one.said == typed and one.branch in (0, 1)]
        sentence = re.sub(rf"(?<!\w){re.escape(typed)}(?:['’]s)?(?!\w)", _in_words(first), sentence)
    return Meaning(tuple(videos), parsed, sentence)


def _in_words(predicates: Sequence[Predicate]) -> str:
    """ "number 10 in a red shirt", as the descriptions of what was seen are written."""
    value = {one.kind: one.value for one in predicates}
    number = f"number {value['number']}" if "number" in value else "person"
    return f"{number} in a {value['shirt_colour']} shirt" if "shirt_colour" in value else number


def _unknown(name: str) -> str:
    return f"No team sheet in what you search knows “{name}”; the rest of the words was searched."


def _choices(text: str, by_video: Mapping[UUID, Sequence[_Known]], said: Mapping[str, str]) -> list[Note]:
    """For each name that several people of one video go by, a sentence and who they are."""
    notes = []
    for key, typed in said.items():
        several: dict[tuple[str, str], _Known] = {}
        for people in by_video.values():
            called = {(one.called, one.team): one for one in people if key in one.keys}
            if len({one.predicates for one in called.values()}) > 1:
                several |= called
        if len(several) < 2:
            continue
        who = [(f"{_short(one)} ({one.team})", one.called) for one in several.values()]
        choices = tuple(Choice(label, text.replace(typed, name, 1)) for label, name in who if fold(name) != key)
        notes.append(Note(f"“{typed}” may be {_or([label for label, _ in who])}: all of them were searched.", choices))
    return notes


def _short(one: _Known) -> str:
    number = next((predicate.value for predicate in one.predicates if predicate.kind == "number"), "")
    return f"{number} {one.called}".strip()


def _or(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _reach(
    said: Mapping[str, str],
    asked: Sequence[Sequence[UUID]],
    groups: Sequence[Sequence[UUID]],
    libraries: Sequence[Library],
    videos: Sequence[UUID] | None,
) -> list[Note]:
    """Which videos were searched, where that is not all of them."""
    searched = sum(map(len, asked))
    there = Video.objects.filter(library__in=libraries, indexed_seconds__gt=0)
    total = (there if videos is None else there.filter(pk__in=videos)).count()
    named = " and ".join(f"“{typed}”" for typed in said.values())
    if len(groups) > len(asked):
        known = sum(map(len, groups))
        return [
            Note(
                f"{named} wears more different shirts than can be searched at once:"
                f" the newest {searched} of the {known} videos with that name were searched."
            )
        ]
    if searched >= total:
        return []
    verb = "is" if len(said) == 1 else "are"
    return [Note(f"{named} {verb} on the team sheets of {searched} of {total} videos; only there was searched.")]

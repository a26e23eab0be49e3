"""Team sheets: who wears which number in which kit, and what a track with a number and a colour is called.

Indexing knows nothing of them. A track says "number 10, red shirt"; the sheet of its video says that this is Kowalski.
So a sheet that is changed holds at once, for old moments as for new ones, and nothing is indexed again.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from grounding.types import Predicate
from grounding.vocabulary import COLOURS, term

Side = Literal["left", "right"]
_OTHER: Final[Mapping[Side, Side]] = {"left": "right", "right": "left"}
MOST_NUMBER: Final = 99
LONGEST_KEY: Final = 80
"""Characters of a folded name."""
KEY_WORDS: Final = 6
"""Words of the longest name that is looked for in a query."""

_PARTICLES: Final = frozenset(
    {
        "af", "al", "ap", "av", "ben", "bin", "da", "dal", "das", "de", "degli", "dei", "del", "della", "den", "der",
        "di", "do", "dos", "du", "el", "ibn", "la", "le", "mac", "mc", "o", "san", "st", "ten", "ter", "van", "vom",
        "von", "zu", "zum", "zur",
    }
)  # fmt: skip
"""Small words that belong to the last name after them: "van Dijk", "ter Stegen"."""

_CLUBS: Final = frozenset(
    {
        "ac", "afc", "bc", "bk", "bsc", "cf", "fc", "fk", "hc", "if", "kk", "rc", "rfc", "sc", "sg", "sk", "sv", "tsg",
        "tsv", "tus", "vfb", "vfl",
    }
)  # fmt: skip

_UNDECOMPOSED: Final = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h", "ŧ": "t"}
)
_UMLAUTS: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe"})
_WORD: Final = re.compile(r"[^\W_]+(?:['’`´][^\W_]+)*")
_MADE: Final = re.compile(r"(?:number (\d{1,2}))?(?:, )?(?:(.+) shirt)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Player:
    """number: 0..99; name: as people write it; nicknames: other names they are called by."""

    number: int
    name: str
    nicknames: tuple[str, ...] = ()

    @property
    def keys(self) -> tuple[str, ...]:
        """What the player is found by, folded: the whole name, the last name, the nicknames."""
        names = (*name_keys(self.name), *(key for name in self.nicknames for key in _spellings(name)))
        return tuple(dict.fromkeys(key for key in names if key))


@dataclass(frozen=True, slots=True)
class Team:
    """One team in one video. Colours are those of `vocabulary.COLOURS`, "" where nobody said.

    attacks: the side of the picture its opponents' goal is on in the first half, "" where nobody said.
    """

    name: str = ""
    shirt: str = ""
    shorts: str = ""
    keeper: str = ""
    attacks: Side | Literal[""] = ""
    players: tuple[Player, ...] = ()

    @property
    def called(self) -> str:
        """Its name; without one its colour: "Red", "Red and white shorts"."""
        return self.name or kit_name(self.shirt, self.shorts)

    @property
    def shirts(self) -> tuple[str, ...]:
        """Of the players, then of the keeper."""
        return tuple(dict.fromkeys(colour for colour in (self.shirt, self.keeper) if colour))

    def player(self, number: int) -> Player | None:
        return next((one for one in self.players if one.number == number), None)


@dataclass(frozen=True, slots=True)
class Sheet:
    """Both teams of one video, the home team first."""

    teams: tuple[Team, ...] = ()

    def team_of(self, attributes: Mapping[str, str]) -> Team | None:
        """Whose kit a track wears, from its `shirt_colour` and, where the shirts are alike, its `shorts_colour`.

        None where it is nobody's, or could be either's. A keeper's colour counts where no team plays in it.
        """
        shirt = attributes.get("shirt_colour", "")
        playing, keeping = self._wearing(shirt)
        return _only(_told_by_shorts(playing or keeping, attributes))

    def player_of(self, attributes: Mapping[str, str]) -> tuple[Team, Player] | None:
        """Who a track is, where number and kit are those of one player of the sheet.

        Who is on no list of those who play in this colour may be a keeper who wears it.
        """
        number = number_of(attributes.get("number", ""))
        if number is None:
            return None
        for teams in self._wearing(attributes.get("shirt_colour", "")):
            listed = [team for team in teams if team.player(number)]
            if listed:
                team = _only(_told_by_shorts(listed, attributes))
                player = team.player(number) if team else None
                return (team, player) if team and player else None
        return None

    def _wearing(self, shirt: str) -> tuple[list[Team], list[Team]]:
        """The teams whose players, and those whose keepers, wear such a shirt."""
        return (
            [team for team in self.teams if shirt and team.shirt == shirt],
            [team for team in self.teams if shirt and team.keeper == shirt],
        )


def _told_by_shorts(teams: list[Team], attributes: Mapping[str, str]) -> list[Team]:
    shorts = attributes.get("shorts_colour", "")
    if len(teams) < 2 or not shorts or len({team.shorts for team in teams}) < 2:
        return teams
    return [team for team in teams if team.shorts == shorts]


def _only(teams: list[Team]) -> Team | None:
    return teams[0] if len(teams) == 1 else None


def asked_for(team: Team, other: Team, number: int | None = None) -> tuple[Predicate, ...]:
    """What a name stands for in a query: the kit and, of a player, the number.

    A player may be the keeper, whose shirt then is as good, unless the others play in that colour. Shorts are asked for
    only where they tell the teams apart.

    Args:
        team: whose name it is, or whose player's. other: the other team. number: of the player.
    """
    found: list[Predicate] = []
    if team.shirt:
        keeper = [team.keeper] if number is not None and team.keeper and team.keeper != other.shirt else []
        shirts = dict.fromkeys([team.shirt, *keeper])
        found.append(Predicate("shirt_colour", team.shirt, tuple(term("shirt_colour", one) for one in shirts)))
    if team.shirt and team.shirt == other.shirt and team.shorts and team.shorts != other.shorts:
        found.append(Predicate("shorts_colour", team.shorts, (term("shorts_colour", team.shorts),)))
    if number is not None:
        found.append(Predicate("number", str(number), (term("number", str(number)),)))
    return tuple(found)


def attacks(sheet: Sheet, team: Team, half: int) -> Side | None:
    """The side of the picture a team attacks in a half; teams change ends. None where nobody said.

    Args:
        sheet: of the video. team: one of its teams. half: 1 or 2.

    Raises:
        ValueError: for another half, or a team that is not of this sheet.
    """
    if half not in (1, 2):
        raise ValueError(f"a match has the halves 1 and 2, got {half}")
    if team not in sheet.teams:
        raise ValueError(f"{team.called or 'this team'} is not on the sheet")
    ends: list[Side] = [team.attacks] if team.attacks else []
    ends += [_OTHER[one.attacks] for one in sheet.teams if one is not team and one.attacks]
    if not ends:
        return None
    return ends[0] if half == 1 else _OTHER[ends[0]]


def track_name(label: str, track_id: int, attributes: Mapping[str, str]) -> str:
    """What people call a track by what was measured: "Number 10, red shirt", "Red shirt", "Ball", "Person 7"."""
    number, colour = attributes.get("number", ""), attributes.get("shirt_colour", "")
    shirt = f"{colour} shirt" if colour else ""
    words = ", ".join(part for part in (f"number {number}" if number else "", shirt) if part)
    return (words or f"{label.removeprefix('sports ')} {track_id}").capitalize()


def measured_in(name: str) -> dict[str, str]:
    """The number and colour that `track_name` made a name of; empty for any other text."""
    match = _MADE.fullmatch(name)
    if match is None or not name:
        return {}
    number, colour = match[1] or "", (match[2] or "").lower()
    if colour and colour not in COLOURS:
        return {}
    return {key: value for key, value in (("number", number), ("shirt_colour", colour)) if value}


def shown_name(sheet: Sheet | None, name: str, attributes: Mapping[str, str] | None = None) -> str:
    """What people call a track in a video with this sheet: "10 Kowalski · red", or `name` where nobody matches.

    name: what `track_name` made. attributes: of the track; those told by the name where they are not at hand.
    """
    if sheet is None:
        return name
    known = measured_in(name) if attributes is None else attributes
    found = sheet.player_of(known)
    if found is None:
        return name
    return f"{found[1].number} {found[1].name} · {known['shirt_colour']}"


def kit_name(shirt: str, shorts: str = "", *, alike: bool = False) -> str:
    """A team by its colours: "Red"; `alike`: where the other has such shirts too, "Red and white shorts"."""
    words = f"{shirt} and {shorts} shorts" if alike and shirt and shorts else shirt
    return words.capitalize()


def number_of(text: str) -> int | None:
    """A shirt number as a number; "07" is 7. None for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 2 else None


def fold(text: str) -> str:
    """Words without case, accents and signs, one space between: "Ó'Shea-Łoś" → "oshea los"."""
    return " ".join(word for word, _, _ in words_of(unicodedata.normalize("NFKC", text)))


def words_of(text: str) -> Iterator[tuple[str, int, int]]:
    """The folded words of a composed (NFKC) text, each with where it stands: `text[start:end]`.

    Apostrophes are left out; what follows the last one in "Kowalski's" is not part of the name.
    """
    for match in _WORD.finditer(text):
        word, end = match[0], match.end()
        if len(word) > 2 and word[-2] in "'’`´" and word[-1] in "sS":
            word, end = word[:-2], end - 2
        plain = unicodedata.normalize("NFKD", word.casefold()).translate(_UNDECOMPOSED)
        # What is left of marks and apostrophes goes with them.
        kept = "".join(char for char in plain if char.isalnum())
        if kept:
            yield kept, match.start(), end


def _spellings(name: str) -> tuple[str, ...]:
    """Folded, "Müller" as "muller" and as "mueller"."""
    composed = unicodedata.normalize("NFKC", name).casefold()
    return tuple(fold(one)[:LONGEST_KEY] for one in dict.fromkeys((composed, composed.translate(_UMLAUTS))))


def name_keys(name: str) -> tuple[str, ...]:
    """What a name is found by, folded: the whole of it, its last word, and that with the small words before it.

    What clubs write before or after their names is not part of them: "FC Bears" is found by "bears".
    """
    return tuple(dict.fromkeys(key for one in _spellings(name) for key in _parts(one)))


def _parts(folded: str) -> tuple[str, ...]:
    words = folded.split()
    if not words:
        return ()
    proper = [word for word in words if word not in _CLUBS] or words
    last = len(proper) - 1
    while last > 1 and proper[last - 1] in _PARTICLES:
        last -= 1
    found = (words, proper, proper[-1:], proper[last:])
    return tuple(dict.fromkeys(" ".join(one)[:LONGEST_KEY] for one in found))


def grams(text: str) -> list[str]:
    """All runs of up to `KEY_WORDS` folded words of a text: what is looked up among the keys of names."""
    words = fold(text).split()
    runs = (words[at : at + length] for at in range(len(words)) for length in range(1, KEY_WORDS + 1))
    return list(dict.fromkeys(" ".join(run)[:LONGEST_KEY] for run in runs))

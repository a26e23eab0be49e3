"""What the phrases of a query mean beside each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from grounding.retrieve.lexicon import Entry, english
from grounding.types import Predicate, PredicateKind
from grounding.vocabulary import term

MAX_SHIRT_NUMBER = 99
_WITH_BALL = ("carrying", "carries", "dribbling", "dribbles", "chasing", "chases", "bouncing")
"""Words of `relation:near ball` that also say that somebody moves."""
_ADJECTIVES = ("striped", "coloured", "colored", "plain", "playing", "home", "away")
_WHOLE_KIT = ("kit", "uniform", "outfit", "strip", "colours", "colors", "tracksuit", "clothes", "clothing")
"""Garments that are shirt and shorts together: the second of two colours may be that of the shorts."""
_LINKS = ("and", "or", "&", "/", ",")
_DIRECT: dict[str, PredicateKind] = {
    "place": "place",
    "action": "action",
    "relation": "relation",
    "direction": "direction",
}


@dataclass(slots=True)
class Item:
    """One phrase of the text. `role` starts as the lexicon's and changes to "used" or "rest" as the reading goes on."""

    role: str
    entry: Entry
    tokens: Sequence[tuple[str, str]]

    @property
    def typed(self) -> str:
        return " ".join(typed for typed, _ in self.tokens)

    @property
    def words(self) -> str:
        return " ".join(matched for _, matched in self.tokens)

    @property
    def is_link(self) -> bool:
        return self.role == "stop" and self.words in _LINKS


@dataclass
class Reading:
    """Reads a list of items once; `predicates` and `rest` are the outcome."""

    items: list[Item]
    times: list[tuple[int, Predicate]]
    _found: list[tuple[int, Predicate]] = field(default_factory=list)

    def __post_init__(self) -> None:
        steps: tuple[Callable[[], None], ...] = (
            self._read_negations,
            self._read_numerals,
            self._read_landmarks,
            self._read_colours,
            self._read_motions,
            self._read_sides,
            self._read_direct,
            self._read_objects,
            self._read_names,
        )
        for step in steps:
            step()

    def predicates(self) -> tuple[Predicate, ...]:
        """Predicates in the order said, times last, nothing twice."""
        ordered = [predicate for _, predicate in sorted(self._found, key=lambda pair: pair[0])]
        unique: dict[tuple[str, str], Predicate] = {}
        for predicate in (*ordered, *(predicate for _, predicate in sorted(self.times, key=lambda pair: pair[0]))):
            unique.setdefault((predicate.kind, predicate.value), predicate)
        return tuple(unique.values())

    def rest(self) -> str:
        """Words that were not read, without stop words."""
        return " ".join(item.typed for item in self.items if item.role in ("rest", "unknown") and item.words != ",")

    def _add(self, at: int, kind: PredicateKind, value: str, terms: Sequence[str] = ()) -> None:
        self._found.append((at, Predicate(kind, value, tuple(terms))))
        self.items[at].role = "used"

    def _next(self, at: int, *, step: int = 1, skip: Sequence[str] = ("stop",), commas: bool = False) -> int | None:
        """Index of the next item that is not skipped; None at the end, and at a comma unless `commas`."""
        at += step
        while 0 <= at < len(self.items):
            item = self.items[at]
            if item.words == "," and not commas:
                return None
            if item.role not in skip:
                return at
            at += step
        return None

    def _role(self, at: int | None) -> str:
        return "" if at is None else self.items[at].role

    # Negations: what is denied is left to the embedding, never asked for.

    def _read_negations(self) -> None:
        for at, item in enumerate(self.items):
            if item.role == "keep":
                item.role = "rest"
            if item.role != "negation":
                continue
            item.role = "rest"
            target = self._next(at)
            while target is not None and self.items[target].role in ("colour", "shade"):
                self.items[target].role = "rest"
                target = self._next(target)
                if target is None or self.items[target].role != "garment":
                    return
            if target is not None:
                cued = self.items[target].role == "cue"
                self.items[target].role = "rest"
                following = self._next(target)
                if cued and following is not None and self.items[following].role == "numeral":
                    self.items[following].role = "rest"

    # Numerals: shirt number or count.

    def _read_numerals(self) -> None:
        numbers: list[int] = []
        for at, item in enumerate(self.items):
            if item.role == "both":
                self._count(at, 2)
            elif item.role == "numeral":
                if self._is_number(at):
                    numbers.append(at)
                else:
                    self._count_or_drop(at)
        terms = tuple(term("number", self.items[at].entry.value) for at in numbers)
        for at in numbers:
            self.items[at].entry = Entry("number", self.items[at].entry.value, terms)
            self.items[at].role = "number"
        for item in self.items:
            if item.role == "cue":
                item.role = "stop"

    def _is_number(self, at: int) -> bool:
        item = self.items[at]
        before, after = self._before(at), self._next(at, skip=())
        cued = self._role(before) == "cue" or (
            self._role(before) == "garment" and not self.items[before or 0].entry.plural
        )
        if int(item.entry.value) > MAX_SHIRT_NUMBER:
            return False
        if cued:
            return True
        if self._role(after) == "unit":
            return False
        if after is not None and self.items[after].words == "of":
            return self._role(self._next(after)) == "colour"
        if self._plural_follows(at) or (item.words == "one" and self._role(before) != "colour"):
            return False
        if item.words in ("two", "three") and after is not None:
            return self.items[after].words not in ("in", "around") and self._role(after) != "landmark"
        return True

    def _before(self, at: int) -> int | None:
        """The item before a numeral that says what it is: "number 7", "numbers 7 and 10"."""
        before = self._next(at, step=-1)
        while before is not None and self._role(before) in ("numeral", "number"):
            before = self._next(before, step=-1)
        return before

    def _plural_follows(self, at: int) -> bool:
        following = self._next(at, skip=("stop", "colour", "shade", "unknown"))
        steps = 0 if following is None else following - at
        return (
            following is not None
            and steps <= 4
            and self.items[following].entry.plural
            and not self._broken(at, following)
        )

    def _broken(self, start: int, end: int) -> bool:
        """A word between that ends the noun phrase: "10 in red and two players"."""
        return any(item.words in ("in", "and", "with", "on", "at", "to", "by") for item in self.items[start + 1 : end])

    def _count_or_drop(self, at: int) -> None:
        item = self.items[at]
        if item.words == "one":
            item.role = "stop"
        elif self._role(self._next(at, skip=())) == "unit" or int(item.entry.value) > MAX_SHIRT_NUMBER:
            item.role = "rest"
            unit = self._next(at, skip=())
            if unit is not None and self._role(unit) == "unit":
                self.items[unit].role = "rest"
        else:
            self._count(at, int(item.entry.value))

    def _count(self, at: int, count: int) -> None:
        self._add(at, "count", str(count), (term("count", str(count)),))

    # Landmarks: what stands beside the target is not the target.

    def _read_landmarks(self) -> None:
        for at, item in enumerate(self.items):
            if item.role != "landmark":
                continue
            group = self._noun_phrase(at + 1)
            if not any(self.items[i].role in ("person", "number", "colour", "colour_plural") for i in group):
                item.role = "stop"
                continue
            if self._leads_with_group(at):
                self._swap_target(at)
                continue
            words = " ".join(self.items[i].words for i in range(at, group[-1] + 1))
            self._add(at, "relation", words)
            for i in group:
                self.items[i].role = "used"

    def _noun_phrase(self, at: int) -> list[int]:
        """Items from `at` that describe one person: "the tall keeper in green", "blue 4"."""
        roles = ("stop", "person", "number", "cue", "colour", "colour_plural", "shade", "garment", "unknown")
        end = at
        while (
            end < len(self.items) and self.items[end].role in roles and self.items[end].words not in (",", "and", "who")
        ):
            end += 1
        while end > at and self.items[end - 1].role in ("stop", "unknown"):
            end -= 1
        return list(range(at, end))

    def _leads_with_group(self, at: int) -> bool:
        """ "two reds around number 10": the one in the middle is meant."""
        counted = any(kind.kind == "count" and i < at for i, kind in self._found)
        return counted and self.items[at].words in (
            "around",
            "near",
            "marking",
            "chasing",
            "beside",
            "tackling",
            "pressing",
        )

    def _swap_target(self, at: int) -> None:
        for i in range(at):
            item = self.items[i]
            if item.role in ("colour", "colour_plural"):
                self._add(i, "shirt_colour", item.entry.value)
            elif item.role == "person":
                item.role = "used"
        self._add(at, "relation", "in a group", (term("relation", "in a group"),))

    # Colours: of the shirt unless shorts are named.

    def _read_colours(self) -> None:
        at = 0
        while at < len(self.items):
            if self.items[at].role in ("colour", "colour_plural", "shade"):
                group = self._colour_group(at)
                self._read_group(group)
                at = group[-1] + 1
            else:
                at += 1
        self._let_either_hold()
        for item in self.items:
            if item.role == "garment":
                item.role = "used" if item.entry.value != "other" else "rest"

    def _let_either_hold(self) -> None:
        """Shirts named apart ("white 5 and red 9") are those of several people: one of them is enough for each."""
        shirts = [i for i, (_, predicate) in enumerate(self._found) if predicate.kind == "shirt_colour" and predicate.terms]
        groups = {self._found[i][1].terms for i in shirts}
        apart = len(groups) > 1 and self._and_numbers()
        if apart:
            terms = tuple(dict.fromkeys(name for i in shirts for name in self._found[i][1].terms))
            for i in shirts:
                at, predicate = self._found[i]
                self._found[i] = (at, Predicate(predicate.kind, predicate.value, terms))

    def _and_numbers(self) -> bool:
        return sum(item.role == "number" for item in self.items) > 1

    def _colour_group(self, at: int) -> list[int]:
        """Colours linked to each other: "red and white", "black/white", "red, blue or green"."""
        group = [at]
        while True:
            link = group[-1] + 1
            if link + 1 >= len(self.items) or self.items[group[0]].role == "colour_plural":
                return group
            following = link + 1 if self.items[link].is_link else link
            if self.items[following].role != "colour" or self._garment_after(group[-1]) == link:
                return group
            group.append(following)

    def _garment_after(self, at: int) -> int | None:
        for following in range(at + 1, min(at + 3, len(self.items))):
            item = self.items[following]
            if item.role in ("garment", "object"):
                return following
            if item.role != "unknown" and item.words not in _ADJECTIVES:
                return None
        return None

    def _read_group(self, group: list[int]) -> None:
        noun = self._garment_after(group[-1])
        if noun is not None and self.items[noun].role == "object":
            self._drop(group)
            return
        kinds = self._kinds(group, noun)
        if not kinds:
            self._drop(group)
            if noun is not None:
                self.items[noun].role = "rest"
            return
        either = len(group) > 1 and (self._linked_by_or(group) or self._people_follow(group[-1]))
        for place, at in enumerate(group):
            names = self._names(group if either else [at])
            kind = kinds[min(place, len(kinds) - 1)]
            terms = [term(kind, name) for name in names]
            if place and not either and kind == "shorts_colour" and (noun is None or not self._is_shorts(noun)):
                terms.append(term("shirt_colour", names[0]))
            self._add(at, kind, self.items[at].entry.value, terms)
            if len(group) == 1 and len(kinds) == 2:
                self._add(at, kinds[1], self.items[at].entry.value, [term(kinds[1], name) for name in names])

    def _kinds(self, group: list[int], noun: int | None) -> list[PredicateKind]:
        """Which garments the colours of a group belong to, in order; none when it is neither shirt nor shorts."""
        garment = self.items[noun].entry.value if noun is not None else self._garment_before(group[0])
        if garment == "other":
            return []
        if garment == "shorts":
            return ["shirt_colour", "shorts_colour"] if len(group) > 1 else ["shorts_colour"]
        if garment == "shirt":
            whole = noun is not None and self.items[noun].words in _WHOLE_KIT
            if self._all_before(group[0]) or (whole and len(group) > 1):
                return ["shirt_colour", "shorts_colour"]
            second = self._next(noun) if noun is not None else None
            if (
                second is not None
                and self._is_shorts(second)
                and noun is not None
                and self.items[noun + 1].words == "and"
            ):
                return ["shirt_colour", "shorts_colour"] if len(group) == 1 else ["shirt_colour"]
            return ["shirt_colour"]
        if len(group) == 1:
            return ["shirt_colour", "shorts_colour"] if self._all_before(group[0]) else ["shirt_colour"]
        return (
            ["shirt_colour"]
            if self._linked_by_or(group) or self._people_follow(group[-1])
            else ["shirt_colour", "shorts_colour"]
        )

    def _all_before(self, at: int) -> bool:
        """ "all in black", "all white": shirt and shorts."""
        words = [item.words for item in self.items[max(0, at - 2) : at]]
        return words[-1:] in (["all"], ["fully"]) or words in (["all", "in"], ["fully", "in"])

    def _is_shorts(self, at: int) -> bool:
        return self.items[at].role == "garment" and self.items[at].entry.value == "shorts"

    def _garment_before(self, at: int) -> str:
        """ "his shorts are white", "jersey: red": a garment named before its colour, if it has none of its own."""
        before = self._next(at, step=-1)
        if before is None or self.items[before].role != "garment" or at - before > 3:
            return ""
        if any(self.items[i].words in ("and", "with", "in") for i in range(before + 1, at)):
            return ""
        earlier = self._next(before, step=-1, skip=())
        return "" if self._role(earlier) in ("colour", "used") else self.items[before].entry.value

    def _linked_by_or(self, group: list[int]) -> bool:
        return any(self.items[i].words == "or" for i in range(group[0], group[-1]))

    def _people_follow(self, at: int) -> bool:
        following = self._next(at)
        return following is not None and self.items[following].entry.plural

    def _names(self, group: list[int]) -> list[str]:
        shades = english().shades
        names: list[str] = []
        for at in group:
            entry = self.items[at].entry
            names += shades[entry.value] if entry.role == "shade" else [entry.value]
        return names

    def _drop(self, group: list[int]) -> None:
        for at in group:
            self.items[at].role = "rest"

    # Motion, sides and directions.

    def _read_motions(self) -> None:
        for at, item in enumerate(self.items):
            if item.role == "motion" and item.entry.value and not (item.entry.generic and self._leads_somewhere(at)):
                self._add(at, "motion", item.entry.value, item.entry.terms)
                item.role = "motion_used"
            elif item.role == "motion":
                item.role = "motion_used"

    def _leads_somewhere(self, at: int) -> bool:
        following = self._next(at)
        return self._role(following) in ("side", "to_side", "direction", "motion", "place")

    def _read_sides(self) -> None:
        for at, item in enumerate(self.items):
            if item.role == "side":
                moving = self._role(self._next(at, step=-1)) == "motion_used"
            elif item.role == "to_side":
                moving = item.words.startswith("towards") or self._moves_before(at)
            else:
                continue
            side = item.entry.value
            if moving or side == "away":
                self._add_direction(at, side, moving=moving)
            else:
                self._add(at, "place", side, (term("place", side), term("place", f"far {side}")))

    def _add_direction(self, at: int, side: str, *, moving: bool) -> None:
        following = self._next(at, skip=())
        from_somebody = side == "away" and following is not None and self.items[following].words == "from"
        if moving and not from_somebody:
            self._add(at, "direction", side, (term("direction", side),))
        else:
            self.items[at].role = "rest"

    def _moves_before(self, at: int) -> bool:
        """A motion said earlier in the same clause, not more than a few words back."""
        for i in range(at - 1, max(-1, at - 8), -1):
            if self.items[i].words == ",":
                return False
            if self.items[i].role == "motion_used" or self.items[i].tokens[0][1] in _WITH_BALL:
                return True
        return False

    def _read_direct(self) -> None:
        for at, item in enumerate(self.items):
            entry = item.entry
            if item.role == "number":
                self._add(at, "number", entry.value, entry.terms)
            elif item.role == "place" and entry.split:
                parts = [name.removeprefix("place:") for name in entry.terms]
                for part in parts:
                    wider = [f"far {part}"] if part in ("left", "right") else []
                    self._add(at, "place", part, [term("place", name) for name in (part, *wider)])
            elif item.role in _DIRECT:
                self._add(at, _DIRECT[item.role], entry.value or item.words, entry.terms)
                if not entry.terms:
                    item.role = "rest"
            elif item.role == "motion_used":
                item.role = "used"

    # Objects: persons unless something else is asked for first.

    def _read_objects(self) -> None:
        person = any(
            predicate.kind in ("shirt_colour", "shorts_colour", "number", "motion", "action")
            for _, predicate in self._found
        )
        for at, item in enumerate(self.items):
            if item.role == "person":
                self._add(at, "object", "person", (term("object", "person"),))
                if item.entry.value in ("role", "roles"):
                    item.role = "rest"
                person = True
            elif item.role == "object" and not person:
                self._add(at, "object", item.entry.value, item.entry.terms)
                person = True
            elif item.role == "object":
                item.role = "used" if item.entry.value == "ball" else "rest"
            elif item.role in ("unit", "side", "to_side", "landmark"):
                item.role = "stop"

    # Names: capitalised words that mean nothing else.

    def _read_names(self) -> None:
        known = english().known
        shouting = all(typed == typed.upper() for item in self.items for typed, _ in item.tokens)
        at = 0
        while at < len(self.items):
            end = at
            while end < len(self.items) and self._looks_like_name(end) and not shouting:
                end += 1
            if end > at and not (end == at + 1 and self.items[at].words in known):
                self._add(at, "name", " ".join(item.typed for item in self.items[at:end]))
                for i in range(at, end):
                    self.items[i].role = "used"
            at = max(end, at + 1)

    def _looks_like_name(self, at: int) -> bool:
        item = self.items[at]
        typed = item.typed
        return item.role == "unknown" and typed[:1].isupper() and len(typed) > 1

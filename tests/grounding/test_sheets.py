"""Team sheets: whose a number in a colour is, what a name is found by, which way a team attacks."""

from __future__ import annotations

import pytest

from grounding import sheets
from grounding.sheets import Player, Sheet, Team, attacks, fold, measured_in, name_keys, shown_name, track_name

KOWALSKI, NOWAK, VIDAL = Player(10, "Lamine Kowalski", ("Lamy",)), Player(7, "Nowak"), Player(1, "Vidal")
BEARS = Team("Bears", "red", "white", "green", "right", (VIDAL, KOWALSKI, NOWAK))
LIONS = Team("Lions", "white", "black", "yellow", "", (Player(1, "Okafor"), Player(10, "de Jong")))
SHEET = Sheet((BEARS, LIONS))


@pytest.mark.parametrize(
    ("number", "shirt", "said"),
    [
        ("10", "red", "10 Lamine Kowalski · red"),
        ("10", "white", "10 de Jong · white"),
        ("1", "green", "1 Vidal · green"),
        ("01", "yellow", "1 Okafor · yellow"),
        ("10", "blue", "Number 10, blue shirt"),
        ("44", "red", "Number 44, red shirt"),
        ("", "red", "Red shirt"),
        ("10", "", "Number 10"),
    ],
)
def test_a_number_in_a_colour_is_a_player(number: str, shirt: str, said: str) -> None:
    attributes = {key: value for key, value in (("number", number), ("shirt_colour", shirt)) if value}
    name = track_name("person", 3, attributes)
    assert shown_name(SHEET, name, attributes) == said
    assert shown_name(SHEET, name) == said, "the stored name says it as well"
    assert shown_name(None, name, attributes) == name


def test_teams_alike_are_told_by_shorts_and_by_who_has_the_number() -> None:
    blues = Sheet(
        (
            Team("A", "blue", "white", players=(KOWALSKI, NOWAK)),
            Team("B", "blue", "black", players=(VIDAL, Player(10, "Berg"))),
        )
    )
    ten = {"number": "10", "shirt_colour": "blue"}
    assert blues.player_of(ten) is None, "two tens in blue: nobody knows"
    assert blues.player_of(ten | {"shorts_colour": "black"}) == (blues.teams[1], Player(10, "Berg"))
    assert blues.player_of({"number": "7", "shirt_colour": "blue"}) == (blues.teams[0], NOWAK)
    assert blues.team_of({"shirt_colour": "blue"}) is None
    assert blues.team_of({"shirt_colour": "blue", "shorts_colour": "white"}) == blues.teams[0]


def test_a_keeper_in_the_colour_of_the_others() -> None:
    """Number 1 of the Bears keeps in white, in which the Lions play: who is on the Lions' list is theirs."""
    sheet = Sheet((Team("Bears", "red", keeper="white", players=(VIDAL,)), Team("Lions", "white", players=(KOWALSKI,))))
    assert sheet.player_of({"number": "1", "shirt_colour": "white"}) == (sheet.teams[0], VIDAL)
    assert sheet.player_of({"number": "10", "shirt_colour": "white"}) == (sheet.teams[1], KOWALSKI)
    assert sheet.team_of({"shirt_colour": "white"}) == sheet.teams[1]


@pytest.mark.parametrize(
    ("label", "attributes"),
    [
        ("person", {"number": "10", "shirt_colour": "light blue"}),
        ("person", {"shirt_colour": "grey"}),
        ("person", {"number": "7"}),
        ("person", {}),
        ("sports ball", {}),
    ],
)
def test_a_stored_name_tells_what_was_measured(label: str, attributes: dict[str, str]) -> None:
    assert measured_in(track_name(label, 12, attributes)) == attributes


@pytest.mark.parametrize("text", ["", "Whole picture", "Moment", "Number 10, plaid shirt", "Hair shirt"])
def test_other_texts_tell_nothing(text: str) -> None:
    assert measured_in(text) == {}
    assert shown_name(SHEET, text) == text


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("Lamine Kowalski", ("lamine kowalski", "kowalski")),
        ("Virgil van Dijk", ("virgil van dijk", "dijk", "van dijk")),
        ("Łukasz Żółć-Nuñez", ("lukasz zolc nunez", "nunez")),
        ("Séan O'Brien", ("sean obrien", "obrien")),
        ("FC Bears", ("fc bears", "bears")),
        ("田中", ("田中",)),
        ("!!", ()),
        ("ﷺ" * 60, None),
    ],
)
def test_what_a_name_is_found_by(name: str, keys: tuple[str, ...] | None) -> None:
    found = name_keys(name)
    assert found == keys or keys is None
    assert all(len(key) <= sheets.LONGEST_KEY for key in found)


def test_nicknames_are_found_as_a_whole() -> None:
    assert Player(4, "Santos", ("Big Bob", "")).keys == ("santos", "big bob")


def test_folded_words_keep_their_place() -> None:
    text = "Give it to Ñúñez's left"
    assert [(word, text[start:end]) for word, start, end in sheets.words_of(text)][3:] == [
        ("nunez", "Ñúñez"),
        ("left", "left"),
    ]
    assert fold("Cafe\u0301") == fold("CAFÉ") == "cafe"


def test_teams_change_ends() -> None:
    assert [attacks(SHEET, BEARS, half) for half in (1, 2)] == ["right", "left"]
    assert [attacks(SHEET, LIONS, half) for half in (1, 2)] == ["left", "right"], "told by the other team's end"
    unknown = Sheet((Team("A"), Team("B")))
    assert attacks(unknown, unknown.teams[0], 1) is None
    with pytest.raises(ValueError, match="halves 1 and 2, got 3"):
        attacks(SHEET, BEARS, 3)
    with pytest.raises(ValueError, match="not on the sheet"):
        attacks(SHEET, Team("C"), 1)

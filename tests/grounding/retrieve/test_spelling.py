import pytest

from grounding.retrieve.lexicon import english
from grounding.retrieve.spelling import correct, edit_distance


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("sprintin", "sprint"),
        ("yelow", "yellow"),
        ("goalkeper", "goalkeeper"),
        ("runnign", "running"),
        ("jersy", "jersey"),
        ("rigth", "right"),
        ("oragne", "orange"),
        ("celebratng", "celebrating"),
        ("purpel", "purple"),
        ("sprintng", "sprinting"),
    ],
)
def test_slips(typed: str, meant: str) -> None:
    assert correct(typed, english()) is not None
    assert str(correct(typed, english())).startswith(meant)


OTHERS = """night fight might light while write block blank drown crown greed greet short skirt elephant guitar talking
pumping paint bottle quick grass glass trick party number red blu wite"""


@pytest.mark.parametrize("word", OTHERS.split())
def test_other_words_stay(word: str) -> None:
    assert correct(word, english()) is None


def test_edit_distance() -> None:
    assert edit_distance("", "abc") == 3
    assert edit_distance("abc", "abc") == 0
    assert edit_distance("abdc", "abcd") == 1
    assert edit_distance("kitten", "sitting") == 3
    assert edit_distance("ca", "abc") == 3

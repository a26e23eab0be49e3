import time

import pytest

from videosearch.library.names import clean_name, title_from


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("match.mp4", "match.mp4"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\coach\\match.mp4", "match.mp4"),
        ("a\nb\tc\x00d.mp4", "a b c d.mp4"),
        ("e\u0301.mp4", "é.mp4"),
        ("\u202egp4.hctam", "gp4.hctam"),
        ("", ""),
        ("/", ""),
        ("..", ".."),
    ],
)
def test_clean_name(raw: str, shown: str) -> None:
    assert clean_name(raw) == shown


def test_a_million_characters_cost_nothing() -> None:
    began = time.perf_counter()
    assert len(clean_name("\u0344" * 1_000_000)) <= 255
    assert time.perf_counter() - began < 0.1


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("2025-10-04_U17 vs City.mp4", "2025-10-04 U17 vs City"),
        ("U17 vs. City", "U17 vs. City"),
        (".mp4", ".mp4"),
        ("", "Untitled video"),
        ("___", "Untitled video"),
    ],
)
def test_title_from(name: str, title: str) -> None:
    assert title_from(name) == title

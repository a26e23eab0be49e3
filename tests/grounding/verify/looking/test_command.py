"""`search --verifier`: who judges is said on the command line, and whatever fails then is told and fails nothing."""

from __future__ import annotations

import json
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grounding.cli import main
from grounding.store import load_indexes, save_index
from grounding.types import Floats, Observation, Shot, Span, Track, VideoIndex, VideoInfo
from tests.grounding.verify.looking.conftest import PLAYERS
from tests.grounding.verify.looking.drawn import HEIGHT, WIDTH, Player
from tests.grounding.verify.looking.seeing import SeeingServer
from tests.models import tiny_chat

ASKED = "somebody in yellow juggling"
YELLOW = 1


def track(track_id: int, player: Player) -> Track:
    terms = {"object:person": 1.0, f"shirt_colour:{player.shirt}": 0.9}
    seen = tuple(Observation(s, player.box(s + 0.5), terms, f"person in {player.shirt}") for s in range(3, 7))
    return Track(
        track_id, "person", 0.8, player.tube(3.0, 7.0), seen, {"shirt_colour": player.shirt},
        np.zeros((len(seen), 384), np.float32),
    )  # fmt: skip


class Wordless:
    """In place of what embeds sentences, which takes seconds to load and judges nothing."""

    dimension = 384
    cosines = (0.0, 1.0)

    def embed(self, texts: Sequence[str]) -> Floats:
        return np.zeros((len(texts), self.dimension), np.float32)


@pytest.fixture(autouse=True)
def wordless(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("grounding.embed.minilm.MiniLmEmbedder", Wordless)


@pytest.fixture
def index(tmp_path: Path, clip: Path) -> Path:
    info = VideoInfo("a.mp4", WIDTH, HEIGHT, 12.0, 5.0, 0, has_audio=False, codec="h264")
    tracks = tuple(track(k, one) for k, one in enumerate(PLAYERS))
    whole = VideoIndex(info, Span(0, 12), (Shot(0, Span(0, 12)),), tracks, "v", film=str(clip))
    save_index(tmp_path / "index", whole)
    return tmp_path / "index"


def search(
    capsys: pytest.CaptureFixture[str], index: Path, *options: object, asked: str = ASKED
) -> tuple[dict[int, Any], str]:
    """Hits by their track, and what was said beside them."""
    status = main(["search", str(index), asked, "--json", *map(str, options)])
    said = capsys.readouterr()
    assert status == 0, said.err
    return {hit["track_ids"][0]: hit for hit in json.loads(said.out)["hits"]}, said.err


def refusal(capsys: pytest.CaptureFixture[str], index: Path, *options: object) -> str:
    assert main(["search", str(index), ASKED, "--json", *map(str, options)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    return said.err


def test_without_it_what_was_measured_judges(index: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hits, told = search(capsys, index)
    assert (hits, told) == search(capsys, index, "--verifier", "predicates")
    assert "Seen by" not in hits[YELLOW]["reason"]
    assert told == ""


def test_a_server_looks(index: Path, server: SeeingServer, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    server.key = "secret"
    (tmp_path / "key").write_text("secret\n")
    options = ("--verifier", server.url, "--verifier-model", "org/seer-2b", "--verifier-key-file", tmp_path / "key")
    hits, told = search(capsys, index, *options)
    assert hits[YELLOW]["verdict"] == "confirmed"
    assert "Seen by seer-2b" in hits[YELLOW]["reason"]
    assert {hits[0]["verdict"], hits[2]["verdict"]} == {"rejected"}
    assert server.asked[0]["model"] == "org/seer-2b"
    assert told == ""


def test_a_model_in_this_process_looks(index: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """It knows nothing, so what it says cannot be read; it is asked all the same."""
    folder = tiny_chat.smolvlm(tmp_path / "smol-tiny")
    for name in (str(folder), f"local-dir:{folder}"):
        hits, _ = search(capsys, index, "--verifier", name, "--verifier-seconds", 120)
        assert "By smol-tiny@" in hits[YELLOW]["reason"]
        assert "not checked: the model" in hits[YELLOW]["reason"]


def test_a_server_that_is_down_is_told_and_loses_no_hit(index: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{closed.getsockname()[1]}/v1"
    before, _ = search(capsys, index)
    hits, told = search(capsys, index, "--verifier", address, "--verifier-model", "seer")
    assert hits.keys() == before.keys()
    assert "not checked: the model server does not answer" in hits[YELLOW]["reason"]
    assert hits[YELLOW]["verdict"] == before[YELLOW]["verdict"]
    assert told == "seer (prompt 2) did not look at everything: the model server does not answer.\n"
    hits, _ = search(capsys, index, "--verifier", address, "--verifier-model", "seer", asked="somebody juggling")
    assert {hit["verdict"] for hit in hits.values()} == {"unchecked"}  # nobody measures that


def test_a_film_that_is_gone_is_told_and_loses_no_hit(
    index: Path, clip: Path, server: SeeingServer, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    options = ("--verifier", server.url, "--verifier-model", "seer")
    hits, told = search(capsys, index, *options, "--videos", tmp_path)
    assert "not checked: the film is not there any more" in hits[YELLOW]["reason"]
    assert told == f"a.mp4 is not looked at: there is no film at {tmp_path / 'a.mp4'}.\n"
    assert server.asked == []
    hits, told = search(capsys, index, *options, "--videos", clip.parent)
    assert (hits[YELLOW]["verdict"], told) == ("confirmed", "")


def test_a_film_that_cannot_be_read_loses_no_hit(
    index: Path, server: SeeingServer, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "a.mp4").write_text("not a film")
    options = ("--verifier", server.url, "--verifier-model", "seer", "--videos", tmp_path)
    hits, _ = search(capsys, index, *options)
    assert "not checked: " in hits[YELLOW]["reason"]


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (("--verifier", "nothing"), "There is no model nothing"),
        (("--verifier", "qwen3-vl-2b"), "qwen3-vl-2b"),
        (("--verifier", "local-dir:/nowhere"), "/nowhere"),
        (("--verifier", "http://gpu1:8000/v1"), "--verifier-model is needed"),
        (("--verifier", "http://", "--verifier-model", "seer"), "the address of a model server"),
        (("--verifier", "http://gpu1/v1", "--verifier-model", "x", "--verifier-key-file", "/nowhere"), "/nowhere"),
        (("--verifier-model", "seer"), "for a server"),
        (("--verifier", "http://gpu1/v1", "--verifier-model", "x", "--verifier-seconds", "0"), "more than 0"),
    ],
)
def test_what_cannot_judge(index: Path, options: tuple[str, ...], why: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert why in refusal(capsys, index, *options)


def test_an_index_knows_its_film(index: Path, clip: Path) -> None:
    assert load_indexes(index)[0].film == str(clip)

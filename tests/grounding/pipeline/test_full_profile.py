"""The full profile from the command line: a generated match, indexed with a small image-text model, then searched."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grounding.cli import main
from grounding.store import load_indexes
from tests.grounding.embed.test_openclip import CLIP
from tests.models import tiny


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, Any, str]:
    status = main(list(arguments))
    said = capsys.readouterr()
    return status, json.loads(said.out) if status == 0 and said.out else None, said.err


class TestRefusals:
    def test_a_model_that_was_not_pulled(
        self, write_video: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("grounding.weights.pulling.home", lambda: tmp_path)
        video = write_video("match.mp4", frames=10)
        status, _, error = run(capsys, "index", str(video), "--out", str(tmp_path / "out"), "--profile", "full")
        assert status == 1
        assert error == ("The model pe-core-b-16 is not here: run `python -m grounding models pull pe-core-b-16`.\n")
        assert not (tmp_path / "out").exists()

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (["--embedder", "yolo"], "There is no model yolo"),
            (
                ["--embedder", "d-fine-s"],
                "d-fine-s is for another job: it is registered as detector, and embedder",
            ),
            (["--embedder", f"local-dir:{CLIP}", "--detector", "siglip2-b-16"], "siglip2-b-16 is for another job"),
            (["--embedder", "local-dir:/nowhere"], "/nowhere is not a folder with a model."),
        ],
    )
    def test_a_name_that_is_none(
        self, write_video: Any, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
    ) -> None:
        video = write_video("match.mp4", frames=10)
        status, _, error = run(
            capsys, "index", str(video), "--out", str(video.parent / "out"), "--profile", "full", *arguments
        )
        assert status == 2
        assert message in error

    def test_models_are_chosen_in_the_full_profile_only(
        self, write_video: Any, capsys: pytest.CaptureFixture[str]
    ) -> None:
        video = write_video("match.mp4", frames=10)
        status, _, error = run(capsys, "index", str(video), "--out", "out", "--embedder", "siglip2-b-16")
        assert (status, error) == (2, "A detector and an embedder are chosen with --profile full only.\n")


@pytest.mark.slow
def test_a_match_is_indexed_and_searched(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = tmp_path / "clip"
    shutil.copytree(CLIP, own)
    out = str(tmp_path / "index")
    match = ["--sport", "football", "--seed", "9", "--seconds", "8", "--out", str(tmp_path)]
    status, made, _ = run(capsys, "synth", *match)
    assert status == 0
    video = made["video"]
    chosen = ["--profile", "full", "--detector", "embedded", "--embedder", f"local-dir:{own}"]
    status, summary, _ = run(capsys, "index", video, "--out", out, *chosen)
    assert status == 0
    assert summary["videos"][0]["version"].startswith("full-")

    (index,) = load_indexes(Path(out))
    people = [track for track in index.tracks if track.label == "person"]
    assert len(people) > 5
    assert all(track.embeddings.shape == (len(track.observations), 128) for track in index.tracks)
    vectors = np.concatenate([track.embeddings for track in people])
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-3)
    assert len(np.unique(vectors.round(4), axis=0)) > 0.8 * len(vectors)  # each second's own, not one a sentence

    truth = json.loads(Path(made["truth"]).read_text())
    shirt = next(player["shirt"] for player in truth["players"] if player["team"] == 0 and player["role"] == "player")
    status, found, _ = run(capsys, "search", out, f"a player in {shirt}", "--json")
    assert status == 0
    assert found["answer"] == "found"
    best = {track.track_id: track for track in people}[found["hits"][0]["track_ids"][0]]
    assert best.attributes["shirt_colour"] == shirt

    path = own / "open_clip_config.json"
    path.write_text(path.read_text() + "\n")
    status, _, error = run(capsys, "search", out, "a player", "--json")
    assert status == 2
    assert "is another model than the one that the folder was indexed with" in error


@pytest.mark.slow
def test_a_detector_of_transformers_in_the_pipeline(
    write_video: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Random weights find nothing of use; that they are asked, picture by picture, is what is held here."""
    video = write_video("match.mp4", frames=50, size=(320, 180))
    detector = tiny.d_fine(tmp_path / "d-fine")
    chosen = ["--profile", "full", "--detector", f"local-dir:{detector}", "--embedder", f"local-dir:{CLIP}"]
    status, summary, _ = run(capsys, "index", str(video), "--out", str(tmp_path / "index"), *chosen)
    assert status == 0
    assert summary["videos"][0]["shots"] >= 1
    (index,) = load_indexes(tmp_path / "index")
    assert {track.label for track in index.tracks} >= {"picture"}

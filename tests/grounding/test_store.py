"""What is written is read back; what is damaged is refused by name; nothing half-written stays."""

from pathlib import Path

import numpy as np
import pytest

from grounding.errors import BadInputError, StoreError
from grounding.store import load_index, load_indexes, save_index
from grounding.types import Observation, Shot, Span, Track, Tube, VideoIndex, VideoInfo


def make_track(track_id: int, *, seconds: int, appearance: bool) -> Track:
    times = np.arange(seconds * 5, dtype=np.float64) * 0.2
    return Track(
        track_id=track_id,
        label="person",
        score=0.8,
        tube=Tube(times, np.random.default_rng(track_id).random((len(times), 4)).astype(np.float32)),
        observations=tuple(
            Observation(s, (1.0, 2.0, 3.0, 4.0), {"shirt_colour:red": 0.9}, f"someone at {s}") for s in range(seconds)
        ),
        attributes={"shirt_colour": "red", "number": "10"},
        embeddings=np.full((seconds, 3), track_id, np.float32),
        appearance=np.full(5, track_id, np.float32) if appearance else None,
    )


def make_index(name: str, *tracks: Track) -> VideoIndex:
    info = VideoInfo(name, 1280, 720, 60.0, 25.0, 0, has_audio=True, codec="h264")
    return VideoIndex(info, Span(0, 60), (Shot(0, Span(0, 31.2)), Shot(1, Span(31.2, 60))), tracks, "v1")


def test_round_trip(tmp_path: Path) -> None:
    tracks = (make_track(1, seconds=3, appearance=False), make_track(7, seconds=2, appearance=True))
    index = make_index("Würzburg – Köln.mp4", *tracks)
    save_index(tmp_path / "new", index)
    (back,) = load_indexes(tmp_path / "new")
    assert (back.info, back.decoded, back.shots, back.version) == (index.info, index.decoded, index.shots, "v1")
    for ours, theirs in zip(tracks, back.tracks, strict=True):
        assert (theirs.track_id, theirs.attributes) == (ours.track_id, ours.attributes)
        assert theirs.observations == ours.observations
        np.testing.assert_array_equal(theirs.tube.times, ours.tube.times)
        np.testing.assert_array_equal(theirs.tube.boxes, ours.tube.boxes)
        np.testing.assert_array_equal(theirs.embeddings, ours.embeddings)
        assert (theirs.appearance is None) == (ours.appearance is None)
    assert back.tracks[1].appearance is not None
    assert back.tracks[1].appearance[0] == 7


def test_a_video_without_tracks(tmp_path: Path) -> None:
    save_index(tmp_path, make_index("empty.mp4"))
    assert load_indexes(tmp_path)[0].tracks == ()


def test_indexing_again_replaces(tmp_path: Path) -> None:
    save_index(tmp_path, make_index("a.mp4"))
    save_index(tmp_path, make_index("a.mp4", make_track(1, seconds=1, appearance=False)))
    assert len(load_indexes(tmp_path)[0].tracks) == 1
    assert [file.name for file in tmp_path.iterdir()] == ["a.mp4.index.npz"]


def test_a_failed_write_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_index(tmp_path, make_index("a.mp4"))

    def fail(*_args: object, **_kwargs: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(np, "savez_compressed", fail)
    with pytest.raises(OSError, match="disk full"):
        save_index(tmp_path, make_index("a.mp4", make_track(1, seconds=1, appearance=False)))
    assert [file.name for file in tmp_path.iterdir()] == ["a.mp4.index.npz"]
    assert load_indexes(tmp_path)[0].tracks == ()


def test_damaged_and_foreign_files_are_refused_by_name(tmp_path: Path) -> None:
    file = save_index(tmp_path, make_index("a.mp4", make_track(1, seconds=2, appearance=True)))
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    with pytest.raises(StoreError, match=r"a\.mp4\.index\.npz is damaged"):
        load_index(file)
    np.savez(file, other=np.zeros(1))
    with pytest.raises(StoreError, match="damaged"):
        load_index(file)


def test_no_index_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="holds no index"):
        load_indexes(tmp_path)
    with pytest.raises(BadInputError, match="not a folder"):
        load_indexes(tmp_path / "nowhere")

"""With an image-text model the vectors are those of what was seen: each person's own crops, each second's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from grounding.embed.crops import PictureVectors, pool, squared
from grounding.pipeline import Models, Settings, load_segment, save_segment, stitch
from grounding.pipeline.vectors import of_pictures
from grounding.store import load_indexes, save_index
from grounding.types import Floats, Image, SegmentResult, Span
from grounding.video import probe
from tests.grounding.pipeline.test_indexing import (
    SETTINGS,
    Scripted,
    WriteVideo,
    football,
    index_of,
    models,
    result_of,
    whole,
)


class Colours:
    """Sees of a picture how red and how white it is; texts are as red as they say."""

    dimension = 3
    cosines = (0.0, 1.0)

    def __init__(self) -> None:
        self.batches: list[int] = []

    def embed_images(self, images: Sequence[Image]) -> Floats:
        self.batches.append(len(images))
        rows = []
        for image in images:
            pixels = image.reshape(-1, 3).astype(int)
            red = float(((pixels[:, 0] > 140) & (pixels[:, 1] < 90)).mean())
            white = float((pixels.min(axis=1) > 180).mean())
            rows.append([red, white, 0.05])
        found = np.array(rows, np.float32).reshape(-1, 3)
        return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True), np.float32)

    def embed(self, texts: Sequence[str]) -> Floats:
        return np.array([[1.0, 0.0, 0.0] if "red" in text else [0.0, 1.0, 0.0] for text in texts], np.float32)


def seeing(colours: Colours) -> Models:
    return replace(models(Scripted()), images=colours, embedder=colours)


def test_people_have_the_vectors_of_their_crops_and_pictures_their_own(write_video: WriteVideo) -> None:
    path = write_video("match.mp4", images=football(6), fps=10)
    index = index_of(path, seeing(Colours()))
    people = [track for track in index.tracks if track.label == "person"]
    (picture,) = [track for track in index.tracks if track.label == "picture"]
    assert len(people) == 2
    for track in people:
        assert track.embeddings.shape == (len(track.observations), 3)
        assert np.linalg.norm(track.embeddings, axis=1) == pytest.approx(1, abs=1e-3)
        assert track.embeddings[:, 0].min() > 0.6  # about as much red as white
        assert track.embeddings[:, 1].min() > 0.6
    assert picture.embeddings[:, 2].min() > 0.3  # little of both in all of the picture
    assert all(track.observations[0].terms["object:person"] == 1.0 for track in people)


def test_all_people_of_a_second_are_embedded_in_one_call(write_video: WriteVideo) -> None:
    path = write_video("match.mp4", images=football(3), fps=10)
    colours = Colours()
    result_of(path, whole(path), seeing(colours))
    assert sorted(colours.batches) == [3, 6, 6, 6]  # three pictures; twice three crops a second


def test_sentences_are_not_embedded_then(write_video: WriteVideo) -> None:
    path = write_video("match.mp4", images=football(2), fps=10)
    using = replace(models(), images=Colours())
    index_of(path, using)
    assert using.embedder.texts == []  # type: ignore[attr-defined]


def test_segments_carry_the_vectors_and_are_stitched_from_files(write_video: WriteVideo, tmp_path: Path) -> None:
    path = write_video("match.mp4", images=football(3), fps=10)
    using = seeing(Colours())
    result = result_of(path, whole(path), using)
    save_segment(tmp_path / "segment.npz", result)
    again = load_segment(tmp_path / "segment.npz")
    assert [one.t for one in again.pictures] == [one.t for one in result.pictures]
    first, second = (stitch(probe(path), [one], using, SETTINGS) for one in (result, again))
    for one, other in zip(first.tracks, second.tracks, strict=True):
        np.testing.assert_array_equal(one.embeddings, other.embeddings)


def test_segments_without_vectors_are_refused(write_video: WriteVideo) -> None:
    path = write_video("match.mp4", images=football(2), fps=10)
    result = result_of(path, whole(path))
    with pytest.raises(ValueError, match="segments without vectors of pictures"):
        stitch(probe(path), [result], seeing(Colours()), SETTINGS)


def test_who_was_not_cut_out_in_a_second_has_the_nearest_and_who_never_was_the_picture(
    write_video: WriteVideo,
) -> None:
    path = write_video("match.mp4", images=football(4), fps=10)
    using = seeing(Colours())
    result = result_of(path, whole(path), using)

    def without(result: SegmentResult, seconds: set[int]) -> SegmentResult:
        tracklets = tuple(
            replace(one, samples=tuple(s for s in one.samples if s.second not in seconds)) for one in result.tracklets
        )
        return replace(result, tracklets=tracklets)

    full = stitch(probe(path), [result], using, SETTINGS).tracks[0].embeddings
    some = stitch(probe(path), [without(result, {0, 1})], using, SETTINGS).tracks[0].embeddings
    np.testing.assert_array_equal(some[2:], full[2:])
    np.testing.assert_array_equal(some[0], full[2])
    none = stitch(probe(path), [without(result, {0, 1, 2, 3})], using, SETTINGS)
    person, picture = none.tracks[0], none.tracks[-1]
    assert (person.label, picture.label) == ("person", "picture")
    np.testing.assert_allclose(person.embeddings, picture.embeddings[: len(person.embeddings)], atol=1e-3)


def test_in_an_overlap_the_segment_that_answers_for_it_counts(write_video: WriteVideo) -> None:
    path = write_video("match.mp4", images=football(2), fps=10)
    one = result_of(path, whole(path), seeing(Colours()))
    vector = np.eye(3, dtype=np.float16)
    earlier = replace(
        one,
        segment=replace(one.segment, core=Span(0, 1), reach=Span(0, 2)),
        pictures=tuple(replace(p, vector=vector[0]) for p in one.pictures),
    )
    later = replace(
        one,
        segment=replace(one.segment, index=1, core=Span(1, 2), reach=Span(1, 2)),
        pictures=tuple(replace(p, vector=vector[1]) for p in one.pictures if p.t >= 1),
    )
    index = stitch(probe(path), [one], seeing(Colours()), SETTINGS)
    picture = index.tracks[-1]
    identity = type("Nobody", (), {"samples": ()})()
    (rows,) = of_pictures([(identity, picture.observations)], [earlier, later])
    assert rows.tolist() == [[1, 0, 0], [0, 1, 0]]


def test_the_index_keeps_which_model_it_was(write_video: WriteVideo, tmp_path: Path) -> None:
    path = write_video("match.mp4", images=football(2), fps=10)
    index = replace(index_of(path), embedder="local-dir:/models/own", embedder_print="ab" * 32)
    save_index(tmp_path / "index", index)
    (again,) = load_indexes(tmp_path / "index")
    assert (again.embedder, again.embedder_print) == ("local-dir:/models/own", "ab" * 32)


class TestVersionKey:
    """Open models count by their files, wherever those lie, and only in the full profile."""

    @pytest.fixture
    def own(self, tmp_path: Path) -> Path:
        folder = tmp_path / "own"
        folder.mkdir()
        (folder / "open_clip_model.safetensors").write_bytes(b"weights")
        return folder

    def test_of_the_full_profile(self, own: Path) -> None:
        chosen = Settings(profile="full", detector="embedded", embedder=f"local-dir:{own}")
        key = chosen.version_key()
        assert key.startswith("full-")
        assert key != Settings().version_key()
        moved = own.rename(own.with_name("moved"))
        assert replace(chosen, embedder=f"local-dir:{moved}").version_key() == key
        (moved / "open_clip_model.safetensors").write_bytes(b"weighted")
        assert replace(chosen, embedder=f"local-dir:{moved}").version_key() != key
        assert replace(chosen, embedder=f"local-dir:{moved}", detector=f"local-dir:{moved}").version_key() != key

    def test_the_embedded_profile_names_none(self) -> None:
        assert (Settings().detector_name, Settings().embedder_name, Settings().embedder_print()) == ("", "", "")
        assert Settings(profile="full").detector_name == "d-fine-s"
        assert Settings(profile="full").embedder_name == "pe-core-b-16"


class TestPictures:
    def test_one_a_second_in_batches(self) -> None:
        colours = Colours()
        watch = PictureVectors(colours)
        for k in range(100):
            watch.look(k / 5, np.full((600, 900, 3), 2 * k, np.uint8))
        found = watch.finish()
        assert [one.t for one in found] == list(range(20))
        assert colours.batches == [16, 4]

    def test_squared(self) -> None:
        image = np.zeros((10, 4, 3), np.uint8)
        image[:, 0], image[:, -1] = 50, 90
        wide = squared(image)
        assert wide.shape == (10, 10, 3)
        assert (wide[:, :4].max(), wide[:, 6:].min()) == (50, 90)
        assert squared(image.transpose(1, 0, 2)).shape == (10, 10, 3)
        assert squared(wide) is wide

    def test_pool(self) -> None:
        rows = np.eye(2, dtype=np.float32)
        assert pool(rows, [3, 1]) == pytest.approx(np.array([3, 1]) / np.sqrt(10))
        assert pool(rows, [0, 0]) == pytest.approx(np.array([1, 1]) / np.sqrt(2))

"""What `bench gpu` measures, part by part: rows of tables, each yielded as soon as it is known."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from grounding.bench.gpu.builds import DETECTORS, EMBEDDERS, build, weights_of
from grounding.errors import BadInputError

if TYPE_CHECKING:
    from grounding.bench.gpu.indexing import Cost
    from grounding.pipeline import Settings

Row = dict[str, Any]

PARTS: Final = ("prepare", "networks", "index", "query", "beside", "ceiling")
QUESTIONS: Final = (
    "running to the right",
    "a player standing in the middle of the picture",
    "two players close together",
)
_BATCHES: Final[dict[str, tuple[int, ...]]] = {"detect": (1, 5, 16, 64), "embed": (16, 64, 256)}
_OF_ALL: Final = ("times_on_16_cores", "tracks", "unknown")
_FEW: Final[dict[str, tuple[int, ...]]] = {"detect": (1, 4), "embed": (4, 8)}


@dataclass(frozen=True)
class Plan:
    """What is measured.

    video: a match; minutes_each: it is repeated to so many minutes for each worker of indexing, 0 for once; work: where
    models, finds, repeated videos and the index are kept; small: models of few weights, for trying out, which say
    nothing of speed; detector, embedder, verifier: of the end-to-end parts; workers: of indexing, a row each; batch:
    pictures detected at a time there, 0 as in the product; questions: how many; candidates: looked at; windows: looked
    at of the match's, 0 for all of them; minutes: of the match that windows are counted for, 0 for the video's length;
    models: that are measured by themselves; items: pictures or crops for `beside`.
    """

    video: Path
    work: Path
    small: bool = False
    detector: str = "d-fine-s"
    embedder: str = "pe-core-b-16"
    verifier: str = "smolvlm2-500m"
    workers: tuple[int, ...] = (1, 4, 8)
    batch: int = 0
    questions: int = 1
    candidates: int = 20
    windows: int = 8
    minutes_each: float = 0.0
    models: tuple[str, ...] = (*DETECTORS, *EMBEDDERS)
    minutes: float = 90.0
    items: int = 16

    def folder(self, name: str) -> Path:
        """Of a model; built now if it is not there."""
        return build(name, self.work / "models", small=self.small)

    @property
    def settings_without_models(self) -> Settings:
        from grounding.pipeline import Settings

        return Settings(batch=self.batch)

    @cached_property
    def settings(self) -> Settings:
        """Of indexing with the full profile."""
        from grounding.pipeline import Settings

        return Settings(
            profile="full", batch=self.batch, detector=f"local-dir:{self.folder(self.detector)}",
            embedder=f"local-dir:{self.folder(self.embedder)}",
        )  # fmt: skip

    @property
    def index_folder(self) -> Path:
        return self.work / "index"

    def rows(self, part: str) -> Iterator[Row]:
        """Of one of `PARTS`. Raises BadInputError, BadVideoError, WeightsError and OutOfMemoryError for what fails."""
        return {
            "prepare": self._prepare,
            "networks": self._networks,
            "index": self._index,
            "query": self._query,
            "beside": self._beside,
            "ceiling": self._ceiling,
        }[part]()

    def film(self, workers: int) -> Path:
        """The video as so many workers index it."""
        from grounding.bench.indexing import looped

        return looped(self.video, self.minutes_each * workers, self.work) if self.minutes_each else self.video

    def _prepare(self) -> Iterator[Row]:
        """Builds what the other parts would build when they come to it, and writes down what is found meanwhile."""
        started = time.perf_counter()
        with ThreadPoolExecutor(1) as beside:
            finding = beside.submit(self._finds, self.film(max(self.workers)))
            for name in dict.fromkeys((self.detector, self.embedder, self.verifier, *self.models)):
                folder = self.folder(name)
                yield {
                    "model": name, "weights_million": round(weights_of(folder) / 1e6, 1),
                    "done_after_s": round(time.perf_counter() - started, 1),
                }  # fmt: skip
            finding.result()
        yield {"model": "finds", "weights_million": None, "done_after_s": round(time.perf_counter() - started, 1)}

    def _finds(self, video: Path) -> Path:
        from grounding.bench.gpu.finds import written_down

        at = self.work / f"finds-{self.video.stem}.pickle"
        return written_down(video, self.settings_without_models, at, processes=len(os.sched_getaffinity(0)))

    def _networks(self) -> Iterator[Row]:
        from grounding.bench.gpu.networks import crops_of, detector_speeds, embedder_speeds, pictures_of

        batches = _FEW if self.small else _BATCHES
        images = pictures_of(self.video, max(batches["detect"]))
        crops = crops_of(images, max(batches["embed"]))
        for name in self.models:
            folder = self.folder(name)
            speeds = (
                detector_speeds(name, folder, images, batches["detect"])
                if name in DETECTORS
                else embedder_speeds(name, folder, crops, batches["embed"])
            )
            for one in speeds:
                yield {
                    "model": name, "weights_million": round(weights_of(folder) / 1e6, 1), "job": one.job,
                    "batch": one.batch, "per_second": round(one.per_second, 1), "gpu_busy": _share(one.busy),
                    "gpu_memory_mb": _whole(one.memory_mb),
                }  # fmt: skip

    def _index(self) -> Iterator[Row]:
        from grounding.bench.gpu.indexing import Job, index_shared
        from grounding.store import save_index

        # Whatever is repeated shows the same again, and the longest has all of it.
        finds = self._finds(self.film(max(self.workers)))
        for workers in self.workers:
            cost, index = index_shared(Job(self.film(workers), self.settings, finds), workers)
            save_index(self.index_folder, index)
            yield _index_row(cost)

    def _query(self) -> Iterator[Row]:
        from grounding.bench.gpu.asking import compare, facts
        from grounding.store import load_indexes
        from grounding.verify.looking import Film, FilmFiles
        from grounding.verify.looking.local import LocalModel

        films = {self.film(workers).name: self.film(workers) for workers in self.workers}
        found = [one for one in load_indexes(self.index_folder) if one.info.name in films]
        if not found:
            raise BadInputError(f"{self.index_folder} has no index of this video: measure the part index first.")
        index = max(found, key=lambda one: one.decoded.end)
        film = Film(films[index.info.name], index.info.width, index.info.height)
        model = LocalModel(str(self.folder(self.verifier)))
        for text in QUESTIONS[: self.questions]:
            one = compare(
                model, FilmFiles(lambda _: film), index, text, most=self.candidates, sample=self.windows or None,
                minutes=self.minutes or None,
            )  # fmt: skip
            yield {"model": self.verifier, **facts(one)}

    def _beside(self) -> Iterator[Row]:
        from grounding.bench.gpu.beside import detectors_beside, embedders_beside
        from grounding.bench.gpu.networks import crops_of, pictures_of

        images = pictures_of(self.video, self.items)
        crops = crops_of(images, self.items)
        for name in self.models:
            folder = self.folder(name)
            one = (
                detectors_beside(name, folder, images, batch=min(8, self.items), turns=3)
                if name in DETECTORS
                else embedders_beside(name, folder, crops, batch=min(16, self.items), turns=3)
            )
            yield {
                "model": name, "job": one.job, "items": one.items, "batch": one.batch, "ours_s": round(one.ours_s, 3),
                "plain_s": round(one.plain_s, 3), "plain_over_ours": round(one.ratio, 2), "differ": one.differ,
            }  # fmt: skip

    def _ceiling(self) -> Iterator[Row]:
        from grounding.bench.gpu.ceiling import ceiling_apart

        # Of the models only the checksums are taken, so small ones do.
        found = ceiling_apart(self.video, replace(self, small=True).settings)
        for stage, seconds in found.cpu.items():
            each = seconds / found.seconds
            share = round(each / found.per_second, 3)
            yield {"stage": stage, "cpu_ms_per_s": round(1000 * each, 1), "share": share, **dict.fromkeys(_OF_ALL)}
        told = (round(found.times_real_time(16), 1), found.tracks, found.unknown)
        whole = round(1000 * found.per_second, 1)
        yield {"stage": "all", "cpu_ms_per_s": whole, "share": 1.0, **dict(zip(_OF_ALL, told, strict=True))}


def _index_row(cost: Cost) -> Row:
    stages = {name: round(seconds, 1) for name, seconds in cost.stages.items()}
    return {
        "workers": cost.workers, "video_s": round(cost.seconds, 1), "wall_s": round(cost.wall_s, 1),
        "hours_per_hour": round(cost.times_real_time, 1), "cpu_s_per_s": round(cost.cpu_per_second, 3),
        "cores": cost.cores, "stitch_s": round(cost.stitch_s, 1), "gpu_busy": _share(cost.busy),
        "gpu_memory_mb": _whole(cost.memory_mb), "rss_mb": cost.rss_mb, "tracks": cost.tracks, "looked": cost.looked,
        "unknown": cost.unknown, "stages_s": stages,
    }  # fmt: skip


def machine() -> Row:
    """What a figure is worth nothing without."""
    import torch

    from grounding.weights.torch_runtime import device, precision

    where = device()
    name = torch.cuda.get_device_name(where) if where.type == "cuda" else "none"
    return {
        "gpu": name, "precision": precision(where), "cores": len(os.sched_getaffinity(0)),
        "python": platform.python_version(), "torch": torch.__version__,
    }  # fmt: skip


def _share(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def _whole(value: float | None) -> int | None:
    return None if value is None else round(value)

"""`manage.py export_clips`: what reviewers said as clips that a model that looks can be trained on."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from videosearch.library.models import Library
from videosearch.search import looking, training


class Command(BaseCommand):
    help = "Write what reviewers said as marked clips, for python -m grounding train verifier."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--library", default="", help="its name; by default what reviewers of all libraries said")
        parser.add_argument("--out", required=True, help="the folder; clips held out go to held-out/ inside it")

    def handle(self, *args: Any, library: str, out: str, **options: Any) -> None:  # noqa: ARG002
        from grounding.tuning.clips import Counts
        from grounding.tuning.examples import save

        of = Library.objects.filter(name=library).first() if library else None
        if library and of is None:
            raise CommandError(f"There is no library {library}.")
        for held, folder in ((False, Path(out)), (True, Path(out) / "held-out")):
            counts = Counts()
            made = save(folder, self._clips(of, counts, held=held))
            dropped = "".join(f"; {number} left out: {why}" for why, number in counts.dropped.items())
            self.stdout.write(f"{folder}: {len(made)} clips{dropped}")

    def _clips(self, library: Library | None, counts: Any, *, held: bool) -> Iterator[Any]:
        from grounding.errors import BadInputError
        from grounding.tuning.clips import clips
        from grounding.verify.looking import FilmFiles

        rows = [row for row in training.standing(library) if training.is_held_out(row) == held]
        films = FilmFiles(looking.films_of({row.video_id for row in rows}))
        for row in rows:
            asked = training.asked_of(row)
            if asked is None:
                continue
            try:
                for one, pictures in clips([asked], films, counts):
                    yield _named(one, row.pk), pictures
            except BadInputError:
                counts.dropped["no picture"] += 1


def _named(one: Any, number: int) -> Any:
    from dataclasses import replace

    return replace(one, name=f"feedback-{number}")

"""`manage.py backup FOLDER`."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from videosearch.operations import keeping


class Command(BaseCommand):
    help = "Write the database and the originals into a folder; again into the same one copies only what is new."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:  # noqa: ARG002
        try:
            counts = keeping.backup(folder, say=self.stderr.write)
        except (keeping.BackupError, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write("Backed up: " + ", ".join(f"{count} {name}" for name, count in counts.items()) + ".")

"""`manage.py restore FOLDER --yes`."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from videosearch.operations import keeping


class Command(BaseCommand):
    help = "Put a backup in the place of the database and the originals. Stop web and workers first."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--yes", action="store_true", help="what is in the database now is replaced")

    def handle(self, *args: Any, folder: Path, yes: bool, **options: Any) -> None:  # noqa: ARG002
        if not yes:
            raise CommandError("This replaces the database. Stop web and workers, then say --yes.")
        try:
            counts = keeping.restore(folder, say=self.stderr.write)
        except (keeping.BackupError, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write("Restored: " + ", ".join(f"{count} {name}" for name, count in counts.items()) + ".")

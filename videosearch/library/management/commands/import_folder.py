"""`manage.py import_folder LIBRARY PATH`: the videos of a folder of this server go into a library."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db.models import Q

from videosearch.library import importing
from videosearch.library.models import ImportFolder, Library


class Command(BaseCommand):
    help = "Import the videos of a folder below VIDEOSEARCH_IMPORT_ROOT, with all folders in it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("library", help="name or id of the library")
        parser.add_argument("path", help="folder below the import root")
        parser.add_argument("--watch", action="store_true", help="go on looking for new files each minute")

    def handle(self, *args: Any, library: str, path: str, watch: bool, **options: Any) -> None:  # noqa: ARG002
        try:
            importing.resolve(path)
            folder, _ = ImportFolder.objects.get_or_create(library=_library(library), path=path.strip("/"))
            if watch:
                ImportFolder.objects.filter(pk=folder.pk).update(watch=True)
            self.stdout.write(importing.scan(folder, say=self.stderr.write))
        except importing.ImportRefused as error:
            raise CommandError(str(error)) from error


def _library(name: str) -> Library:
    try:
        found = list(Library.objects.filter(Q(name=name) | Q(pk=name))[:2])
    except ValidationError:  # not an id
        found = list(Library.objects.filter(name=name)[:2])
    if len(found) != 1:
        raise CommandError(f"There is {'no' if not found else 'more than one'} library {name!r}; give its id.")
    return found[0]

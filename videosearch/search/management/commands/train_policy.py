"""`manage.py train_policy`: trains a version of the verifier from what reviewers said, here or by a worker."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError

from videosearch import jobs
from videosearch.jobs.models import Job
from videosearch.jobs.worker import run
from videosearch.library.models import Library
from videosearch.search import training
from videosearch.search.models import VerifierVersion

POLL_SECONDS: Final = 1.0


class Command(BaseCommand):
    help = "Train a version of the verifier from what reviewers said. An administrator compares and activates it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--library", default="", help="its name; by default what reviewers of all libraries said")
        parser.add_argument("--worker", action="store_true", help="leave it to a worker and come back at once")

    def handle(self, *args: Any, library: str, worker: bool, **options: Any) -> None:  # noqa: ARG002
        of = self._library(library)
        try:
            training.check(of)
        except jobs.PermanentError as error:
            raise CommandError(str(error)) from None
        version = VerifierVersion.objects.create(library=of)
        job = training.start(version)
        if worker:
            self.stdout.write(f"{version.name} will be trained by a worker.")
            return
        try:
            self._follow(job)
        except KeyboardInterrupt:
            jobs.cancel(training.KIND, version.pk)
            raise
        version.refresh_from_db()
        if version.policy is None:
            raise CommandError(version.error or f"{version.name} was not trained: its job is {job.state}.")
        row = version.report["matches"]["candidate"][-1]
        self.stdout.write(
            f"{version.name} is trained: m_vIoU {row['m_viou']:.3f}, true moments kept {row['recall']:.3f}. "
            "Compare and activate it in the admin."
        )

    def _follow(self, job: Job) -> None:
        """Do the job here, or watch the worker that was quicker."""
        run(job.id)
        job.refresh_from_db()
        while not job.is_over:
            time.sleep(POLL_SECONDS)
            run(job.id)  # it may have been given back
            job.refresh_from_db()

    def _library(self, name: str) -> Library | None:
        if not name:
            return None
        library = Library.objects.filter(name=name).first()
        if library is None:
            raise CommandError(f"There is no library {name}.")
        return library

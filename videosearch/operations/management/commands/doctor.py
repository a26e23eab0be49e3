"""`manage.py doctor`: what is wrong, in words, and what to do about it."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from videosearch.operations import facts


class Command(BaseCommand):
    help = "Look at every part of the application and say what is wrong and what to do."
    requires_system_checks = []  # noqa: RUF012  # it speaks even where they stop everything else

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        bad = 0
        for fact in facts.all_of_them():
            self.stdout.write(f"{'ok ' if fact.ok else 'BAD'}  {fact.name:<16} {fact.sentence}")
            if not fact.ok:
                bad += 1
                self.stdout.write(f"{'':<22}→ {fact.remedy}")
        if bad:
            raise CommandError(f"{bad} {'thing needs' if bad == 1 else 'things need'} attention.")
        self.stdout.write("All is well.")

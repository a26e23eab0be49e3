"""`manage.py models list|pull|check`: the library's command of that name, for who has only manage.py at hand."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from django.core.management.base import BaseCommand

from grounding.cli import main


class Command(BaseCommand):
    help = "List, pull or check the open models of the full profile; see python -m grounding models --help."
    requires_system_checks = []  # noqa: RUF012  # it speaks even where they stop everything else

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("action", choices=("list", "pull", "check"))
        parser.add_argument("names", nargs="*", metavar="MODEL")
        parser.add_argument("--accept-licence", action="store_true")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        flags = [f"--{name.replace('_', '-')}" for name in ("accept_licence", "json") if options[name]]
        status = main(["models", options["action"], *options["names"], *flags])
        if status:
            sys.exit(status)

"""`--verifier` of `search` and `eval synth`: who judges what was found, in the words of the application's settings."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from grounding.cli.output import write_note
from grounding.errors import BadInputError
from grounding.types import VideoIndex

if TYPE_CHECKING:
    from grounding.verify import Verifier
    from grounding.verify.looking import Film, LookingVerifier
    from grounding.verify.looking.local import LocalModel
    from grounding.verify.looking.server import ServerModel

PREDICATES = "predicates"


@dataclass(frozen=True, slots=True)
class Judge:
    """verifier: for a search; films: those it looks at, to which others may be added; looking: the part of it that sees
    pictures, None where nothing does."""

    verifier: Verifier
    films: dict[str, Film]
    looking: LookingVerifier | None = None

    def tell(self) -> None:
        """Says why the last search was not looked at whole, where it was not."""
        if self.looking is not None and self.looking.silent:
            write_note(f"{self.looking.name} did not look at everything: {self.looking.silent}.")


def add_verifier(command: argparse.ArgumentParser) -> None:
    """Adds the options that `judge_of` reads."""
    command.add_argument(
        "--verifier", default=PREDICATES, metavar="WHO",
        help="who judges: predicates (what was measured), and besides a model that looks at the pictures: an id of "
        "`models list`, hf-hub:owner/name, a folder, or the address of an OpenAI-compatible server",
    )  # fmt: skip
    command.add_argument("--verifier-model", default="", metavar="NAME", help="of a server: the model's name there")
    command.add_argument("--verifier-key-file", type=Path, default=None, metavar="FILE", help="of a server: its key")
    command.add_argument("--verifier-seconds", type=float, default=60.0, help="for the pictures of one search")


def films_of(indexes: Sequence[VideoIndex], videos: Path | None = None) -> dict[str, Film]:
    """By the names that candidates carry: the films in `videos`, or where they were when they were indexed; those of
    which that is not known, in the folder one is in. They need not be there. Boxes are in pixels of the indexed film,
    whatever the size of the file."""
    from grounding.verify.looking import Film

    found: dict[str, Film] = {}
    for index in indexes:
        name = index.info.name
        path = videos / name if videos is not None else Path(index.film or name)
        found[name] = Film(path, index.info.width, index.info.height)
    return found


def judge_of(arguments: argparse.Namespace, films: dict[str, Film], first: Verifier | None = None) -> Judge:
    """Who judges, as the options say.

    Args:
        arguments: with the options of `add_verifier`.
        films: by the names that candidates carry, also while others are added; of those that are in it now and
            are not there as files, a note is written, as they are not looked at.
        first: judges before a model looks; None for what was measured.

    Raises:
        BadInputError: the options do not go together, or the model's files are not there.
    """
    from grounding.verify import PredicateVerifier
    from grounding.verify.looking import FilmFiles, LookingVerifier, StagedVerifier

    first = first or PredicateVerifier()
    if arguments.verifier == PREDICATES:
        if arguments.verifier_model or arguments.verifier_key_file:
            raise BadInputError("A model and a key are named for a server, whose address --verifier is.")
        return Judge(first, films)
    if not 0 < arguments.verifier_seconds < float("inf"):
        raise BadInputError(f"--verifier-seconds must be more than 0, got {arguments.verifier_seconds}.")
    model = _model(arguments)
    for name, film in films.items():
        if not film.path.is_file():
            write_note(f"{name} is not looked at: there is no film at {film.path}.")
    looking = LookingVerifier(model, FilmFiles(films.get), seconds=arguments.verifier_seconds)
    return Judge(StagedVerifier(first, looking), films, looking)


def _model(arguments: argparse.Namespace) -> ServerModel | LocalModel:
    who, name, key_file = arguments.verifier, arguments.verifier_model, arguments.verifier_key_file
    if who.startswith(("http://", "https://")):
        from grounding.verify.looking.server import ServerModel

        if not name:
            raise BadInputError("--verifier-model is needed: the name of the model on the server.")
        try:
            return ServerModel(who, name, _key(key_file))
        except ValueError as error:
            raise BadInputError(f"{error}.") from None
    if name or key_file:
        raise BadInputError("A model and a key are named for a server, whose address --verifier is.")
    from grounding.verify.looking.local import LocalModel

    model = LocalModel(who)
    if model.problem():
        raise BadInputError(model.problem())
    return model


def _key(file: Path | None) -> str:
    try:
        return file.read_text("utf-8").strip() if file else ""
    except (OSError, ValueError):
        raise BadInputError(f"{file} cannot be read: it should hold the key of the server.") from None

"""Open models on disk: fetched whole, pinned at first sight, checked ever after.

    path = model_folder("d-fine-s")             # a folder to load from; never uses the network
    pull("d-fine-s", HuggingFaceHub())          # fetches and pins it
    problems = check_models()                   # what is incomplete or changed, in sentences

A model lies in `$GROUNDING_HOME/models/<owner>--<name>/`. Beside it, `models.json` keeps its revision, its licence and
size and SHA-256 of each file: those of the registry where it has them, else those of the first fetch. A folder given as
`local-dir:path` is used as it is.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from grounding.errors import BadInputError, WeightsError
from grounding.files import write_bytes
from grounding.weights import home
from grounding.weights.hub import Hub, HubFile, Listing
from grounding.weights.open_models import FOLDER, Job, OpenModel, find_model
from grounding.weights.sources import sha256_of

_FORMAT: Final = 1
_TEXTS: Final = (".json", ".txt", ".jinja", ".model")
_WEIGHTS: Final = ".safetensors"
"""Other formats of weights may run code when they are read; they are neither fetched nor loaded."""
_FOR_PRODUCTS: Final = frozenset({"apache-2.0", "mit", "bsd-2-clause", "bsd-3-clause"})

_hashes: dict[Path, tuple[tuple[int, int], str]] = {}


@dataclass(frozen=True, slots=True)
class Pinned:
    """What `models.json` keeps of a model. accepted: a licence not for products was agreed to when it was fetched."""

    revision: str
    licence: str
    accepted: bool
    files: tuple[HubFile, ...]


def models_home() -> Path:
    """The folder of fetched models; may not exist yet."""
    return home() / "models"


def pinned() -> dict[str, Pinned]:
    """Hub id → what is pinned. Raises WeightsError if `models.json` cannot be read."""
    try:
        data = json.loads((models_home() / "models.json").read_text(encoding="utf-8"))
        if data["format"] != _FORMAT:
            raise WeightsError(f"{models_home() / 'models.json'} was written by another version of this program.")
        return {hub_id: _pinned(row) for hub_id, row in data["models"].items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise WeightsError(
            f"{models_home() / 'models.json'} is damaged: remove it, then pull the models again."
        ) from error


def pull(
    name: str, hub: Hub, *, accept_licence: bool = False, progress: Callable[[str], None] = lambda _: None
) -> Path:
    """Fetches a model whole and pins it; what is there and sound is left alone. The folder it lies in.

    accept_licence: takes a licence that is not meant for products, or not known.
    Raises:
        BadInputError: no such model, or its licence was not accepted. HubError: the hub does not give it.
        WeightsError: what came is not what is registered or was pinned; nothing of it is kept.
    """
    model = find_model(name)
    with _locked():
        known = pinned().get(model.hub_id)
        if known is not None and not _problems(model, known):
            progress(f"{name} is here.")
            return _folder(model.hub_id)
        listing = hub.describe(model.hub_id, known.revision if known else model.revision)
        licence, accepted = _licence(name, model, listing, accept=accept_licence or bool(known and known.accepted))
        wanted = _wanted(model, listing)
        expected = {file.name: file for file in known.files} if known else {}
        partial = models_home() / f".pulling-{_slug(model.hub_id)}"
        files = []
        for file in wanted:
            progress(f"Fetching {file.name} of {model.hub_id} ({file.size / 1e6:.1f} MB)")
            hub.fetch(model.hub_id, listing.revision, file.name, partial)
            files.append(_take_in(model, partial, file, expected.get(file.name)))
        _settle(model, partial, Pinned(listing.revision, licence, accepted, tuple(files)))
    return _folder(model.hub_id)


def model_folder(name: str, job: Job | None = None) -> Path:
    """The folder of a model, every file of it checked. Never uses the network.

    Each file is hashed once per process. job: what it is to be for, as far as the registry knows. Raises BadInputError
    for a name that is none, WeightsError, naming the file, where something is missing, incomplete or changed.
    """
    if name.startswith(FOLDER):
        return _own_folder(name)
    model = find_model(name)
    if job is not None and model.family and model.job != job:
        raise BadInputError(f"{name} is for another job: it is registered as {model.job}, and {job} is asked for.")
    known = pinned().get(model.hub_id)
    if known is None:
        raise WeightsError(f"The model {name} is not here: run `python -m grounding models pull {name}`.")
    problems = _problems(model, known)
    if problems:
        raise WeightsError(f"{problems[0]} Run `python -m grounding models pull {name}`.")
    return _folder(model.hub_id)


def fingerprint(name: str) -> str:
    """SHA-256 over the names and checksums of the files of a model: two that differ give other vectors."""
    known = None if name.startswith(FOLDER) else pinned().get(find_model(name).hub_id)
    if known is not None:  # what was pinned is what is loaded, or is refused there
        facts = sorted((file.name, file.sha256) for file in known.files)
    else:
        facts = sorted((path.name, _hash(path)) for path in model_folder(name).iterdir() if _is_used(path.name))
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def check_models() -> list[str]:
    """Sentences about fetched models that are incomplete or changed; empty if all is well. Changes nothing."""
    known = pinned()
    return [
        problem
        for hub_id, row in known.items()
        for problem in _problems(find_model(f"hf-hub:{hub_id}"), row)
    ]  # fmt: skip


def state(model: OpenModel, known: Mapping[str, Pinned]) -> str:
    """ "here", "incomplete" or "-": quick, by names and sizes alone."""
    row = known.get(model.hub_id)
    if row is None:
        return "-"
    folder = _folder(model.hub_id)
    whole = all((folder / one.name).is_file() and (folder / one.name).stat().st_size == one.size for one in row.files)
    return "here" if whole else "incomplete"


def _pinned(row: Mapping[str, Any]) -> Pinned:
    files = tuple(HubFile(str(one["name"]), int(one["size"]), str(one["sha256"])) for one in row["files"])
    if not all(_is_used(file.name) for file in files):
        raise ValueError("a file that is none of a model")
    return Pinned(str(row["revision"]), str(row["licence"]), bool(row["accepted"]), files)


def _slug(hub_id: str) -> str:
    return hub_id.replace("/", "--")


def _folder(hub_id: str) -> Path:
    return models_home() / _slug(hub_id)


def _own_folder(name: str) -> Path:
    folder = Path(name.removeprefix(FOLDER)).expanduser()
    if not folder.is_dir():
        raise BadInputError(f"{folder} is not a folder with a model.")
    if not any(path.suffix == _WEIGHTS for path in folder.iterdir()):
        raise WeightsError(f"{folder} holds no weights: a file ending in {_WEIGHTS} is missing.")
    return folder


def _is_used(name: str) -> bool:
    """Whether it is a file of a model: in the folder itself, and nothing that could be code."""
    return "/" not in name and not name.startswith(".") and name.endswith((*_TEXTS, _WEIGHTS))


def _wanted(model: OpenModel, listing: Listing) -> list[HubFile]:
    files = [file for file in listing.files if _is_used(file.name)]
    weights = [file for file in files if file.name.endswith(_WEIGHTS)]
    main = [file for file in weights if file.name == (model.file or "open_clip_model.safetensors")]
    if model.file and not main:
        raise WeightsError(f"{model.hub_id} has no {model.file} at revision {listing.revision}.")
    if not weights:
        raise WeightsError(f"{model.hub_id} has no weights ending in {_WEIGHTS}; only such are used.")
    left_out = [file for file in weights if main and file not in main]
    return [file for file in files if file not in left_out]


def _licence(name: str, model: OpenModel, listing: Listing, *, accept: bool) -> tuple[str, bool]:
    """The licence, and whether it was agreed to though it is not for products."""
    said = listing.licence or model.licence
    as_registered = not listing.licence or listing.licence.lower() == model.licence.lower()
    fit = model.products and as_registered if model.licence else said.lower() in _FOR_PRODUCTS
    if not fit and not accept:
        raise BadInputError(
            f"The licence of {name} is {said or 'not known'}, which is not accepted for products: read it on the hub, "
            "and if it fits your use, say --accept-licence."
        )
    return said, not fit


def _take_in(model: OpenModel, folder: Path, listed: HubFile, known: HubFile | None) -> HubFile:
    """A fetched file as it is to be pinned, once it is what it should be; else it is removed and refused."""
    path = folder / listed.name
    found = HubFile(listed.name, path.stat().st_size, _hash(path))
    main = model.file == listed.name and model.sha256
    reasons = {
        "the registered one": bool(main) and found.sha256 != model.sha256,
        "the one pinned at the first pull": known is not None and found != known,
        "what the hub says it is": (listed.sha256 not in ("", found.sha256)) or listed.size not in (0, found.size),
    }
    for reason, wrong in reasons.items():
        if wrong:
            path.unlink()
            raise WeightsError(f"{listed.name} of {model.hub_id} is incomplete or not {reason}: its checksum differs.")
    return found


def _settle(model: OpenModel, partial: Path, row: Pinned) -> None:
    """Puts fetched files where they are loaded from, then pins them."""
    folder = _folder(model.hub_id)
    folder.mkdir(parents=True, exist_ok=True)
    for file in row.files:
        (partial / file.name).replace(folder / file.name)
    _remove(partial)
    rows = {**pinned(), model.hub_id: row}
    data = {"format": _FORMAT, "models": {hub_id: asdict(one) for hub_id, one in sorted(rows.items())}}
    write_bytes(models_home() / "models.json", (json.dumps(data, indent=1) + "\n").encode())


def _remove(folder: Path) -> None:
    import shutil

    shutil.rmtree(folder, ignore_errors=True)


def _problems(model: OpenModel, row: Pinned) -> list[str]:
    folder = _folder(model.hub_id)
    problems = []
    for file in row.files:
        path = folder / file.name
        registered = model.sha256 if model.file == file.name else ""
        if not path.is_file():
            problems.append(f"{file.name} of the model {model.hub_id} is missing.")
        elif path.stat().st_size != file.size:
            problems.append(f"{file.name} of the model {model.hub_id} is incomplete: {path}.")
        elif _hash(path) != file.sha256 or registered not in ("", file.sha256):
            problems.append(f"{file.name} of the model {model.hub_id} is not the one that was pinned: {path}.")
    return problems


def _hash(path: Path) -> str:
    """The file's checksum, computed once per process so long as it is not written to."""
    stat = path.stat()
    state_ = (stat.st_mtime_ns, stat.st_size)
    known = _hashes.get(path)
    if known is None or known[0] != state_:
        _hashes[path] = known = (state_, sha256_of(path))
    return known[1]


@contextlib.contextmanager
def _locked() -> Iterator[None]:
    models_home().mkdir(parents=True, exist_ok=True)
    with (models_home() / ".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield

"""Asking JSON and text files for what should be in them, with one clear sentence where it is not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from grounding.errors import BadInputError
from grounding.types import Floats

_LARGEST = 1e30
"""Numbers beyond it are no pixels, frames or seconds, and float32 could not hold them."""


def read_text(path: Path) -> str:
    """The text of a file.

    Raises:
        BadInputError: it is missing, unreadable or not text.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise BadInputError(f"{path}: no such file") from None
    except (OSError, UnicodeDecodeError) as problem:
        raise BadInputError(f"{path} cannot be read as text: {problem}") from problem


def read_json(path: Path) -> Entry:
    """The document in a JSON file. Raises BadInputError as `read_text`, and where the file is not JSON."""
    text = read_text(path)
    try:
        return Entry(json.loads(text), str(path))
    except json.JSONDecodeError as problem:
        raise BadInputError(f"{path}, line {problem.lineno}: this is not JSON ({problem.msg})") from problem


class Entry:
    """A value in a JSON document that knows where it stands; every question raises BadInputError on another answer."""

    __slots__ = ("_data", "_name", "_parent")

    def __init__(self, data: Any, name: str, parent: Entry | None = None) -> None:
        self._data = data
        self._name = name
        self._parent = parent

    @property
    def where(self) -> str:
        """The file and the way to this value, built only when there is something to complain of."""
        return self._name if self._parent is None else f"{self._parent.where}, {self._name}"

    def bad(self, message: str) -> BadInputError:
        """The error of this entry, to be raised."""
        return BadInputError(f"{self.where}: {message}")

    def has(self, name: str) -> bool:
        return isinstance(self._data, dict) and name in self._data

    def at(self, name: str) -> Entry:
        """The value of a field of an object."""
        if not isinstance(self._data, dict):
            raise self.bad(f"expected an object, got {_shown(self._data)}")
        if name not in self._data:
            raise self.bad(f"there is no field {name!r}")
        return Entry(self._data[name], name, self)

    def items(self) -> Iterator[tuple[str, Entry]]:
        """The fields of an object, in their order."""
        if not isinstance(self._data, dict):
            raise self.bad(f"expected an object, got {_shown(self._data)}")
        for name, value in self._data.items():
            yield name, Entry(value, name, self)

    def each(self) -> list[Entry]:
        """The elements of a list; the first is called entry 0."""
        if not isinstance(self._data, list):
            raise self.bad(f"expected a list, got {_shown(self._data)}")
        return [Entry(value, f"entry {i}", self) for i, value in enumerate(self._data)]

    def number(self) -> float:
        if not _is_number(self._data):
            raise self.bad(f"expected a number, got {_shown(self._data)}")
        return float(self._data)

    def positive(self) -> float:
        value = self.number()
        if value <= 0:
            raise self.bad(f"expected a number above 0, got {_shown(self._data)}")
        return value

    def integer(self, least: int | None = None) -> int:
        value = self.number()
        if not value.is_integer() or (least is not None and value < least):
            from_least = "" if least is None else f" of at least {least}"
            raise self.bad(f"expected a whole number{from_least}, got {_shown(self._data)}")
        return int(value)

    def text(self) -> str:
        if not isinstance(self._data, str):
            raise self.bad(f"expected text, got {_shown(self._data)}")
        return self._data

    def table(self, width: int) -> Floats:
        """A list of lists of `width` numbers as (N, width) float32."""
        rows = (
            self._data if self._is_table(width) else [[value.number() for value in row.each()] for row in self.each()]
        )
        for i, row in enumerate(rows):
            if len(row) != width:
                raise self.bad(f"entry {i} should hold {width} numbers, got {len(row)}")
        return np.array(rows, np.float32).reshape(-1, width)

    def _is_table(self, width: int) -> bool:
        """Whether `table` need not look at each number again to say which one is wrong; films have many boxes."""
        return isinstance(self._data, list) and all(
            isinstance(row, list) and len(row) == width and all(map(_is_number, row)) for row in self._data
        )


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and -_LARGEST < value < _LARGEST


def _shown(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 40 else f"{text[:37]}..."

"""Sets of tags as plain JSON: those that come with the program, and those that teams bring and take away.

{"name": "Football", "groups": [{"name": "Attack", "colour": "green", "tags": ["Goal", "Shot on target"]}]}
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Annotated, Final

from django.db import transaction
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from videosearch.library.models import Library
from videosearch.reels.models import Colour, Tag

FOLDER: Final = Path(__file__).parent / "tag_sets"
MOST_TAGS: Final = 200
MAX_BYTES: Final = 64 * 1024

# One line of 1 to 40 characters; control characters would not survive every export.
Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40, pattern=r"^[^\x00-\x1f\x7f]*$")
]


class Group(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, StringConstraints(strip_whitespace=True, max_length=40, pattern=r"^[^\x00-\x1f\x7f]*$")] = ""
    colour: Colour | None = None
    tags: list[Name] = Field(max_length=MOST_TAGS)


class TagSet(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Name
    groups: list[Group] = Field(max_length=50)


class TagSetError(ValueError):
    """A set that cannot be taken; `str(error)` is a sentence for people."""


@cache
def shipped() -> dict[str, TagSet]:
    """The sets that come with the program, by file name."""
    files = sorted(FOLDER.glob("*.json"))
    return {file.stem: TagSet.model_validate_json(file.read_text(encoding="utf-8")) for file in files}


def read(data: bytes) -> TagSet:
    """The set in a file somebody sent. Raises TagSetError."""
    if len(data) > MAX_BYTES:
        raise TagSetError(f"A file of tags may have {MAX_BYTES // 1024} kB.")
    try:
        return TagSet.model_validate_json(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        where = f" ({place}: {first['msg']})" if place else ""
        raise TagSetError(f"This is not a file of tags{where}. Download a set to see how one looks.") from None


def adopt(library: Library, wanted: TagSet) -> int:
    """Add the set's tags to the library's, leaving those that are there; how many are new. Raises TagSetError."""
    with transaction.atomic():
        Library.objects.select_for_update().get(pk=library.pk)  # two at once must not go over the limit
        there = set(library.tags.values_list("group", "name"))
        place = len(there)
        fresh = []
        for group in wanted.groups:
            for name in dict.fromkeys(group.tags):
                if (group.name, name) not in there:
                    there.add((group.name, name))
                    colour = group.colour or ""
                    fresh.append(Tag(library=library, group=group.name, name=name, colour=colour, position=place))
                    place += 1
        if place > MOST_TAGS:
            raise TagSetError(f"A library may have {MOST_TAGS} tags; with these it would have {place}.")
        Tag.objects.bulk_create(fresh)
    return len(fresh)


def of_library(library: Library) -> str:
    """The library's tags as such a file."""
    groups: dict[tuple[str, str], list[str]] = {}
    for tag in library.tags.all():
        groups.setdefault((tag.group, tag.colour), []).append(tag.name)
    listed = [{"name": name, "colour": colour or None, "tags": tags} for (name, colour), tags in groups.items()]
    return json.dumps({"name": library.name[:40], "groups": listed}, indent=2, ensure_ascii=False) + "\n"

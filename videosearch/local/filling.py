"""Generated rows into the product's own tables, by COPY, and what they take there."""

from __future__ import annotations

import json
import struct
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Final

from django.db import connection

from videosearch.local.generated import SHARES, VIDEO_ROWS, Generated
from videosearch.search.scope import Scope

_COLUMNS: Final = "library_id, version_id, video_id, track_id, second, box, terms, description, embedding"
_BOX: Final = struct.pack(">iiiii", 1, 0, 701, 4, 1) + struct.pack(">id", 8, 100.0) * 4
_AT_ONCE: Final = 20_000


def library_id(name: str) -> uuid.UUID:
    """ "100 %" names the library of all rows that are in no smaller one."""
    return uuid.uuid5(uuid.NAMESPACE_OID, f"library {name}")


def scope(name: str) -> Scope:
    from videosearch.indexing.models import IndexVersion

    names = list(SHARES) if name == "100 %" else [name]
    return Scope(tuple(library_id(one) for one in names), (IndexVersion.objects.get(key="generated").pk,))


def fill(generated: Generated, say: Callable[[str], None]) -> dict[str, float]:
    """Rows first, then the indexes; the seconds of each step. Nothing refers to them, nothing is checked."""
    from videosearch.indexing.models import IndexVersion, Observation

    version = IndexVersion.objects.create(key="generated", profile="embedded", active=True)
    seconds: dict[str, float] = {}
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        indexes = Observation._meta.indexes
        with connection.schema_editor() as editor:
            for index in indexes:
                editor.remove_index(Observation, index)
        began = time.perf_counter()
        with cursor.cursor.copy(f"COPY indexing_observation ({_COLUMNS}) FROM STDIN (FORMAT BINARY)") as copy:
            for part in _parts(generated, version.pk):
                copy.write(part)
        seconds["rows by COPY"] = round(time.perf_counter() - began, 1)
        say("rows are in")
        cursor.execute("SET max_parallel_maintenance_workers = 2")
        for index in indexes:
            began = time.perf_counter()
            with connection.schema_editor() as editor:
                editor.add_index(Observation, index)
            seconds[index.name] = round(time.perf_counter() - began, 1)
            say(f"{index.name} is built: {seconds[index.name]} s")
        cursor.execute("VACUUM ANALYZE indexing_observation")
    return seconds


def megabytes() -> dict[str, float]:
    """What the table and each of its indexes take on disk."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 'rows', pg_table_size('indexing_observation') UNION ALL "
            "SELECT indexname, pg_relation_size(indexname::regclass) FROM pg_indexes"
            " WHERE tablename = 'indexing_observation'"
        )
        return {str(name): round(int(size) / 1e6, 1) for name, size in cursor.fetchall()}


def _parts(generated: Generated, version: int) -> Iterator[bytes]:
    """The rows in the binary format of COPY."""
    yield b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0)
    libraries = [library_id(name).bytes for name in SHARES]
    said = [_said(one.terms, one.sentence) for one in generated.sayings]
    size = generated.vectors.shape[1]
    nine, head = struct.pack(">h", 9), struct.pack(">ihh", 4 + 2 * size, size, 0)
    for start in range(0, generated.rows, _AT_ONCE):
        vectors = generated.vectors[start : start + _AT_ONCE].astype(">f2")
        rows: list[bytes] = []
        for row, vector in enumerate(vectors, start):
            library, video = libraries[generated.library[row]], uuid.UUID(int=row // VIDEO_ROWS + 1).bytes
            track, second = generated.key_of(row)
            rows += (nine, _field(library), struct.pack(">iq", 8, version), _field(video))
            rows += (struct.pack(">iqii", 8, track, 4, second), _field(_BOX), said[generated.said[row]])
            rows += (head, vector.tobytes())
        yield b"".join(rows)
    yield struct.pack(">h", -1)


def _said(terms: dict[str, float], sentence: str) -> bytes:
    return _field(b"\x01" + json.dumps(terms).encode()) + _field(sentence.encode())


def _field(value: bytes) -> bytes:
    return struct.pack(">i", len(value)) + value

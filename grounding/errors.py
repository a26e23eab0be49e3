"""Everything `grounding` raises on purpose.

GroundingError
├── BadInputError       the caller's fault: one sentence a user can act on, exit status 2
│   ├── BadVideoError   a file that is not a usable video
│   └── BadQueryError   a query that cannot be asked
├── WeightsError        a weight is missing, incomplete or not the one registered
└── StoreError          an index folder is damaged or of another format
"""


class GroundingError(Exception):
    """Base of all expected errors; `str(error)` is one sentence for people."""


class BadInputError(GroundingError):
    """The input cannot be used; the message says why and what to do."""


class BadVideoError(BadInputError):
    """The file is not a video that can be read."""


class BadQueryError(BadInputError):
    """The query text cannot be understood as a query at all (empty, too long)."""


class WeightsError(GroundingError):
    """A weight is missing, incomplete, or its checksum is not the registered one."""


class StoreError(GroundingError):
    """An index folder is damaged or was written by another format version."""

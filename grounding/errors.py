"""Everything `grounding` raises on purpose.

GroundingError
├── BadInputError       the caller's fault: one sentence a user can act on, exit status 2
│   ├── BadVideoError   a file that is not a usable video
│   └── BadQueryError   a query that cannot be asked
├── WeightsError        a weight is missing, incomplete or not the one registered
│   └── HubError        the model hub cannot be reached or does not give the model, exit status 2
├── OutOfMemoryError    one picture alone is too much for the device
├── ModelError          a model that is asked in words does not answer
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


class HubError(WeightsError):
    """The model hub cannot be reached, or does not give what was asked for."""


class OutOfMemoryError(GroundingError):
    """A network needs more memory than the device has, even for the smallest piece of work."""


class ModelError(GroundingError):
    """A model that is asked in words gives no answer; the message is a part of a sentence that says why."""


class StoreError(GroundingError):
    """An index folder is damaged or was written by another format version."""

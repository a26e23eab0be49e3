"""How a handler ends other than by returning."""


class PermanentError(Exception):
    """Trying again cannot help. `str(error)` is the sentence the user reads."""


class LostLease(Exception):  # noqa: N818  # not an error of the handler's
    """Somebody else has the job now: stop, write nothing more."""


class Cancelled(Exception):  # noqa: N818
    """The job was cancelled: stop and clean up."""

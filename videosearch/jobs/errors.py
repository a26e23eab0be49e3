"""How a handler ends other than by returning."""


class PermanentError(Exception):
    """Trying again cannot help. `str(error)` is the sentence the user reads."""


class LostLease(Exception):  # noqa: N818  # not an error of the handler's
    """Somebody else has the job now: stop, write nothing more."""


class Cancelled(Exception):  # noqa: N818
    """The job was cancelled: stop and clean up."""


class Later(Exception):  # noqa: N818
    """Not now, through no fault of the job's: it waits and costs no attempt. `str(error)` is what the user reads."""

    def __init__(self, sentence: str, seconds: float) -> None:
        super().__init__(sentence)
        self.seconds = seconds


def no_space() -> Later:
    return Later("Waiting for room on the server's disk", 30)

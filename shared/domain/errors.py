"""What can go wrong, in words; `shared.web` and `shared.task` know which status each becomes.

The class tells whether trying again can help: `RetryLaterError` says when, every other one is final.
"""


class WorkLogError(Exception):
    """A deliberate failure; `code` is stable and for programs, the message is for people."""

    code = "error"


class InvalidError(WorkLogError):
    """The caller sent something that can't be taken; `fields` names what is at fault and says why."""

    code = "invalid_input"

    def __init__(
        self, message: str, *, field: str = "", fields: tuple[tuple[str, str], ...] = (), code: str = ""
    ) -> None:
        super().__init__(message)
        self.fields = fields or (((field, message),) if field else ())
        self.code = code or type(self).code


class InvalidStateError(WorkLogError):
    """The thing exists but is not in a state that allows this."""

    code = "invalid_state"


class UnauthenticatedError(WorkLogError):
    """Nobody we can name: no token, or one that does not hold."""

    code = "unauthenticated"


class StaleSignInError(UnauthenticatedError):
    """We know who it is, and what they ask for wants them to have signed in just now."""

    code = "recent_sign_in_required"


class ForbiddenError(WorkLogError):
    """We know who it is, and a role is missing."""

    code = "forbidden"


class NotFoundError(WorkLogError):
    """Absent, or somebody else's: the same answer for both. `what` is the kind of thing, never its id."""

    code = "not_found"

    def __init__(self, what: str) -> None:
        super().__init__(f"no such {what}")


class ConflictError(WorkLogError):
    """Somebody else changed the document between our reading and our writing; nothing was written."""

    code = "conflict"


class AlreadyExistsError(ConflictError):
    """A document under this derived id is there already; nothing was written."""


class RetryLaterError(WorkLogError):
    """Not now: `after` is the number of seconds to wait."""

    code = "try_later"

    def __init__(self, message: str, *, after: float = 10) -> None:
        super().__init__(message)
        self.after = after


class TooManyRequestsError(RetryLaterError):
    """This person asks too often."""

    code = "too_many_requests"


class ConfigurationError(WorkLogError):
    """A setting is missing or garbled; the message names it and never shows its value."""

    code = "configuration"


class TooLargeError(WorkLogError):
    """The body is larger than we read."""

    code = "too_large"


class UnsupportedMediaTypeError(WorkLogError):
    """The body is not JSON, or is packed."""

    code = "unsupported_media_type"

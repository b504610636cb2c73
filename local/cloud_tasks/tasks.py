"""What is a task: what does it send, and what has become of it?"""

import enum
from dataclasses import dataclass, field
from typing import Any

from local.cloud_tasks import targets
from local.cloud_tasks.connections import Request
from local.cloud_tasks.errors import code_of
from local.cloud_tasks.messages import Message, render, seconds_of, set_time
from local.cloud_tasks.settings import Retry, queue_id

METHODS = {1: "POST", 2: "GET", 3: "HEAD", 4: "PUT", 5: "DELETE", 6: "PATCH", 7: "OPTIONS"}  # as the API numbers them

_SERVER_ERROR = 500


class State(enum.StrEnum):
    """Where a task stands; the last three are for good."""

    SCHEDULED = "scheduled"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    VANISHED = "vanished"
    DELETED = "deleted"


@dataclass(frozen=True)
class Outcome:
    """How an attempt ended: the status (504 for a deadline, 503 for nobody there) and who says so."""

    status: int
    answered: bool
    retry_after: float = 0.0  # seconds
    detail: str = ""

    @property
    def succeeded(self) -> bool:
        """Any 2xx is a success."""
        return self.answered and self.status // 100 == 2  # noqa: PLR2004 -- the class of successes

    @property
    def words(self) -> str:
        """As Cloud Tasks puts it, `UNAVAILABLE(14): HTTP status code 503`."""
        if self.succeeded:
            return f"OK: HTTP status code {self.status}"
        code = code_of(self.status)
        reason = f"HTTP status code {self.status}" if self.answered else self.detail
        return f"{code.name}({code.number}): {reason}"


@dataclass
class Attempt:
    """One dispatch of a task; times in real seconds since 1970."""

    dispatched_at: float
    outcome: Outcome | None = None
    responded_at: float | None = None

    def end(self, outcome: Outcome, wall: float) -> None:
        """Write down how it ended."""
        self.outcome, self.responded_at = outcome, wall

    def report(self) -> dict[str, Any]:
        """As people see it."""
        outcome = self.outcome
        return {
            "dispatchedAt": self.dispatched_at,
            "respondedAt": self.responded_at,
            "status": outcome.status if outcome is not None and outcome.answered else None,
            "result": outcome.words if outcome is not None else None,
        }


@dataclass(eq=False)
class Task:
    """A task in a queue; `due`, `created` and `first_tried` are in the queue's clock."""

    message: Message
    due: float
    created: float
    retry: Retry | None = None  # its own rules, instead of the queue's
    state: State = State.SCHEDULED
    attempts: list[Attempt] = field(default_factory=list)
    duplicates: list[Attempt] = field(default_factory=list)
    first_tried: float = 0.0
    executions: int = 0
    ticket: int = 0

    @property
    def name(self) -> str:
        """The full name."""
        return str(self.message.name)

    @property
    def deadline(self) -> float:
        """Seconds a handler has to answer."""
        return seconds_of(self.message.dispatch_deadline)

    @property
    def account(self) -> tuple[str, str] | None:
        """The service account and audience of the token it carries."""
        if not self.message.http_request.HasField("oidc_token"):
            return None
        token = self.message.http_request.oidc_token
        return token.service_account_email, token.audience or self.message.http_request.url

    def begin(self, now: float, wall: float) -> Attempt:
        """Start an attempt."""
        if not self.attempts:
            self.first_tried = now
            set_time(self.message.first_attempt.dispatch_time, wall)
        attempt = Attempt(wall)
        self.attempts.append(attempt)
        self.state = State.RUNNING
        self.message.dispatch_count += 1
        self.message.last_attempt.Clear()
        self.message.last_attempt.schedule_time.CopyFrom(self.message.schedule_time)
        set_time(self.message.last_attempt.dispatch_time, wall)
        return attempt

    def end(self, attempt: Attempt, outcome: Outcome, wall: float) -> None:
        """Write down how an attempt ended."""
        attempt.end(outcome, wall)
        last = self.message.last_attempt
        set_time(last.response_time, wall)
        last.response_status.message = outcome.words
        if not outcome.succeeded:
            last.response_status.code = code_of(outcome.status).number
        self.message.response_count += outcome.answered
        self.executions += outcome.answered and outcome.status < _SERVER_ERROR

    def wait(self, due: float, wall: float) -> None:
        """Schedule it; `wall` is the time to show for it."""
        self.state, self.due = State.SCHEDULED, due
        set_time(self.message.schedule_time, wall)

    def request(self) -> Request:
        """What its present attempt sends, all but a token.

        The headers follow https://cloud.google.com/tasks/docs/creating-http-target-tasks#handler and what the real
        thing was seen to send: an answer in the 5xx range doesn't count as an execution, a missed deadline is told
        as 504, and the reason to retry is there but empty.
        """
        sent = self.message.http_request
        eta = self.message.schedule_time.ToMicroseconds() / 1e6
        headers = targets.forwarded(sent.headers) | {
            "User-Agent": targets.USER_AGENT,
            "X-CloudTasks-QueueName": self.name.split("/")[5],
            "X-CloudTasks-TaskName": queue_id(self.name),
            "X-CloudTasks-TaskRetryCount": str(len(self.attempts) - 1),
            "X-CloudTasks-TaskExecutionCount": str(self.executions),
            "X-CloudTasks-TaskETA": f"{eta:.6f}",
        }
        previous = self.attempts[-2].outcome if len(self.attempts) > 1 else None
        if previous is not None:
            headers["X-CloudTasks-TaskPreviousResponse"] = str(previous.status)
            headers["X-CloudTasks-TaskRetryReason"] = ""
        return Request(targets.parse_target(sent.url), METHODS[sent.http_method], headers, sent.body or None)

    def report(self) -> dict[str, Any]:
        """What people look at: state, attempts and how the last one ended."""
        shown = render(self.message)
        ended = [attempt.outcome for attempt in self.attempts if attempt.outcome is not None]
        return {
            "name": self.name,
            "state": self.state.value,
            "url": self.message.http_request.url,
            "scheduleTime": shown["scheduleTime"],
            "lastStatus": ended[-1].status if ended and ended[-1].answered else None,
            "lastResult": ended[-1].words if ended else None,
            "attempts": [attempt.report() for attempt in self.attempts],
            "duplicates": [attempt.report() for attempt in self.duplicates],
        }

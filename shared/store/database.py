"""Firestore through Google's client: reads, queries, and commits that are all or nothing.

Every call carries its own deadline: a dead peer would hold a thread for ever, and the client by itself goes on
trying a commit for a minute.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, TypeAlias, TypeVar, cast

from google.api_core import exceptions
from google.api_core.retry import Retry, if_exception_type
from google.cloud.firestore import Client, DocumentReference, DocumentSnapshot, Query

from shared.domain.errors import AlreadyExistsError, ConflictError, InvalidError, RetryLaterError
from shared.domain.ledger import LedgerHead, timestamp
from shared.logging import log

T = TypeVar("T")
Snapshot: TypeAlias = DocumentSnapshot[Any]
TIMEOUT = 10.0
_TRY_AGAIN = Retry(
    predicate=if_exception_type(exceptions.ServiceUnavailable), initial=0.1, maximum=2.0, timeout=TIMEOUT
)


@dataclass(frozen=True)
class Anchor:
    """The head of a subject's ledger after a commit: logged, so that the log can testify against the store.

    `owner_id` is whose subject it is, `since` when it came to be, `changed` when it was changed.
    """

    subject: str
    head: LedgerHead
    owner_id: str
    since: datetime
    changed: datetime

    def line(self, committed: datetime) -> dict[str, str | int]:
        """What the log is told."""
        times = {"since": self.since, "changed": self.changed, "at": committed}
        told = {name: timestamp(moment) for name, moment in times.items()}
        return {
            "subject": self.subject,
            "count": self.head.count,
            "head": self.head.head,
            "owner": self.owner_id,
            **told,
        }


@dataclass(frozen=True)
class Write:
    """One document's part in a commit; `unchanged_since` is the update time that it must still have."""

    kind: Literal["create", "replace", "put", "delete"]
    reference: DocumentReference
    fields: dict[str, Any] | None = None
    unchanged_since: datetime | None = None
    anchor: Anchor | None = None


class Database:
    """One Firestore database; safe to share between threads.

    Where it is given a moment, everything is read as it was then, whatever is written meanwhile.
    https://firebase.google.com/docs/firestore/understand-reads-writes-scale#stale_reads
    """

    def __init__(self, client: Client, as_of: datetime | None = None) -> None:
        self._client = client
        self.as_of = as_of

    def at_once(self, reference: DocumentReference) -> "Database":
        """The same database as it is now and stays; one read, of whatever document, asks it for the time."""
        moment = self.read(reference).read_time
        return Database(self._client, datetime.combine(moment.date(), moment.time(), UTC))

    def reference(self, *path: str) -> DocumentReference:
        """The document at `path`, whose ids the caller has checked."""
        return self._client.document(*path)

    def collection(self, *path: str) -> Any:  # noqa: ANN401  # the client is untyped here
        """The collection at `path`, to be queried."""
        return self._client.collection(*path)

    def read(self, reference: DocumentReference) -> Snapshot:
        """The document as it is now, existing or not."""
        with _our_errors():
            return reference.get(retry=_TRY_AGAIN, timeout=TIMEOUT, read_time=self.as_of)

    def read_all(self, references: Sequence[DocumentReference]) -> list[Snapshot]:
        """The documents as they are now, existing or not, in any order, by one call."""
        if not references:
            return []
        with _our_errors():
            found = self._client.get_all(list(references), retry=_TRY_AGAIN, timeout=TIMEOUT, read_time=self.as_of)
            return list(found)

    def run(self, query: Query) -> list[Snapshot]:
        """All that the query finds; the caller has limited it."""
        with _our_errors():
            return list(query.stream(retry=_TRY_AGAIN, timeout=TIMEOUT, read_time=self.as_of))

    def total(self, query: Query) -> int:
        """How many documents the query finds, counted by the database: one read for each thousand."""
        counting: Any = query.count()  # typed wrongly
        with _our_errors():
            ((result,),) = counting.get(retry=_TRY_AGAIN, timeout=TIMEOUT, read_time=self.as_of)
        return int(result.value)

    def commit(self, writes: Sequence[Write]) -> datetime:
        """Make all the writes or none; returns the update time that they share.

        Raises `AlreadyExistsError` or `ConflictError` when a precondition does not hold, `RetryLaterError` when
        the database does not answer. After a lost answer the client repeats the commit by itself, so either
        conflict may be the caller's own write: read again before blaming somebody else.
        """
        batch = self._client.batch()
        for write in writes:
            self._add(batch, write)
        with _our_errors():
            results = batch.commit(retry=_TRY_AGAIN, timeout=TIMEOUT)
        committed = cast("datetime", results[-1].update_time)
        for write in writes:
            if write.anchor:
                log.info("ledger_anchor", **write.anchor.line(committed))
        return committed

    def count(self, reference: DocumentReference, fields: dict[str, Any]) -> int:
        """Merge `fields`, one of which is an increment, into a document; returns what the increment came to."""
        with _our_errors():
            result = reference.set(fields, merge=True, retry=_TRY_AGAIN, timeout=TIMEOUT)
        return int(result.transform_results[0].integer_value)

    def _add(self, batch: Any, write: Write) -> None:  # noqa: ANN401
        unchanged = write.unchanged_since
        option = self._client.write_option(last_update_time=unchanged) if unchanged else None
        if write.kind == "create":
            batch.create(write.reference, write.fields)
        elif write.kind == "replace":
            batch.update(write.reference, write.fields, option=option)
        elif write.kind == "put":
            batch.set(write.reference, write.fields)
        else:
            batch.delete(write.reference, option=option)


def until_settled(attempt: Callable[[], T], *, tries: int = 5) -> T:
    """`attempt` again while somebody else's write comes between; `RetryLaterError` when it never settles."""
    for _ in range(tries):
        try:
            return attempt()
        except ConflictError:
            continue
    raise RetryLaterError("others keep changing this", after=1)


@contextmanager
def _our_errors() -> Iterator[None]:
    """Google's exceptions as ours; what is neither passes, it is a bug."""
    try:
        yield
    except exceptions.AlreadyExists as error:
        raise AlreadyExistsError("exists already") from error
    except (exceptions.FailedPrecondition, exceptions.NotFound) as error:
        raise ConflictError("changed meanwhile") from error
    except exceptions.Aborted as error:
        raise ConflictError("contended") from error
    except exceptions.InvalidArgument as error:
        raise InvalidError("can't be stored", code="not_storable") from error
    except (exceptions.GoogleAPICallError, exceptions.RetryError) as error:
        raise RetryLaterError("the database does not answer") from error

"""Routes by type: a handler says what it takes and returns, and that is checked, and documented, by spectree.

A handler's parameters are its path's ids, `body`, `query` and `headers` (models), `actor` and `services`; it asks for
those it needs. It returns a model. Every route is for a signed-in person.
"""

import inspect
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from http import HTTPStatus
from itertools import islice
from typing import Any, Generic, TypeVar, get_args, get_origin, get_type_hints

from flask import Request, Response, g, make_response, request
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel
from spectree import Response as Documented
from spectree import SpecTree

from shared.domain.errors import InvalidError, NotFoundError
from shared.domain.ids import is_id
from shared.logging import bind
from shared.web import problem
from shared.web.app import App, services_of_request
from shared.web.body import parse
from shared.web.file import InFileTypes, as_accepted
from shared.web.stream import Streamed, stream_answer

M = TypeVar("M", bound=BaseModel)
Refusals = tuple[HTTPStatus, ...]
_IDS = re.compile(r"<(\w+)>")
_TAKING = ("POST", "PUT")
_MOST_FIELDS, _LONGEST_NAME = 20, 100


def _without_default(schema: dict[str, Any]) -> None:
    schema.pop("default", None)


MAY_BE_ABSENT = Field(json_schema_extra=_without_default)
"""For a member that a caller may leave out and may not set to null; its default, empty, is not for the document."""


class Strict(BaseModel):
    """What a caller sends: camelCase, exact types, nothing we do not know."""

    model_config = ConfigDict(
        alias_generator=to_camel, extra="forbid", strict=True, frozen=True, hide_input_in_errors=True
    )


class SentHeaders(BaseModel):
    """Headers that a handler reads, by their own names; it is sent many more."""

    model_config = ConfigDict(extra="ignore", strict=True, frozen=True, hide_input_in_errors=True)


class Shown(BaseModel):
    """What we answer: camelCase."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, frozen=True, from_attributes=True, extra="ignore"
    )


@dataclass(frozen=True)
class Idempotent(Generic[M]):
    """The answer of a route that may be called twice for one thing: 200 where it was there already."""

    answer: M
    is_new: bool


Result = BaseModel | Idempotent[Any] | Streamed[Any]
Handler = TypeVar("Handler", bound=Callable[..., Result])


class NoQuery(Strict):
    """A route that takes no query parameters."""


class FieldProblem(Shown):
    """A member at fault and what is wrong with it."""

    field: str
    message: str


class Problem(Shown):
    """RFC 9457's problem document; `code` is stable."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    errors: list[FieldProblem] | None = None


class TypedApp(App):
    """An `App` for people: typed routes under Firebase sign-in; `thing` is what the ids in its paths name.

    Where it `governs`, whoever changes something is looked up: a revoked token and a disabled account change nothing.
    """

    def __init__(self, name: str, *, thing: str, needs: tuple[str, ...] = (), governs: bool = False) -> None:
        super().__init__(name, needs=("sign_in", *needs))
        self._thing = thing
        self._governs = governs
        self.file_types: dict[str, Sequence[str]] = {}
        self.spec = SpecTree(
            "flask",
            before=_refuse_invalid,
            after=_refuse_garbled,
            validation_error_status=int(HTTPStatus.BAD_REQUEST),
            validation_error_model=Problem,
            annotations=False,
            naming_strategy=lambda model: _schema_name(model.__name__),
            nested_naming_strategy=lambda _parent, child: _schema_name(child),
        )

    def get(self, path: str, *, also: Refusals = ()) -> Callable[[Handler], Handler]:
        """Register a handler that reads; `also` are statuses that it may answer and others of its kind do not."""
        return self._register("GET", path, HTTPStatus.OK, also)

    def post(
        self, path: str, *, status: HTTPStatus = HTTPStatus.OK, also: Refusals = ()
    ) -> Callable[[Handler], Handler]:
        """Register a handler that creates or decides."""
        return self._register("POST", path, status, also)

    def put(self, path: str) -> Callable[[Handler], Handler]:
        """Register a handler that changes."""
        return self._register("PUT", path, HTTPStatus.OK)

    def delete(self, path: str, *, status: HTTPStatus = HTTPStatus.OK) -> Callable[[Handler], Handler]:
        """Register a handler that removes."""
        return self._register("DELETE", path, status)

    def _register(self, verb: str, path: str, status: HTTPStatus, also: Refusals = ()) -> Callable[[Handler], Handler]:
        def register(handler: Handler) -> Handler:
            ids = dict.fromkeys(_IDS.findall(path), f"The id of the {self._thing}")
            self.add(verb, path, self._view(handler, verb, ids, status, also=also))
            return handler

        return register

    def _view(
        self,
        handler: Callable[..., Result],
        verb: str,
        ids: Mapping[str, str],
        status: HTTPStatus,
        *,
        also: Refusals,
    ) -> Callable[..., Response]:
        hints = get_type_hints(handler)
        also = (*also, HTTPStatus.NOT_FOUND) if ids else also
        answers, statuses = _answer_of(hints["return"], status)
        names = frozenset(inspect.signature(handler).parameters)
        if issubclass(answers, InFileTypes):
            self.file_types[to_camel(handler.__name__)] = answers.FILE_TYPES

        # spectree reads the docstring and the name for the document.
        def validated(**arguments: Any) -> Response:  # noqa: ANN401  # the handler's own
            given = request.context  # type: ignore[attr-defined]  # where spectree leaves what it read
            result = handler(**arguments, **_present(names, body=given.json, query=given.query, headers=given.headers))
            answered = status
            if isinstance(result, Idempotent):
                answered, result = status if result.is_new else HTTPStatus.OK, result.answer
            g.result = result
            if isinstance(result, Streamed):  # spectree would read the answer whole to check it: it gets none
                return make_response("", HTTPStatus.NO_CONTENT)
            content = result.model_dump_json(by_alias=True, exclude_none=True)
            return make_response(content, answered, {"Content-Type": "application/json"})

        validated.__name__, validated.__doc__ = handler.__name__, handler.__doc__
        check = self.spec.validate(
            json=hints.get("body"),
            query=hints.get("query", NoQuery),
            headers=hints.get("headers"),
            resp=Documented(
                **_answers(answers, statuses, verb, also=(*also, *((HTTPStatus.NOT_FOUND,) if ids else ())))
            ),
            tags=(self.name,),
            security={"firebase": []},
            path_parameter_descriptions=ids,
            operation_id=to_camel(handler.__name__),
            skip_validation=False,
        )
        checked = check(validated)

        @wraps(checked)
        def view(**ids: str) -> Response:
            services = services_of_request()
            actor = services.sign_in.actor(request.headers.get("Authorization"))
            bind(actor=actor.id)
            if self._governs and verb != "GET":
                services.accounts.check(actor.id, signed_in_at=actor.signed_in_at)
            if not all(map(is_id, ids.values())):
                raise NotFoundError(self._thing)
            if "body" in names:
                _read_json(request)
            elif verb in _TAKING and request.get_data():
                _refuse_fields(_read_json(request))
            answer: Response = checked(**ids, **_present(names, actor=actor, services=services))
            return stream_answer(g.result, status) if isinstance(g.result, Streamed) else as_accepted(answer, g.result)

        return view


def _present(names: frozenset[str], **values: Any) -> dict[str, Any]:  # noqa: ANN401
    """Those of the values that the handler asks for."""
    return {name: value for name, value in values.items() if name in names}


def _schema_name(name: str) -> str:
    """What a model is called in the document: our word for an answer's model is of no use to its reader."""
    return name.removesuffix("Shown")


def _read_json(incoming: Request) -> Mapping[str, Any]:
    """Refuse what spectree would take for JSON: forms, duplicate keys, malformed text as an empty object."""
    return parse(
        incoming.get_data(),
        content_type=incoming.mimetype,
        content_encoding=incoming.headers.get("Content-Encoding", ""),
    )


def _refuse_fields(given: Mapping[str, Any]) -> None:
    """A route that takes no fields takes an empty object: what else it is sent would be lost without a word."""
    if given:
        raise InvalidError("this takes no fields", fields=_named((name, "is not taken here") for name in given))


def _refuse_invalid(
    _request: object, _response: object, error: Exception | None, _instance: object, _adapter: object
) -> None:
    """Name every field at fault, without repeating what was sent."""
    if isinstance(error, ValidationError):
        found = [(each["loc"], each["msg"].removeprefix("Value error, ")) for each in error.errors(include_input=False)]
        whole = next((message for place, message in found if not place), "some fields can't be taken")
        fields = ((".".join(map(str, place)), message) for place, message in found if place)
        raise InvalidError(whole, fields=_named(fields))


def _named(fields: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """The first of the fields at fault, their names cut: a caller may have sent thousands, and long ones."""
    return tuple((name[:_LONGEST_NAME], message) for name, message in islice(fields, _MOST_FIELDS))


def _refuse_garbled(
    _request: object, _response: object, error: Exception | None, _instance: object, _adapter: object
) -> None:
    """Let an answer that is not of its model be the bug it is; spectree would show it to the caller."""
    if error is not None:
        raise error


def _answer_of(returned: Any, status: HTTPStatus) -> tuple[type[BaseModel], tuple[HTTPStatus, ...]]:  # noqa: ANN401
    """The model that a handler answers with, and the statuses that it may have."""
    if get_origin(returned) is Idempotent:
        return get_args(returned)[0], (status, HTTPStatus.OK)
    if get_origin(returned) is Streamed:
        return get_args(returned)[0], (status,)
    return returned, (status,)


def _answers(
    model: type[BaseModel], statuses: tuple[HTTPStatus, ...], verb: str, *, also: Refusals
) -> Mapping[str, Any]:
    """The answers that a route may give, for the document; a list is never absent."""
    refused = [HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.SERVICE_UNAVAILABLE]
    refused += also
    if verb in _TAKING:
        refused += [
            HTTPStatus.NOT_FOUND,
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            HTTPStatus.TOO_MANY_REQUESTS,
        ]
    problems = {f"HTTP_{int(each)}": (Problem, problem.STATUS_WORDS[each]) for each in refused}
    said = (model.__doc__ or "").splitlines()[0].removesuffix(".")
    return {**{f"HTTP_{int(each)}": (model, said) for each in statuses}, **problems}

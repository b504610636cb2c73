"""Routes by type: a handler says what it takes and returns, and that is checked, and documented, by spectree.

A handler's parameters are its path's ids, `body` and `query` (models), `actor` and `services`; it asks for those
it needs. It returns a model. Every route is for a signed-in person.
"""

import inspect
from collections.abc import Callable, Mapping
from functools import wraps
from http import HTTPStatus
from typing import Any, TypeVar, get_type_hints

from flask import Request, Response, make_response, request
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel
from spectree import Response as Documented
from spectree import SpecTree

from shared.domain.errors import InvalidError, NotFoundError
from shared.domain.ids import is_id
from shared.logging import bound
from shared.web import problem
from shared.web.app import App, services_of_request
from shared.web.body import parse

Handler = TypeVar("Handler", bound=Callable[..., BaseModel])


class Strict(BaseModel):
    """What a caller sends: camelCase, exact types, nothing we do not know."""

    model_config = ConfigDict(
        alias_generator=to_camel, extra="forbid", strict=True, frozen=True, hide_input_in_errors=True
    )


class Shown(BaseModel):
    """What we answer: camelCase."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, frozen=True, from_attributes=True, extra="ignore"
    )


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
    """An `App` for people: typed routes under Firebase sign-in; `thing` is what the ids in its paths name."""

    def __init__(self, name: str, *, thing: str, needs: tuple[str, ...] = ()) -> None:
        super().__init__(name, needs=("sign_in", *needs))
        self._thing = thing
        self.spec = SpecTree(
            "flask",
            before=_refuse_invalid,
            validation_error_status=int(HTTPStatus.BAD_REQUEST),
            validation_error_model=Problem,
            annotations=False,
            naming_strategy=lambda model: model.__name__,
            nested_naming_strategy=lambda _parent, child: child,
        )

    def get(self, path: str) -> Callable[[Handler], Handler]:
        """Register a handler that reads."""
        return self._register("GET", path, HTTPStatus.OK)

    def post(self, path: str, *, status: HTTPStatus = HTTPStatus.OK) -> Callable[[Handler], Handler]:
        """Register a handler that creates or decides."""
        return self._register("POST", path, status)

    def put(self, path: str) -> Callable[[Handler], Handler]:
        """Register a handler that changes."""
        return self._register("PUT", path, HTTPStatus.OK)

    def delete(self, path: str) -> Callable[[Handler], Handler]:
        """Register a handler that removes."""
        return self._register("DELETE", path, HTTPStatus.OK)

    def _register(self, verb: str, path: str, status: HTTPStatus) -> Callable[[Handler], Handler]:
        def register(handler: Handler) -> Handler:
            self.add(verb, path, self._view(handler, status))
            return handler

        return register

    def _view(self, handler: Callable[..., BaseModel], status: HTTPStatus) -> Callable[..., Response]:
        hints = get_type_hints(handler)
        names = frozenset(inspect.signature(handler).parameters)

        # spectree reads the docstring and the name for the document.
        def validated(**arguments: Any) -> Response:  # noqa: ANN401  # the handler's own
            given = request.context  # type: ignore[attr-defined]  # where spectree leaves what it read
            result = handler(**arguments, **_present(names, body=given.json, query=given.query))
            content = result.model_dump_json(by_alias=True, exclude_none=True)
            return make_response(content, status, {"Content-Type": "application/json"})

        validated.__name__, validated.__doc__ = handler.__name__, handler.__doc__
        check = self.spec.validate(
            json=hints.get("body"),
            query=hints.get("query", NoQuery),
            resp=Documented(**_answers(hints["return"], status, has_body="body" in names)),
            tags=(self.name,),
            security={"firebase": []},
            skip_validation=False,
        )
        checked = check(validated)

        @wraps(checked)
        def view(**ids: str) -> Response:
            services = services_of_request()
            actor = services.sign_in.actor(request.headers.get("Authorization"))
            if not all(map(is_id, ids.values())):
                raise NotFoundError(self._thing)
            if "body" in names:
                _require_json(request)
            with bound(actor=actor.id):
                answer: Response = checked(**ids, **_present(names, actor=actor, services=services))
            return answer

        return view


def _present(names: frozenset[str], **values: Any) -> dict[str, Any]:  # noqa: ANN401
    """Those of the values that the handler asks for."""
    return {name: value for name, value in values.items() if name in names}


def _require_json(incoming: Request) -> None:
    """Refuse what spectree would take for JSON: forms, duplicate keys, malformed text as an empty object."""
    parse(
        incoming.get_data(),
        content_type=incoming.mimetype,
        content_encoding=incoming.headers.get("Content-Encoding", ""),
    )


def _refuse_invalid(
    _request: object, _response: object, error: Exception | None, _instance: object, _adapter: object
) -> None:
    """Name every field at fault, without repeating what was sent."""
    if isinstance(error, ValidationError):
        fields = tuple((".".join(map(str, each["loc"])), each["msg"]) for each in error.errors(include_input=False))
        raise InvalidError("some fields can't be taken", fields=fields)


def _answers(model: type[BaseModel], status: HTTPStatus, *, has_body: bool) -> Mapping[str, Any]:
    """The answers that a route may give, for the document; which problems each can meet is the same for all."""
    refused = [HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.NOT_FOUND, HTTPStatus.SERVICE_UNAVAILABLE]
    if has_body:
        refused += [HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNSUPPORTED_MEDIA_TYPE]
    problems = {f"HTTP_{int(each)}": (Problem, problem.STATUS_WORDS[each]) for each in refused}
    return {f"HTTP_{int(status)}": model, **problems}

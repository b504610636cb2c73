"""Which answer does each error become?"""

import json
from http import HTTPStatus

import pytest
from werkzeug.exceptions import BadRequest, HTTPException, MethodNotAllowed, NotFound, RequestTimeout

from shared.domain import errors
from shared.web import problem

# What no caller can mend, and so is answered as any bug is: come again later.
OURS = {errors.WorkLogError, errors.ConflictError, errors.AlreadyExistsError, errors.ConfigurationError}


class TestStatuses:
    def test_are_given_to_every_error_that_a_caller_can_meet(self) -> None:
        every = {each for each in vars(errors).values() if isinstance(each, type)}
        forgotten = {each.__name__ for each in every - set(problem.STATUSES) - OURS}
        assert not forgotten, f"give {forgotten} a status in shared/web/problem.py, or name them in OURS here"

    def test_are_explained_in_the_document(self) -> None:
        assert set(problem.STATUSES.values()) <= set(problem.STATUS_WORDS)

    def test_are_never_an_internal_error(self) -> None:
        assert HTTPStatus.INTERNAL_SERVER_ERROR not in problem.STATUSES.values()

    def test_go_with_codes_that_are_told_apart(self) -> None:
        codes = [each.code for each in problem.STATUSES]
        assert len(codes) == len(set(codes))


class TestProblem:
    def test_has_the_members_of_the_standard_and_no_more(self) -> None:
        response = problem.of_error(errors.NotFoundError("repository"))
        assert response.mimetype == "application/problem+json"
        assert json.loads(response.data) == {
            "type": "about:blank",
            "title": "Not Found",
            "status": 404,
            "code": "not_found",
            "detail": "no such repository",
        }

    def test_names_the_fields_at_fault(self) -> None:
        response = problem.of_error(errors.InvalidError("no", fields=(("a.0", "too long"), ("b", "missing"))))
        assert json.loads(response.data)["errors"] == [
            {"field": "a.0", "message": "too long"},
            {"field": "b", "message": "missing"},
        ]
        assert json.loads(problem.of_error(errors.InvalidError("no", field="a")).data)["errors"][0]["field"] == "a"
        assert "errors" not in json.loads(problem.of_error(errors.InvalidError("no")).data)

    def test_has_a_code_of_its_own_where_the_error_has(self) -> None:
        response = problem.of_error(errors.InvalidError("no", code="idempotency_mismatch"))
        assert (response.status_code, json.loads(response.data)["code"]) == (400, "idempotency_mismatch")

    @pytest.mark.parametrize(("after", "header"), [(0.2, "1"), (1, "1"), (59.01, "60"), (3600, "3600")])
    def test_says_when_to_come_again(self, after: float, header: str) -> None:
        for error in (errors.RetryLaterError("no", after=after), errors.TooManyRequestsError("no", after=after)):
            assert problem.of_error(error).headers["Retry-After"] == header

    def test_says_how_to_sign_in(self) -> None:
        assert problem.of_error(errors.UnauthenticatedError("no")).headers["WWW-Authenticate"] == "Bearer"

    def test_keeps_its_text_inside_the_json(self) -> None:
        response = problem.of_error(errors.InvalidError('"}\r\nSet-Cookie: a=b\u2028</script>', field="\n"))
        assert json.loads(response.data)["detail"] == '"}\r\nSet-Cookie: a=b\u2028</script>'
        assert b"\n" not in response.data
        assert "Set-Cookie" not in response.headers


class TestRoutingErrors:
    @pytest.mark.parametrize(
        ("error", "status", "code"),
        [
            (NotFound("what /api/secret says"), 404, "not_found"),
            (MethodNotAllowed(["GET", "HEAD"]), 405, "method_not_allowed"),
            (BadRequest("what the caller says"), 400, "bad_request"),
            (RequestTimeout(), 408, "bad_request"),
            (HTTPException(), 404, "bad_request"),
        ],
        ids=str,
    )
    def test_are_problems_in_words_of_ours(self, error: HTTPException, status: int, code: str) -> None:
        response = problem.of_http(error)
        body = json.loads(response.data)
        assert (response.status_code, response.mimetype) == (status, "application/problem+json")
        assert body["status"] == status
        assert body["code"] in (code, "not_found")
        assert "says" not in body["detail"]

    def test_name_the_verbs_that_are_there(self) -> None:
        assert problem.of_http(MethodNotAllowed(["GET", "HEAD"])).headers["Allow"] == "GET, HEAD"

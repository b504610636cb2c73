"""Which pages may call on a person's behalf: those that are named, to the letter, and by bearer token alone."""

import pytest
from werkzeug.test import TestResponse

from tests.api import HEADERS, Operation, people
from tests.deliveries import PATH
from tests.deployment import ORIGIN, Deployment

SECOND = "http://localhost:8080"
OTHERS = {
    "none": None,
    "empty": "",
    "null": "null",
    "everybody": "*",
    "another": "https://sample.invalid",
    "a subdomain": "https://a.app.sample.invalid",
    "a parent": "https://sample.invalid",
    "a shorter host": "https://app.sample.in",
    "a longer host": "https://app.sample.invalid.evil.invalid",
    "a host before it": "https://evilapp.sample.invalid",
    "user information": "https://app.sample.invalid@evil.invalid",
    "no TLS": "http://app.sample.invalid",
    "a port": "https://app.sample.invalid:443",
    "another port": "http://localhost:80801",
    "capitals": "https://App.Sample.Invalid",
    "a slash": f"{ORIGIN}/",
    "a path": f"{ORIGIN}/page",
    "a dot": f"{ORIGIN}.",
    "a space": f" {ORIGIN}",
    "two": f"{ORIGIN},{SECOND}",
    "two with a space": f"{ORIGIN} {SECOND}",
    "part of the list": "https://app.sample.invalid,http",
    "look-alike": "https://аpp.sample.invalid",
}
NEVER = ("Access-Control-Allow-Credentials", "Set-Cookie", "Server-Timing", "X-Powered-By")
# Kinds of answers: how to ask for them, and the status.
KINDS = {
    "unauthenticated": ("assets", "GET", "/api/assets/inbox", 401),
    "unknown path": ("assets", "GET", "/api/assets/a/b/c", 404),
    "twice a slash": ("assets", "POST", "/api/assets//approve", 404),
    "wrong verb": ("assets", "DELETE", "/api/assets/inbox", 405),
    "unheard verb": ("assets", "BREW", "/api/assets/inbox", 405),
    "head": ("assets", "HEAD", "/api/assets/inbox", 401),
    "root": ("assets", "GET", "/", 404),
    "preflight": ("assets", "OPTIONS", "/api/assets/inbox", 204),
    "preflight of nothing": ("assets", "OPTIONS", "/api/assets/a/b/c", 404),
    "unsigned delivery": ("webhooks", "POST", PATH, 401),
    "task without a token": ("pr_event_processor", "POST", "/api/tasks/pr-event-processor", 401),
}


@pytest.fixture
def allowing(deployment: Deployment) -> Deployment:
    """A deployment in which pages of two origins may call."""
    for function in ("assets", "repositories"):
        deployment.function(function, ALLOWED_ORIGINS=f"{ORIGIN},{SECOND}")
    return deployment


def preflight(deployment: Deployment, operation: Operation, origin: str | None) -> TestResponse:
    headers = {"Access-Control-Request-Method": operation.verb, "Access-Control-Request-Headers": "authorization"}
    if origin is not None:
        headers["Origin"] = origin
    return deployment.function(operation.function).options(operation.at(), headers=headers)


def permissions(answer: TestResponse) -> dict[str, str]:
    return {name: value for name, value in answer.headers if name.startswith("Access-Control-")}


class TestOrigin:
    @pytest.mark.parametrize("origin", OTHERS.values(), ids=OTHERS.keys())
    def test_that_is_not_named_to_the_letter_gets_no_permission(self, origin: str | None, allowing: Deployment) -> None:
        headers = allowing.bearer("ada") | ({} if origin is None else {"Origin": origin})
        answer = allowing.function("assets").get("/api/assets/inbox", headers=headers)
        assert answer.status_code == 200
        assert permissions(answer) == {}
        for operation in people():
            answer = preflight(allowing, operation, origin)
            assert answer.status_code == 204
            assert permissions(answer) == {}

    @pytest.mark.parametrize("origin", [ORIGIN, SECOND])
    def test_that_is_named_may_read_the_answer(self, origin: str, allowing: Deployment) -> None:
        headers = allowing.bearer("ada") | {"Origin": origin}
        answer = allowing.function("assets").get("/api/assets/inbox", headers=headers)
        assert permissions(answer) == {
            "Access-Control-Allow-Origin": origin,
            "Access-Control-Expose-Headers": "Retry-After, Content-Disposition",
        }

    def test_is_nobodys_where_none_is_named(self, deployment: Deployment) -> None:
        client = deployment.function("assets", ALLOWED_ORIGINS="")
        for origin in (ORIGIN, "", "null"):
            answer = client.get("/api/assets/inbox", headers={"Origin": origin})
            assert permissions(answer) == {}

    def test_is_no_sign_in(self, allowing: Deployment) -> None:
        answer = allowing.function("assets").get("/api/assets/inbox", headers={"Origin": ORIGIN})
        assert answer.status_code == 401
        assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN

    def test_is_no_sign_in_with_a_cookie_either(self, allowing: Deployment) -> None:
        token = allowing.bearer("ada")["Authorization"].partition(" ")[2]
        headers = {"Origin": ORIGIN, "Cookie": f"session={token}; Authorization={token}; __session={token}"}
        assert allowing.function("assets").get("/api/assets/inbox", headers=headers).status_code == 401


class TestPreflight:
    @pytest.mark.parametrize("operation", people(), ids=lambda each: each.id)
    def test_is_answered_before_sign_in_for_every_operation(self, operation: Operation, allowing: Deployment) -> None:
        answer = preflight(allowing, operation, ORIGIN)
        assert (answer.status_code, answer.data) == (204, b"")
        granted = permissions(answer)
        assert granted.keys() == {
            "Access-Control-Allow-Origin",
            "Access-Control-Allow-Methods",
            "Access-Control-Allow-Headers",
            "Access-Control-Max-Age",
        }
        assert granted["Access-Control-Allow-Origin"] == ORIGIN
        assert operation.verb in granted["Access-Control-Allow-Methods"].split(", ")
        assert granted["Access-Control-Allow-Headers"] == "Authorization, Content-Type, Idempotency-Key"

    def test_allows_the_verbs_that_the_path_has_and_no_others(self, allowing: Deployment) -> None:
        verbs: dict[str, set[str]] = {}
        for operation in people():
            verbs.setdefault(operation.path, set()).update(
                {operation.verb} | ({"HEAD"} if operation.verb == "GET" else set())
            )
        for operation in people():
            granted = permissions(preflight(allowing, operation, ORIGIN))["Access-Control-Allow-Methods"]
            assert set(granted.split(", ")) == verbs[operation.path], operation.path

    @pytest.mark.parametrize("path", ["/", "/api", "/api/assets/", "/api/assets/inbox/x/y", "/apidoc/swagger"])
    def test_of_a_path_that_is_none_is_an_unknown_path(self, path: str, allowing: Deployment) -> None:
        answer = allowing.function("assets").options(path, headers={"Origin": ORIGIN})
        assert (answer.status_code, answer.get_json()["code"]) == (404, "not_found")

    def test_reads_and_changes_nothing(self, allowing: Deployment) -> None:
        for operation in people():
            headers = {"Origin": ORIGIN, **allowing.bearer("ada")}
            answer = allowing.function(operation.function).options(operation.at(), headers=headers, json={"owner": "a"})
            assert answer.status_code == 204
        answer = allowing.function("webhooks").options(PATH, headers={"Origin": ORIGIN}, data=b"{}")
        assert answer.status_code == 204
        assert not allowing.everything()
        assert not allowing.github.calls()


class TestEveryAnswer:
    @pytest.mark.parametrize("origin", [None, ORIGIN, "https://evil.invalid"])
    @pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS.keys())
    def test_has_the_headers_that_keep_browsers_in_check(
        self, kind: tuple[str, str, str, int], origin: str | None, deployment: Deployment
    ) -> None:
        function, verb, path, status = kind
        headers = {"Origin": origin} if origin else {}
        answer = deployment.function(function).open(path, method=verb, headers=headers)
        assert answer.status_code == status
        self._check(answer, origin)

    @pytest.mark.parametrize("origin", [ORIGIN, "https://evil.invalid"])
    @pytest.mark.parametrize(
        ("size", "content_type", "status"),
        [(30_000_000, "application/json", 413), (2, "text/plain", 415), (2, "application/json", 400)],
    )
    def test_to_a_body_has_them_too(
        self, size: int, content_type: str, status: int, origin: str, deployment: Deployment
    ) -> None:
        headers = deployment.bearer("ada") | {"Origin": origin}
        client = deployment.function("repositories")
        answer = client.post("/api/repositories", data=b"[" * size, content_type=content_type, headers=headers)
        assert answer.status_code == status
        self._check(answer, origin)

    def test_that_succeeds_or_fails_on_our_side_has_them_too(self, deployment: Deployment) -> None:
        headers = deployment.bearer("ada") | {"Origin": ORIGIN}
        self._check(deployment.function("assets").get("/api/assets/inbox", headers=headers), ORIGIN)
        down = deployment.function("assets", FIREBASE_JWKS_URL="http://127.0.0.1:1/keys")
        answer = down.get("/api/assets/inbox", headers=headers)
        assert answer.status_code == 503
        self._check(answer, ORIGIN)

    @staticmethod
    def _check(answer: TestResponse, origin: str | None) -> None:
        assert HEADERS.items() <= dict(answer.headers).items()
        assert answer.headers.getlist("Vary") == ["Origin"]
        assert (answer.headers.get("Access-Control-Allow-Origin") == ORIGIN) == (origin == ORIGIN)
        assert not [name for name in NEVER if name in answer.headers]
        assert "*" not in permissions(answer).values()

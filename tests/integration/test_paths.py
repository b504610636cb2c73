"""What do the people's functions make of paths and verbs that are not theirs?"""

import pytest

from tests.api import Person, answer, conforms, people
from tests.cards import a_card, put
from tests.deployment import Deployment

UID = "ann"


class TestPaths:
    @pytest.mark.parametrize(
        "path",
        [
            "/",
            "/api",
            "/api/",
            "/api/nothing",
            "/api/assets",
            "/api/assets/",
            "/api/assets/inbox/",
            "/api/assets/inbox/library",
            "/api/assets//approve",
            "/api/repositories/",
            "/api/repositories/a/b",
            "/API/repositories",
            "/api/Repositories",
            "/api/repositories%00",
            "/api/repositories%2F",
            "/api/assets/x/approve/",
            "/api/assets/x/delete",
            "/apidoc/openapi.json",
            "/apidoc/swagger/",
            "/openapi.json",
            "/docs",
            "/console",
            "/.env",
            "/metrics",
        ],
    )
    @pytest.mark.parametrize("signed", [True, False])
    def test_that_are_not_there_are_404(self, standing: Deployment, path: str, signed: bool) -> None:  # noqa: FBT001
        headers = standing.bearer(UID) if signed else {}
        for function in ("assets", "repositories"):
            answered = standing.function(function).get(path, headers=headers)
            assert answered.status_code == 404
            conforms(answered)

    @pytest.mark.parametrize(
        "path", ["/api//repositories", "//api/repositories", "/api/repositories//", "/api/./repositories"]
    )
    def test_are_not_mended(self, standing: Deployment, path: str) -> None:
        answered = standing.function("repositories").get(path, headers=standing.bearer(UID))
        assert answered.status_code == 404

    def test_of_the_framework_lead_nowhere(self, standing: Deployment) -> None:
        for path in ("/static/style.css", "/robots.txt", "/favicon.ico"):
            assert standing.function("assets").get(path, headers=standing.bearer(UID)).status_code == 404

    @pytest.mark.parametrize("path", sorted({each.path for each in people()}))
    def test_refuse_verbs_that_they_do_not_know(self, standing: Deployment, path: str) -> None:
        known = {each.verb: each for each in people() if each.path == path}
        operation = next(iter(known.values()))
        allowed = set(known) | ({"HEAD"} if "GET" in known else set())
        before = standing.everything()
        for verb in {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "FOO"} - allowed:
            answered = Person(standing, UID).call(verb, operation.at())
            assert answered.status_code == 405, verb
            assert set(answered.headers["Allow"].split(", ")) == allowed
        assert standing.everything() == before

    def test_answer_a_head_without_a_body(self, standing: Deployment) -> None:
        for operation in (each for each in people() if each.verb == "GET" and not (each.ids or each.required)):
            answered = Person(standing, UID).call("HEAD", operation.path)
            assert (answered.status_code, answered.data) == (200, b"")
            stranger = answer(standing, "HEAD", operation.path)
            assert (stranger.status_code, stranger.data) == (401, b"")

    @pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"])
    @pytest.mark.parametrize("verb", ["GET", "POST"])
    def test_go_by_the_verb_itself(self, deployment: Deployment, header: str, verb: str) -> None:
        mine = put(deployment, a_card(UID))
        before = deployment.everything()
        path = f"/api/assets/{mine}" + ("/edit" if verb == "POST" else "/approve")
        override = {header: "PUT" if verb == "POST" else "POST"}
        answered = Person(deployment, UID).call(
            verb, path, headers=override, query_string={"_method": override[header]}
        )
        assert answered.status_code == 405
        assert deployment.everything() == before

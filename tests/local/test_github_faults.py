"""Do faults strike where, how and as often as a test says, and does the log tell what was called?"""

import json
import threading
import time
from collections.abc import Callable, Iterator

import pytest
import requests
from flask import Response

from local.github import GitHub, faults, read_samples
from local.github.faults import Fault, Proceed
from local.github.patterns import matches
from tests.local.github_calls import SAMPLES, Caller, public_key

TRACKER = "sample-org/parcel-tracker"
PULL = f"/repos/{TRACKER}/pulls/41"


@pytest.fixture
def github() -> Iterator[GitHub]:
    with GitHub(read_samples(SAMPLES), public_key=public_key(), seed=7) as github:
        yield github


class TestPatterns:
    @pytest.mark.parametrize(
        ("pattern", "hit"),
        [
            ("GET /repos/*/*/pulls/*", True),
            ("/repos/*/*/pulls/*", True),
            ("GET /repos/**", True),
            ("**", True),
            ("POST /repos/**", False),
            ("GET /repos/*/*/pulls/*/files", False),
            ("GET /repos/*/pulls/*", False),
            ("GET /repos/*/*/pulls/4", False),
            ("GET /repos/./././.", False),
        ],
    )
    def test_match_whole_paths_part_by_part(self, pattern: str, hit: bool) -> None:  # noqa: FBT001 -- a table
        assert matches(pattern, "GET", PULL) is hit


class TestFaults:
    def test_strike_their_calls_as_often_as_they_should(self, github: GitHub, caller: Caller) -> None:
        rule = github.faults.add("GET /repos/*/*/pulls/*", faults.server_error(502), times=2)
        statuses = [caller.get(path).status_code for path in (f"{PULL}/files", PULL, PULL, PULL)]
        assert statuses == [200, 502, 502, 200]
        assert rule.fired == 2

    def test_strike_one_after_the_other_until_cleared(self, github: GitHub, caller: Caller) -> None:
        github.faults.add(f"GET {PULL}", faults.server_error(500))
        always = github.faults.add(f"GET {PULL}", faults.html(503), times=None)
        assert [caller.get(PULL).status_code for _ in range(4)] == [500, 503, 503, 503]
        github.faults.clear()
        assert caller.get(PULL).status_code == 200
        assert always.fired == 3

    def test_strike_with_a_probability_that_a_seed_repeats(self) -> None:
        def draws() -> list[bool]:
            made = GitHub(seed=11)
            made.faults.add("**", faults.server_error(), times=None, probability=0.3)
            return [made.faults.draw("GET", "/app") is not None for _ in range(200)]

        first = draws()
        assert first == draws()
        assert 30 < sum(first) < 90

    def test_of_the_primary_limit_say_when_it_ends(self, github: GitHub, caller: Caller) -> None:
        reset = github.clock.now() + 30
        github.faults.add("**", faults.primary_limit(reset))
        github.faults.add("**", faults.primary_limit(reset, status=429))
        answers = [caller.get(PULL), caller.get(PULL)]
        assert [each.status_code for each in answers] == [403, 429]
        assert {each.headers["X-RateLimit-Remaining"] for each in answers} == {"0"}
        assert 29 <= int(answers[0].headers["X-RateLimit-Reset"]) - time.time() <= 31
        assert "rate limit" in answers[0].json()["message"]
        assert "Retry-After" not in answers[0].headers

    def test_of_the_secondary_limit_may_say_how_long_to_wait(self, github: GitHub, caller: Caller) -> None:
        github.faults.add("**", faults.secondary_limit(retry_after=7))
        github.faults.add("**", faults.secondary_limit(status=429))
        told, untold = caller.get(PULL), caller.get(PULL)
        assert (told.status_code, told.headers["Retry-After"]) == (403, "7")
        assert (untold.status_code, untold.headers.get("Retry-After")) == (429, None)
        assert int(told.headers["X-RateLimit-Remaining"]) > 0
        assert "secondary rate limit" in untold.json()["message"]

    @pytest.mark.parametrize("fault", [faults.connection_reset, faults.cut_off], ids=["reset", "cut off"])
    def test_break_the_connection(self, github: GitHub, caller: Caller, fault: Fault) -> None:
        github.faults.add("**", fault)
        with pytest.raises(requests.RequestException):
            caller.get(PULL)
        assert caller.get(PULL).status_code == 200

    @pytest.mark.parametrize(
        "fault", [faults.truncated_gzip, faults.html(200), faults.answer(200, "{")], ids=["gzip", "html", "half"]
    )
    def test_give_bodies_that_are_no_json(self, github: GitHub, caller: Caller, fault: Fault) -> None:
        github.faults.add("**", fault)
        with pytest.raises((ValueError, requests.RequestException)):
            caller.get(PULL).json()

    def test_answer_under_another_type(self, github: GitHub, caller: Caller) -> None:
        github.faults.add("**", faults.content_type("text/plain"))
        answer = caller.get(PULL)
        assert answer.headers["Content-Type"] == "text/plain"
        assert answer.json()["number"] == 41

    def test_lead_pages_in_a_circle_or_elsewhere(self, github: GitHub, caller: Caller) -> None:
        path = f"{PULL}/files?per_page=1"
        github.faults.add(f"GET {PULL}/files", faults.next_page())
        github.faults.add(f"GET {PULL}/files", faults.next_page("http://127.0.0.2:9/files?page=2"))
        circle, elsewhere = caller.get(path), caller.get(path)
        assert circle.links["next"]["url"] == github.url + path
        assert elsewhere.links["next"]["url"] == "http://127.0.0.2:9/files?page=2"
        assert len(circle.json()) == len(elsewhere.json()) == 1

    def test_leave_out_the_patches(self, github: GitHub, caller: Caller) -> None:
        github.faults.add(f"GET {PULL}/files", faults.without_patches)
        bare = caller.get(f"{PULL}/files").json()
        assert len(bare) == 3
        assert not any("patch" in each for each in bare)
        assert all("patch" in each for each in caller.get(f"{PULL}/files").json())

    def test_come_late_alone_or_before_another(self, github: GitHub, caller: Caller) -> None:
        github.faults.add("**", faults.slow(0.2))
        github.faults.add("**", faults.slow(0.2, then=faults.server_error(504)))
        begun = time.monotonic()
        assert [caller.get(PULL).status_code, caller.get(PULL).status_code] == [200, 504]
        assert time.monotonic() - begun >= 0.4

    def test_come_after_github_did_what_it_was_asked(self, github: GitHub, caller: Caller) -> None:
        github.faults.add("POST **", faults.done_but(faults.server_error(504)))
        assert caller.ask_token("sample-org").status_code == 504
        assert len(github.tokens.minted) == 1

    def test_can_be_a_test_s_own(self, github: GitHub, caller: Caller) -> None:
        def push_meanwhile(proceed: Proceed) -> Response:
            github.force_push(TRACKER, 41, "e" * 40)
            return proceed()

        github.faults.add(f"GET {PULL}", push_meanwhile)
        assert caller.get(PULL).json()["head"]["sha"] == "e" * 40

    def test_meet_refusals_too(self, github: GitHub, caller: Caller) -> None:
        github.faults.add("**", faults.next_page())
        assert caller.get("/repos/no/such").status_code == 404

    def test_do_not_touch_the_stand_in_s_own_routes(self, github: GitHub, caller: Caller) -> None:
        github.faults.add("**", faults.server_error(), times=None)
        assert caller.get("/health").status_code == 200
        assert github.calls() == []


class TestCalls:
    def test_are_logged_with_who_and_what(self, github: GitHub, caller: Caller) -> None:
        token = caller.token("sample-org", repository_ids=[2000000001], permissions={"contents": "read"})
        caller.get(f"{PULL}/files?per_page=5", token)
        asked, read = github.calls()
        assert (asked.principal.kind, asked.body["repository_ids"]) == ("app", [2000000001])
        assert (read.method, read.path, dict(read.query)) == ("GET", f"{PULL}/files", {"per_page": "5"})
        assert read.principal.installation_id == 3000000001
        assert read.principal.repository_ids == frozenset([2000000001])
        assert read.status == 200
        assert read.at <= read.ended

    def test_can_be_asked_for_by_pattern_and_time(self, github: GitHub, caller: Caller) -> None:
        caller.get(PULL)
        middle = github.clock.now()
        caller.get(PULL)
        caller.get("/users/nobody")
        assert len(github.calls("GET /repos/**")) == 2
        assert len(github.calls("GET /repos/**", before=middle)) == 1
        assert [call.status for call in github.calls(since=middle)] == [200, 404]
        assert github.calls("POST **") == []
        github.calls.clear()
        assert github.calls() == []

    def test_keep_no_credential(self, github: GitHub, caller: Caller) -> None:
        token = caller.token("sample-org")
        caller.get(PULL, token)
        shown = json.dumps([call.shown() for call in github.calls()])
        assert token not in shown + repr(github.calls())

    def test_count_how_many_of_an_installation_came_at_a_time(self, github: GitHub, caller: Caller) -> None:
        token = caller.token("sample-org")
        together = threading.Barrier(3)

        def meet(proceed: Proceed) -> Response:
            together.wait(5)
            return proceed()

        github.faults.add(f"GET {PULL}", meet, times=None)
        run_at_once([lambda: Caller(github).get(PULL, token) for _ in range(3)])
        caller.get("/users/sample-dev-ada", token)
        assert github.calls.peak(3000000001) == 3
        assert github.calls.peak(None) == 1

    def test_stay_right_under_many_threads(self, github: GitHub) -> None:
        def work(number: int) -> None:
            caller = Caller(github)
            for _ in range(5):
                github.add_pull(TRACKER, title=str(number), author="sample-dev-ada", number=1000 + number)
                assert caller.get(f"/repos/{TRACKER}/pulls/{1000 + number}").status_code == 200
            caller.close()

        run_at_once([lambda number=number: work(number) for number in range(16)])  # type: ignore[misc]  # bound now
        assert len(github.calls("GET /repos/**")) == 80
        assert {call.status for call in github.calls()} == {200}


def run_at_once(jobs: list[Callable[[], object]]) -> None:
    failures: list[BaseException] = []

    def run(job: Callable[[], object]) -> None:
        try:
            job()
        except BaseException as error:  # noqa: BLE001 -- raised below, in the test's thread
            failures.append(error)

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    if failures:
        raise failures[0]

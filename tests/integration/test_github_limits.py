"""Does our GitHub client obey GitHub's limits, outlive its outages and follow nobody else's links?"""

import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from wsgiref.types import WSGIEnvironment

import pytest
from flask import Response
from werkzeug.datastructures import Headers

from local.github import GitHub, faults
from local.server import Server
from shared.clients.github import GitHub as Client
from shared.clients.github.transport import GitHubRefusedError
from shared.domain.errors import NotFoundError, RetryLaterError
from tests.github_client import INSTALLATION, MAP_ID, PATIENCE, TOKENS, TRACKER, TRACKER_ID, Clock, app_client

PULL = "GET /repositories/*/pulls/*"
FILES = "GET /repositories/*/pulls/*/files"
HOUR = 3600


@pytest.fixture
def clock() -> Clock:
    """Our own clock."""
    return Clock()


@pytest.fixture
def client(github: GitHub, state: Path, clock: Clock) -> Iterator[Client]:
    """The client as the App."""
    with app_client(github, state, clock) as made:
        yield made


def ask(client: Client) -> str:
    """Ask for a pull request that is there."""
    return client.pull_request(INSTALLATION, TRACKER_ID, 41).repo_full_name


class _AsItIs(Response):
    """An answer whose headers nobody corrects."""

    def get_wsgi_headers(self, environ: WSGIEnvironment) -> Headers:
        """What was given."""
        return self.headers


def postponed(client: Client) -> float:
    """How many seconds the client wants to wait."""
    with pytest.raises(RetryLaterError) as refused:
        ask(client)
    return refused.value.after


class TestEarlyCalls:
    """Going on while a limit holds may get the App banned."""

    @pytest.mark.parametrize(
        "limit",
        [faults.secondary_limit(60), faults.primary_limit(time.time() + HOUR, status=429)],
        ids=["secondary", "primary"],
    )
    def test_are_not_made_before_the_limit_ends(
        self, github: GitHub, client: Client, clock: Clock, limit: faults.Fault
    ) -> None:
        limiting = github.faults.add(PULL, limit)
        wait = postponed(client)
        called = len(github.calls())
        for passed in (wait - 5, 6):
            assert len(github.calls()) == called
            postponed(client)
            clock.advance(seconds=passed)
            github.clock.advance(passed)
        assert len(github.calls()) == called
        assert ask(client) == TRACKER
        assert limiting.fired == 1

    def test_are_not_made_by_those_who_wait_for_their_turn(self, github: GitHub, client: Client) -> None:
        ask(client)
        github.calls.clear()
        limiting = github.faults.add(PULL, faults.slow(0.3, faults.secondary_limit(60)), times=None)
        with ThreadPoolExecutor(16) as pool:
            waits = list(pool.map(lambda _: postponed(client), range(16)))
        assert limiting.fired <= 2  # as many as were under way when the first answer came
        assert len(github.calls()) == limiting.fired
        assert min(waits) > 50

    def test_are_made_for_other_installations_and_the_app_itself(self, github: GitHub, client: Client) -> None:
        github.add_user("eve")
        made = github.add_repository("other-org/thing")
        other = github.install("other-org", notify=False)
        github.add_pull("other-org/thing", title="Add it", author="eve")
        limiting = github.faults.add(f"GET /repositories/{TRACKER_ID}/pulls/*", faults.secondary_limit(60))
        postponed(client)
        assert client.pull_request(other.id, made.id, 1).number == 1
        assert client.installation(INSTALLATION) is not None
        assert limiting.fired == 1

    def test_are_not_made_for_the_apps_own_questions_while_its_own_limit_holds(
        self, github: GitHub, client: Client
    ) -> None:
        limiting = github.faults.add("GET /app/installations/*", faults.secondary_limit(60))
        for _ in range(3):
            with pytest.raises(RetryLaterError):
                client.installation(INSTALLATION)
        assert (limiting.fired, len(github.calls())) == (1, 1)


class TestWait:
    """How long a limit lasts is GitHub's to say."""

    @pytest.mark.parametrize("status", [403, 429])
    def test_after_a_secondary_limit_is_what_retry_after_says(
        self, github: GitHub, client: Client, status: int
    ) -> None:
        limiting = github.faults.add(PULL, faults.secondary_limit(77, status=status))
        assert (postponed(client), limiting.fired) == (77, 1)

    @pytest.mark.parametrize("status", [403, 429])
    def test_after_a_primary_limit_lasts_until_the_reset(self, github: GitHub, client: Client, status: int) -> None:
        limiting = github.faults.add(PULL, faults.primary_limit(time.time() + 900, status=status))
        assert postponed(client) == pytest.approx(900, abs=10)
        assert limiting.fired == 1

    def test_after_a_primary_limit_is_never_in_the_past(self, github: GitHub, client: Client) -> None:
        github.faults.add(PULL, faults.primary_limit(time.time() - 900))
        assert postponed(client) >= 1

    @pytest.mark.parametrize(
        "limit",
        [
            faults.secondary_limit(None),
            faults.secondary_limit(None, status=429),
            faults.answer(429),
            faults.answer(429, "<html>", content_type="text/html"),
            faults.refusal(
                403, "API rate limit exceeded", headers={"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": ""}
            ),
            faults.refusal(403, "secondary rate limit", headers={"Retry-After": "soon"}),
            faults.refusal(403, "secondary rate limit", headers={"Retry-After": "-5"}),
            faults.refusal(403, "secondary rate limit", headers={"Retry-After": "\u00b2"}),
        ],
        ids=["403", "429", "empty 429", "page", "no reset", "a word", "a negative", "a superscript"],
    )
    def test_is_a_minute_where_github_does_not_say(self, github: GitHub, client: Client, limit: faults.Fault) -> None:
        limiting = github.faults.add(PULL, limit)
        assert (postponed(client), limiting.fired) == (60, 1)

    def test_is_twice_as_long_each_time_until_github_answers_again(
        self, github: GitHub, client: Client, clock: Clock
    ) -> None:
        waits = []
        for _ in range(8):
            github.faults.add(PULL, faults.secondary_limit(None))
            waits.append(postponed(client))
            clock.advance(seconds=waits[-1] + 1)
            github.clock.advance(waits[-1] + 1)
        assert waits == [60, 120, 240, 480, 960, 1920, 3600, 3600]
        assert ask(client) == TRACKER
        github.faults.add(PULL, faults.secondary_limit(None))
        assert postponed(client) == 60

    @pytest.mark.parametrize("header", [{"Retry-After": "9" * 30}, {"X-RateLimit-Reset": "9" * 30}], ids=["", "reset"])
    def test_is_a_day_at_most(self, github: GitHub, client: Client, header: dict[str, str]) -> None:
        github.faults.add(PULL, faults.refusal(403, "rate limit", headers={"X-RateLimit-Remaining": "0", **header}))
        assert 0 < postponed(client) <= 24 * HOUR

    def test_is_for_nothing_after_a_refusal_that_is_no_limit(self, github: GitHub, client: Client) -> None:
        github.faults.add(PULL, faults.refusal(403, "Resource not accessible by integration"))
        with pytest.raises(GitHubRefusedError):
            ask(client)
        assert ask(client) == TRACKER


class TestTurns:
    """GitHub wants an App's calls one after the other; two at a time for an installation is what we make of it."""

    def test_are_two_at_a_time_for_an_installation(self, github: GitHub, client: Client) -> None:
        slowed = github.faults.add("GET /repositories/**", faults.slow(0.05), times=None)
        with ThreadPoolExecutor(12) as pool:
            list(pool.map(lambda _: ask(client), range(12)))
        assert slowed.fired == 36
        assert github.calls.peak(INSTALLATION) == 2
        assert github.calls.peak(None) <= 2

    def test_of_one_installation_do_not_wait_for_another(self, github: GitHub, client: Client) -> None:
        github.add_user("eve")
        made = github.add_repository("other-org/thing")
        other = github.install("other-org", notify=False)
        github.add_pull("other-org/thing", title="Add it", author="eve")
        release = threading.Event()
        waits = f"GET /repositories/{TRACKER_ID}/**"
        blocked = github.faults.add(waits, lambda go_on: (release.wait(20), go_on())[1], times=2)
        with ThreadPoolExecutor(2) as pool:
            waiting = [pool.submit(ask, client) for _ in range(2)]
            while blocked.fired < 2:
                time.sleep(0.01)
            client.pull_request(other.id, made.id, 1)
            assert not any(each.done() for each in waiting)
            release.set()
            assert [each.result() for each in waiting] == [TRACKER] * 2

    def test_are_given_back_after_a_failure(self, github: GitHub, client: Client) -> None:
        failing = github.faults.add(PULL, faults.connection_reset, times=5)
        for _ in range(5):
            postponed(client)
        assert (ask(client), failing.fired) == (TRACKER, 5)


class TestOutages:
    @pytest.mark.parametrize("pattern", [TOKENS, PULL, FILES], ids=["token", "pull request", "files"])
    @pytest.mark.parametrize(
        "fault",
        [
            faults.server_error(500),
            faults.server_error(502),
            faults.server_error(503),
            faults.server_error(504),
            faults.html(502),
            faults.html(200),
            faults.answer(200),
            faults.answer(200, "{"),
            faults.answer(200, b"\xff\xfe\x00"),
            faults.answer(200, '"a text"'),
            faults.cut_off,
            faults.truncated_gzip,
            faults.connection_reset,
        ],
        ids=[
            "500",
            "502",
            "503",
            "504",
            "a page",
            "a page called well",
            "nothing",
            "half an object",
            "no UTF-8",
            "a text",
            "cut off",
            "half a gzip",
            "reset",
        ],
    )
    def test_pass(self, github: GitHub, client: Client, pattern: str, fault: faults.Fault) -> None:
        failing = github.faults.add(pattern, fault)
        assert postponed(client) <= 300
        assert (ask(client), failing.fired) == (TRACKER, 1)

    def test_of_an_answer_that_does_not_come_pass(self, github: GitHub, state: Path) -> None:
        slow = github.faults.add(PULL, faults.slow(2 * PATIENCE))
        with app_client(github, state, hasty=True) as client:
            postponed(client)
            assert (ask(client), slow.fired) == (TRACKER, 1)

    def test_of_the_whole_of_github_pass(self, github: GitHub, state: Path) -> None:
        with GitHub() as elsewhere:
            url = elsewhere.url
        with app_client(github, state, url=url) as client:
            assert postponed(client) == 30


class TestFinalAnswers:
    @pytest.mark.parametrize("status", [404, 410, 451])
    def test_say_that_something_is_gone(self, github: GitHub, client: Client, status: int) -> None:
        github.faults.add(PULL, faults.refusal(status, "Gone"))
        with pytest.raises(NotFoundError):
            ask(client)

    @pytest.mark.parametrize("status", [400, 403, 405, 409, 415, 422])
    def test_say_that_something_is_refused(self, github: GitHub, client: Client, status: int) -> None:
        github.faults.add(PULL, faults.refusal(status, "No"))
        with pytest.raises(GitHubRefusedError) as refused:
            ask(client)
        assert (refused.value.status, str(refused.value)) == (status, f"GitHub answered {status}")


class TestRedirects:
    @pytest.fixture
    def elsewhere(self) -> Iterator[GitHub]:
        """Somebody else's server, on the same machine."""
        with GitHub() as running:
            yield running

    @pytest.mark.parametrize(
        "location",
        [
            "{elsewhere}/repos/a/b",
            "//{other_host}/repos/a/b",
            "{github}@{other_host}/repos/a/b",
            "{elsewhere}\\@{host}/repos/a/b",
            "https://{host}/repos/a/b",
            "file:///etc/passwd",
            "http://[",
            "http://{host}.evil.invalid/",
        ],
    )
    @pytest.mark.parametrize("status", [301, 302, 307, 308])
    def test_to_another_host_are_refused_without_a_call(
        self, github: GitHub, elsewhere: GitHub, client: Client, status: int, location: str
    ) -> None:
        host, other_host = github.url.removeprefix("http://"), elsewhere.url.removeprefix("http://")
        target = location.format(github=github.url, elsewhere=elsewhere.url, host=host, other_host=other_host)
        leading = github.faults.add(PULL, lambda _: _AsItIs(status=status, headers={"Location": target}))
        with pytest.raises((GitHubRefusedError, RetryLaterError)):
            ask(client)
        assert elsewhere.calls() == []
        assert (leading.fired, len(github.calls(PULL))) == (1, 1)

    def test_to_another_host_do_not_get_the_app_s_own_credential(
        self, github: GitHub, elsewhere: GitHub, client: Client
    ) -> None:
        github.faults.add(TOKENS, faults.answer(307, headers={"Location": f"{elsewhere.url}/app/installations"}))
        with pytest.raises(GitHubRefusedError):
            ask(client)
        assert elsewhere.calls() == []

    @pytest.mark.parametrize("location", ["", "?again=1"])
    def test_in_a_circle_come_to_an_end(self, github: GitHub, client: Client, location: str) -> None:
        circling = github.faults.add(PULL, faults.answer(301, headers={"Location": location}), times=None)
        with pytest.raises(GitHubRefusedError):
            ask(client)
        assert circling.fired <= 5

    def test_within_github_are_followed_with_the_same_token(self, github: GitHub, client: Client) -> None:
        github.set_private(TRACKER, notify=False)
        github.faults.add(PULL, faults.answer(301, headers={"Location": f"{github.url}/repos/{TRACKER}/pulls/41"}))
        assert ask(client) == TRACKER
        assert [call.status for call in github.calls(PULL)] == [301]
        assert [call.status for call in github.calls(f"GET /repos/{TRACKER}/pulls/41")] == [200]


class TestPages:
    def test_in_a_circle_are_not_read_for_ever(self, github: GitHub, client: Client) -> None:
        circling = github.faults.add(FILES, faults.next_page(), times=None)
        postponed(client)
        assert circling.fired <= 2

    def test_in_a_larger_circle_are_not_read_for_ever(self, github: GitHub, client: Client) -> None:
        def circle(proceed: faults.Proceed) -> Response:
            page = len(github.calls(FILES)) % 3
            return faults.next_page(f"{github.url}/repositories/{TRACKER_ID}/pulls/41/files?again={page}")(proceed)

        circling = github.faults.add(FILES, circle, times=None)
        postponed(client)
        assert circling.fired <= 5

    def test_without_an_end_are_not_read_for_ever(self, github: GitHub, client: Client) -> None:
        """Pages with nothing on them and a further one behind each."""

        def endless(_: faults.Proceed) -> Response:
            number = len(github.calls(FILES))
            link = f'<{github.url}/repositories/{TRACKER_ID}/pulls/41/files?page={number + 1}>; rel="next"'
            return faults.answer(200, "[]", headers={"Link": link})(_)

        going_on = github.faults.add(FILES, endless, times=200)
        assert client.pull_request(INSTALLATION, TRACKER_ID, 41).truncated
        assert going_on.fired <= 31

    def test_that_are_full_without_an_end_are_not_read_for_ever(self, github: GitHub, client: Client) -> None:
        def endless(proceed: faults.Proceed) -> Response:
            number = len(github.calls(FILES))
            link = f'<{github.url}/repositories/{TRACKER_ID}/pulls/41/files?again={number + 1}>; rel="next"'
            files = json.dumps((json.loads(proceed().get_data()) * 100)[:100])
            return faults.answer(200, files, headers={"Link": link})(proceed)

        going_on = github.faults.add(FILES, endless, times=50)
        assert len(client.pull_request(INSTALLATION, TRACKER_ID, 41).files) == 3000
        assert going_on.fired == 30

    @pytest.mark.parametrize(
        "next_page", ["{elsewhere}/files", "{github}.evil.invalid/files", "{github}@{other}/files"]
    )
    def test_on_another_host_are_not_asked_for(self, github: GitHub, client: Client, next_page: str) -> None:
        with GitHub() as elsewhere:
            other = elsewhere.url.removeprefix("http://")
            target = next_page.format(github=github.url, elsewhere=elsewhere.url, other=other)
            leading = github.faults.add(FILES, faults.next_page(target))
            postponed(client)
            assert elsewhere.calls() == []
        assert leading.fired == 1

    @pytest.mark.parametrize("answer", ['{"message": "x"}', "null", '"text"', "7"])
    def test_that_are_no_lists_are_asked_for_again(self, github: GitHub, client: Client, answer: str) -> None:
        github.faults.add(FILES, faults.answer(200, answer))
        postponed(client)
        assert ask(client) == TRACKER


class TestHosts:
    def test_are_github_alone_for_whatever_an_answer_names(self, github: GitHub, client: Client) -> None:
        """Each address inside of GitHub's answers leads to a server that must never be called."""
        called: list[str] = []

        def trap(environ: dict[str, str], start: object) -> list[bytes]:
            called.append(environ["PATH_INFO"])
            return [b""]

        with Server(trap, name="a trap") as elsewhere:

            def lead_away(proceed: faults.Proceed) -> Response:
                answer = proceed()
                text = answer.get_data(as_text=True)
                answer.set_data(
                    text.replace("https://api.github.com", elsewhere.url).replace("https://github.com", elsewhere.url)
                )
                return answer

            led = github.faults.add("**", lead_away, times=None)
            assert client.pull_request(INSTALLATION, MAP_ID, 58).number == 58
            assert client.installation_on(TRACKER) is not None
            facts = client.repository(INSTALLATION, TRACKER)
            assert client.permission(INSTALLATION, facts, 1000000101) == "read"
        assert led.fired > 5
        assert called == []

"""`make replay` as its user meets it: a pull request's cards, or one line that says why not, and never the token."""

import re

import pytest
from flask import Response, request

from local.github import GitHub, faults
from tests.commands import Command, free_port

TOKEN = "ghp_" + "Sample0" * 5 + "x"
PULL = "GET /repos/*/*/pulls/*"


def url(number: int = 41, repository: str = "sample-org/parcel-tracker") -> str:
    return f"https://github.com/{repository}/pull/{number}"


def refused(address: str, *, token: str = "", **variables: str) -> str:
    """The one line that is printed, which holds no token and no trace."""
    arguments = [address] if address else []
    with Command("local.replay", *arguments, GITHUB_TOKEN=token, **variables) as command:
        assert (command.end(), command.left()) == (1, {})
        (line,) = command.output.splitlines()
        assert line.startswith("worklog: ")
        assert TOKEN not in line
        return line


@pytest.fixture
def source(github: GitHub) -> GitHub:
    """The GitHub that pull requests are fetched from: there is no App on it."""
    github.uninstall("sample-org", notify=False)
    return github


class TestReplay:
    @pytest.mark.timeout(240)
    def test_prints_the_cards_and_leaves_nothing(self, source: GitHub) -> None:
        """Beside another stack it takes a port of its own; here none is named."""
        with Command("local.replay", url(), GITHUB_API_URL=source.url) as command:
            assert (command.end(), command.left()) == (0, {}), command.output
        card = command.output.partition("worklog: stopping …\n")[2]
        assert card.startswith("\nFixed the overdue report reading every scan\n")
        for part in ("sample-org/parcel-tracker#41 · pending · flags: none", "Impact: ", "Skills: ", "• ", "body: “"):
            assert part in card
        assert len(source.calls(PULL)) == 2  # the pull request and its diff; the chain asks the local stand-in

    @pytest.mark.timeout(240)
    def test_says_that_a_bots_gives_no_card(self, source: GitHub) -> None:
        port = free_port()
        with Command("local.replay", url(44), GITHUB_API_URL=source.url, PORT=str(port)) as command:
            assert command.end() == 0
        assert re.search(r"parcel-tracker#44 .*  no card  bot author", command.output)
        assert command.output.endswith("worklog: stopping …\n")


class TestToken:
    def test_is_sent_and_never_shown(self, source: GitHub) -> None:
        seen: list[str | None] = []

        def refuse(_: faults.Proceed) -> Response:
            seen.append(request.headers.get("Authorization"))
            return Response("no", 500)

        source.faults.add("GET /repos/**", refuse, times=None)
        refused(url(), token=TOKEN, GITHUB_API_URL=source.url)
        assert seen == [f"Bearer {TOKEN}"]

    @pytest.mark.parametrize("token", ["ghp_Sample\nX-Evil: 1", "ghp_Samplé", "ghp Sample"])
    def test_that_is_none_is_not_quoted(self, source: GitHub, token: str) -> None:
        with Command("local.replay", url(), GITHUB_API_URL=source.url, GITHUB_TOKEN=token) as command:
            assert command.end() == 1
        assert command.output == "worklog: GITHUB_TOKEN is no token\n"
        assert source.calls() == []


class TestRefusals:
    @pytest.mark.parametrize(
        "address",
        [
            "",
            "sample-org/parcel-tracker#41",
            "http://github.com/sample-org/parcel-tracker/pull/41",
            "https://github.com/sample-org/parcel-tracker/issues/41",
            "https://github.com/sample-org/parcel-tracker/pull/0",
            "https://github.com.evil.example/sample-org/parcel-tracker/pull/41",
            "https://github.com/../parcel-tracker/pull/41",
            "https://github.com/sample-org/../pull/41",
        ],
    )
    def test_of_another_address_show_the_right_form(self, address: str) -> None:
        nobody = f"http://127.0.0.1:{free_port()}"
        assert "PR=https://github.com/owner/repo/pull/N" in refused(address, GITHUB_API_URL=nobody)

    def test_of_a_pull_request_that_is_absent_say_so(self, source: GitHub) -> None:
        assert "no such pull request" in refused(url(999), GITHUB_API_URL=source.url)

    def test_of_an_unmerged_one_say_so(self, source: GitHub) -> None:
        source.add_pull("sample-org/parcel-tracker", title="Try", author="sample-dev-ada", number=90, merged_at=None)
        assert "has not been merged" in refused(url(90), GITHUB_API_URL=source.url)

    def test_of_a_private_one_say_so(self, source: GitHub) -> None:
        """Which a token can see: here GitHub's answer says so of a public one."""

        def hide(proceed: faults.Proceed) -> Response:
            answer = proceed()
            answer.set_data(answer.get_data().replace(b'"private":false', b'"private":true'))
            return answer

        source.faults.add(PULL, hide)
        assert "is private" in refused(url(), GITHUB_API_URL=source.url)

    def test_of_an_api_that_is_down_name_it(self) -> None:
        host = f"http://127.0.0.1:{free_port()}"
        assert f"can't be reached at {host}" in refused(url(), GITHUB_API_URL=host)

    @pytest.mark.parametrize(
        ("fault", "said"),
        [
            (faults.html(200), "is not GitHub's API"),
            (faults.answer(200, "[]"), "is not GitHub's API"),
            (faults.answer(200, '{"merged_at": "2026-01-01T00:00:00Z"}'), "no pull request"),
            (faults.server_error(), "try again later"),
            (faults.connection_reset, "can't be reached"),
            (faults.secondary_limit(), "GITHUB_TOKEN allows more"),
            (faults.refusal(401, "Bad credentials"), "does not know this GITHUB_TOKEN"),
        ],
        ids=["page", "list", "half", "502", "reset", "limit", "401"],
    )
    def test_of_what_is_no_answer_say_what_to_do(self, source: GitHub, fault: faults.Fault, said: str) -> None:
        source.faults.add(PULL, fault, times=None)
        assert said in refused(url(), GITHUB_API_URL=source.url)

"""To whom is a merged pull request credited?"""

import itertools
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.credit import Credit, credited, may_credit
from shared.domain.pull_request import Account, PullRequest
from tests.pull_requests import ANN, BEN, co_authored, commit, connection, pull_request

BOT = Account(id=90, login="sample-bot[bot]", type="Bot")
AGENT = Account(id=91, login="copilot-swe-agent[bot]", type="Bot")
BENS_TRAILER = "Co-authored-by: Ben <12+ben@users.noreply.github.com>"


def owners(pull: PullRequest, *people: tuple[str, int | None]) -> tuple[str, ...]:
    """Who of these people, all of whom connected the repository, gets a card."""
    return tuple(each.owner_id for each in credited(pull, [connection(*person) for person in people]))


class TestBots:
    """A machine's account is never a person, whatever GitHub calls its type."""

    @pytest.mark.parametrize(
        "account",
        [
            Account(id=90, login="anything", type="Bot"),
            Account(id=90, login="dependabot[bot]"),
            Account(id=90, login="imgbotapp"),
            Account(id=90, login="ImgBot"),
            Account(id=90, login="web-flow"),
        ],
        ids=lambda account: account.login,
    )
    def test_give_no_card_to_anybody(self, account: Account) -> None:
        pull = pull_request(author=account, commits=(commit("Bump", account),))
        assert not may_credit(account)
        assert owners(pull, ("bot's friend", account.id), ("ann", ANN.id), ("nobody-at-github", None)) == ()

    def test_are_not_credited_when_a_person_names_them(self) -> None:
        trailers = co_authored(
            "Co-authored-by: sample-bot[bot] <90+sample-bot[bot]@users.noreply.github.com>",
            "Co-authored-by: Copilot <91+Copilot@users.noreply.github.com>",
        )
        pull = pull_request(commits=(commit(trailers, ANN),))
        assert owners(pull, ("ann", ANN.id), ("bot", BOT.id), ("agent", 91)) == ("ann",)

    def test_stay_machines_when_a_message_names_them_like_a_person(self) -> None:
        trailer = co_authored("Co-authored-by: Sam <90+sam@users.noreply.github.com>")
        assert owners(pull_request(author=BOT, commits=(commit(trailer, BOT),)), ("bot", BOT.id)) == ()

    def test_are_not_credited_for_their_commits_to_a_persons_pull_request(self) -> None:
        pull = pull_request(commits=(commit("Add a cache", ANN), commit("Format", BOT)))
        assert owners(pull, ("ann", ANN.id), ("bot", BOT.id)) == ("ann",)


class TestAgents:
    """What a coding agent opened belongs to the people beside it."""

    @pytest.mark.parametrize("login", ["copilot-swe-agent[bot]", "Copilot", "devin-ai-integration[bot]", "cursoragent"])
    def test_may_open_a_persons_pull_request(self, login: str) -> None:
        assert may_credit(Account(id=91, login=login, type="Bot"))

    def test_leave_the_card_to_the_people_they_name(self) -> None:
        pull = pull_request(author=AGENT, commits=(commit(co_authored(BENS_TRAILER), AGENT),))
        assert owners(pull, ("ann", ANN.id), ("ben", BEN.id), ("agent", AGENT.id)) == ("ben",)

    def test_leave_the_card_to_the_people_who_committed(self) -> None:
        pull = pull_request(author=AGENT, commits=(commit("Plan", AGENT), commit("Correct it", BEN)))
        assert owners(pull, ("ann", ANN.id), ("ben", BEN.id)) == ("ben",)

    def test_give_no_card_when_they_worked_alone(self) -> None:
        pull = pull_request(author=AGENT, commits=(commit("Plan", AGENT),))
        assert owners(pull, ("ann", ANN.id), ("nobody-at-github", None)) == ()

    def test_give_no_card_when_they_name_machines_alone(self) -> None:
        trailer = "Co-authored-by: sample-bot[bot] <90+sample-bot[bot]@users.noreply.github.com>"
        pull = pull_request(author=AGENT, commits=(commit(co_authored(trailer), AGENT),))
        assert owners(pull, ("ann", ANN.id), ("nobody-at-github", None)) == ()


class TestAuthors:
    def test_get_a_card(self) -> None:
        assert owners(pull_request(), ("ann", ANN.id), ("ben", BEN.id)) == ("ann",)

    def test_are_known_by_number_and_not_by_login(self) -> None:
        assert owners(pull_request(author=Account(id=99, login="ann"), commits=()), ("ann", ANN.id)) == ()

    def test_of_a_commit_get_a_card(self) -> None:
        pull = pull_request(commits=(commit("Add a cache", ANN), commit("Test it", BEN)))
        assert owners(pull, ("ann", ANN.id), ("ben", BEN.id)) == ("ann", "ben")

    def test_stay_people_when_a_message_names_them_like_a_machine(self) -> None:
        trailer = "Co-authored-by: x <11+sample-bot[bot]@users.noreply.github.com>"
        assert owners(pull_request(commits=(commit(co_authored(trailer), BEN),)), ("ann", ANN.id)) == ("ann",)

    def test_of_a_merge_commit_do_not(self) -> None:
        brought_in = commit(co_authored("Co-authored-by: Cleo <13+cleo@users.noreply.github.com>"), BEN, is_merge=True)
        pull = pull_request(commits=(commit("Add a cache", ANN), brought_in))
        assert owners(pull, ("ann", ANN.id), ("ben", BEN.id), ("cleo", 13)) == ("ann",)

    def test_whom_github_does_not_know_credit_nobody(self) -> None:
        assert owners(pull_request(author=Account(id=10137, login="ghost"), commits=(commit("x"),)), ("ann", 11)) == ()


class TestCoAuthors:
    @pytest.mark.parametrize(
        "trailer",
        [
            BENS_TRAILER,
            "co-authored-by: ben <12+ben@users.noreply.github.com>",
            "CO-AUTHORED-BY: B. <12+an-older-login@users.noreply.github.com>  ",
            "Co-Authored-By: <12+ben@users.noreply.github.com>",
            BENS_TRAILER + "\r",
        ],
    )
    def test_get_a_card_by_the_number_in_their_address(self, trailer: str) -> None:
        pull = pull_request(commits=(commit(co_authored("Signed-off-by: Ann", trailer), ANN),))
        assert owners(pull, ("ann", ANN.id), ("ben", BEN.id)) == ("ann", "ben")

    @pytest.mark.parametrize(
        "line",
        [
            "Co-authored-by: Ben <ben@users.noreply.github.com>",
            "Co-authored-by: Ben <ben@mail.example>",
            "Co-authored-by: Ben <12+ben@users.noreply.github.com.evil.example>",
            "Co-authored-by: Ben <12+ben@evil.example> users.noreply.github.com",
            "Co-authored-by: Ben <0012x+ben@users.noreply.github.com>",
            "Co-authored-by: Ben <-12+ben@users.noreply.github.com>",
            "Co-authored-by: Ben <١٢+ben@users.noreply.github.com>",
            "Co-authored-by: Ben <12+ben@users.noreply.github.com> and more",
            "Co-authored-by: Ben <12+@users.noreply.github.com>",
            "Co-authored-by: Ben <12@users.noreply.github.com>",
            "> Co-authored-by: Ben <12+ben@users.noreply.github.com>",
            "I won't write Co-authored-by: Ben <12+ben@users.noreply.github.com>",
            "Co-authored-by: Ben\n<12+ben@users.noreply.github.com>",
            "Reviewed-by: Ben <12+ben@users.noreply.github.com>",
            f"Co-authored-by: Ben <{'9' * 400}+ben@users.noreply.github.com>",
        ],
    )
    def test_are_not_read_out_of_anything_else(self, line: str) -> None:
        pull = pull_request(commits=(commit(co_authored(line), ANN),))
        assert owners(pull, ("ann", ANN.id), ("ben", BEN.id)) == ("ann",)

    def test_are_not_read_out_of_the_title_or_the_body(self) -> None:
        pull = pull_request(title=BENS_TRAILER, body=co_authored(BENS_TRAILER))
        assert owners(pull, ("ann", ANN.id), ("ben", BEN.id)) == ("ann",)

    @pytest.mark.parametrize(
        "message",
        [
            "co-authored-by:" * 20_000,
            "co-authored-by: <1+" + "a" * 200_000,
            (BENS_TRAILER + " " * 300 + "x\n") * 1000,
            "co-authored-by: x <1+a@users.noreply.github.com>" + " " * 200_000 + "x",
            "\n" * 200_000,
        ],
        ids=["no end of names", "no end of a login", "no end of a line", "no end of blanks", "no end of lines"],
    )
    def test_are_looked_for_in_time_that_grows_with_the_message(self, message: str) -> None:
        begun = time.monotonic()
        assert owners(pull_request(commits=(commit(message, ANN),)), ("ben", BEN.id)) == ()
        assert time.monotonic() - begun < 5


class TestPeopleWithoutAGitHubIdentity:
    def test_get_a_card_that_is_not_verified(self) -> None:
        credits_due = credited(pull_request(), [connection("ann", ANN.id), connection("zoe", None)])
        assert credits_due == (Credit(owner_id="ann", verified=True), Credit(owner_id="zoe", verified=False))

    def test_get_none_of_a_repository_that_has_become_private(self) -> None:
        """The news of it may come after the merge: what the pull request itself says counts."""
        assert owners(pull_request(private=True), ("ann", ANN.id), ("zoe", None)) == ("ann",)


class TestOrder:
    @pytest.mark.parametrize("people", list(itertools.permutations([("zoe", None), ("ann", ANN.id), ("ben", BEN.id)])))
    def test_is_that_of_the_owners_ids(self, people: tuple[tuple[str, int | None], ...]) -> None:
        pull = pull_request(commits=(commit(co_authored(BENS_TRAILER), ANN),))
        assert owners(pull, *people) == ("ann", "ben", "zoe")

    def test_names_a_person_once_who_is_named_often(self) -> None:
        """As author, in commits, as co-author; and connected twice, under an old name and the new one."""
        trailer = "Co-authored-by: Ann <11+ann@users.noreply.github.com>"
        pull = pull_request(commits=(commit(co_authored(trailer, trailer), ANN), commit("More", ANN)))
        assert owners(pull, ("ann", ANN.id), ("ann", ANN.id)) == ("ann",)

    def test_gives_a_card_to_each_account_of_one_github_identity(self) -> None:
        assert owners(pull_request(), ("ann-at-work", ANN.id), ("ann-at-home", ANN.id)) == (
            "ann-at-home",
            "ann-at-work",
        )


class TestAnyMessage:
    @given(st.lists(st.text(max_size=200) | st.just(BENS_TRAILER), max_size=4))
    def test_credits_none_but_those_who_connected(self, messages: list[str]) -> None:
        pull = pull_request(commits=tuple(commit(message, ANN) for message in messages))
        found = owners(pull, ("ann", ANN.id), ("ben", BEN.id))
        assert found == (("ann", "ben") if any(BENS_TRAILER in message for message in messages) else ("ann",))

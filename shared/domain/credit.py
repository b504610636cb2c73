"""To whom a merged pull request is credited: its author and co-authors, never a bot.

A pull request that a coding agent opened belongs to the people it names as co-authors.
"""

import json
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from shared.domain.document import Document
from shared.domain.pull_request import Account, PullRequest
from shared.domain.repository import Repository

# https://docs.github.com/en/pull-requests/committing-changes-to-your-project/creating-and-editing-commits/
# creating-a-commit-with-multiple-authors; the number in a noreply address is the account's id.
_CO_AUTHOR = re.compile(
    r"^co-authored-by:[^<\n]*<([0-9]{1,18})\+([^@>\s]{1,100})@users\.noreply\.github\.com>\s*$",
    re.IGNORECASE | re.MULTILINE,
)


class Credit(Document):
    """A person who gets a card; `verified` is False where their account names no GitHub identity."""

    owner_id: str
    verified: bool


def credited(pull: PullRequest, connections: Iterable[Repository]) -> tuple[Credit, ...]:
    """Who among those who connected the repository gets a card, in the order of their ids.

    Without a GitHub identity a person proved only that the repository was public: a private one says nothing to them.
    """
    people = _people(pull)
    if not people:
        return ()
    credits_by_owner = {
        each.owner_id: Credit(owner_id=each.owner_id, verified=each.github_user_id is not None)
        for each in connections
        if each.github_user_id in people or (each.github_user_id is None and not pull.private)
    }
    return tuple(credits_by_owner[owner] for owner in sorted(credits_by_owner))


def may_credit(author: Account) -> bool:
    """Whether a pull request of this author can be anybody's achievement: known before anything is fetched."""
    return not _is_bot(author) or _is_agent(author)


def _people(pull: PullRequest) -> frozenset[int]:
    """The ids of the people who wrote it: merge commits bring in others' work and do not count."""
    own = [commit for commit in pull.commits if not commit.is_merge]
    wrote = [pull.author, *(commit.author for commit in own if commit.author)]
    named = [Account(id=int(number), login=login) for each in own for number, login in _CO_AUTHOR.findall(each.message)]
    people = {account.id for account in (*wrote, *named) if not _is_bot(account)}
    # GitHub vouches for whoever wrote; a name in a message makes nobody a machine, nor a machine a person.
    return frozenset(people - {account.id for account in wrote if _is_bot(account)})


def _is_bot(account: Account) -> bool:
    return (
        account.type == "Bot"
        or account.login.endswith("[bot]")
        or _login(account) in _listed("bots") | _listed("agents")
    )


def _is_agent(account: Account) -> bool:
    return _login(account) in _listed("agents")


def _login(account: Account) -> str:
    return account.login.removesuffix("[bot]").lower()


@cache
def _listed(kind: str) -> frozenset[str]:
    return frozenset(json.loads(Path(__file__).with_name("accounts.json").read_text("utf-8"))[kind])

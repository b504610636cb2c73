"""A pull request as the writer reads it: what it is, where it worked, and what its author says, each looked up once."""

from typing import NamedTuple

from functions.asset_generator.offline import areas, headline, kinds, patches, statements, subjects
from functions.asset_generator.offline.headline import Headline
from functions.asset_generator.offline.phrases import Phrases
from functions.asset_generator.offline.statements import Statement
from shared.domain import text as texts
from shared.domain.path_groups import SOURCE
from shared.domain.pull_request import ChangedFile, PullRequest
from shared.domain.redaction import MARKER

_COMMIT_MESSAGES = 60
_MOST_FILES = 200
_MOST_ENTRY_LINES = 60


class Reading(NamedTuple):
    """What is known of a pull request.

    `told` are sentences of the body and of commits, `entries` of changelogs, `noted` of comments in the code; `steps`
    are the subjects of commits.
    """

    pull: PullRequest
    phrases: Phrases
    headline: Headline | None
    kind: str
    grouped: dict[str, list[ChangedFile]]
    told: tuple[Statement, ...]
    entries: tuple[Statement, ...]
    noted: tuple[Statement, ...]
    steps: tuple[Statement, ...]


def read(pull: PullRequest) -> Reading:
    """Everything that the parts of a card are made of."""
    told = (*statements.read("body", "body", pull.body), *_messages(pull))
    chosen = headline.choose(pull, told)
    subject = chosen.subject if chosen else subjects.parse(texts.clean(pull.title.replace(MARKER, ""), limit=500))
    grouped = areas.groups(file for file in pull.files if MARKER not in file.path)
    kind = kinds.determine(pull, subject, grouped)
    phrases = Phrases(_language(pull, chosen))
    return Reading(
        pull=pull,
        phrases=phrases,
        headline=chosen,
        kind=kind,
        grouped=grouped,
        told=_in_language(told, phrases),
        entries=_in_language(_entries(grouped, kind), phrases),
        noted=_in_language(_notes(grouped), phrases),
        steps=_in_language(_steps(pull), phrases),
    )


def _language(pull: PullRequest, chosen: Headline | None) -> str:
    """Japanese where the title or what the author writes below it is."""
    if chosen is not None and texts.language(chosen.text) == "ja":
        return "ja"
    return texts.language(pull.body[:4000])


def _in_language(told: tuple[Statement, ...], phrases: Phrases) -> tuple[Statement, ...]:
    wanted = "ja" if phrases.is_japanese else "en"
    return tuple(each for each in told if texts.language(each.text) == wanted)


def _messages(pull: PullRequest) -> tuple[Statement, ...]:
    """The sentences below the subjects of the author's own commits."""
    return tuple(
        statement
        for commit in headline.own_commits(pull)[:_COMMIT_MESSAGES]
        for statement in statements.read("commit", commit.sha, commit.message.strip().partition("\n")[2])
    )


def _steps(pull: PullRequest) -> tuple[Statement, ...]:
    """The subjects of the author's own commits that say something."""
    found: list[Statement] = []
    for commit in headline.own_commits(pull)[:_COMMIT_MESSAGES]:
        line = headline.first_line(commit.message)
        subject = subjects.parse(texts.clean(line, limit=500))
        if not subjects.is_housekeeping(subject.words) and not subject.cut and MARKER not in line:
            found.append(Statement(headline.done(subject), "commit", commit.sha, (line[:300],), is_item=True))
    return tuple(found)


def _entries(grouped: dict[str, list[ChangedFile]], kind: str) -> tuple[Statement, ...]:
    """What the pull request adds to a changelog, unless it rewrites the changelog as a whole."""
    if kind in {"encoding", "formatting", "release", "move", "typo"}:
        return ()
    return tuple(
        entry
        for file in grouped.get("changelog", [])[:_MOST_FILES]
        if len(lines := patches.changelog_lines(file)) <= _MOST_ENTRY_LINES
        for entry in statements.read_lines(file.path, lines, is_markdown=True, items_only=file.status != "added")
    )


def _notes(grouped: dict[str, list[ChangedFile]]) -> tuple[Statement, ...]:
    return tuple(
        note
        for file in grouped.get(SOURCE, [])[:_MOST_FILES]
        for lines in patches.comments(file)
        for note in statements.read_lines(file.path, lines)
    )

"""What to call the achievement: the title in words a reader outside the project can take."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from functions.asset_generator.offline import subjects, verbs
from functions.asset_generator.offline.statements import Statement
from functions.asset_generator.offline.subjects import Subject
from shared.domain import text as texts
from shared.domain.asset_card import Source
from shared.domain.pull_request import Commit, PullRequest
from shared.domain.redaction import MARKER

LONGEST = 120
_COMMITS = 250
_PHRASE = 4
_BRANCH = re.compile(
    r"(feat|feature|fix|bugfix|hotfix|docs|refactor|perf|test|ci)/(?:.*/)?([^/]*[A-Za-z][^/]*)$", re.IGNORECASE
)
_FINITE = frozenset({"now", "is", "are", "was", "were", "should", "must", "can", "will", "does", "has", "have"})
_SUBORDINATE = frozenset({"when", "if", "that", "which", "where", "while", "after", "before", "with", "because", "who"})


class Headline(NamedTuple):
    """The words of a card's title and the line of the pull request they come from."""

    text: str
    subject: Subject
    source: Source
    ref: str
    quote: str


def choose(pull: PullRequest, statements: Iterable[Statement]) -> Headline | None:
    """The title of the pull request, else the line that says most; None where nothing says anything."""
    title = _of_title(pull)
    if title is not None and not _is_outdone(title, pull):
        return title
    others = [*_of_commits(pull), *_of_statements(pull, statements)]
    fitting = [each for each in others if not subjects.is_housekeeping(each.subject.words)]
    best = max(fitting, key=_worth, default=None)
    return best or title or _weak(pull)


def done(subject: Subject, scope: str = "") -> str:
    """A title or commit subject as something that was done, in its own language."""
    words = subject.words
    if texts.language(words) == "ja":
        return _reverted(verbs.past_japanese(words), subject, japanese=True)
    past = verbs.past(words) or _typed(subject) or _capitalised(words)
    named = f"{past} ({scope})" if scope and scope.lower() not in past.lower().split() else past
    return _reverted(_shortened(named), subject, japanese=False)


def as_statement(chosen: Headline) -> Statement:
    """The headline as a sentence among others."""
    return Statement(chosen.text, chosen.source, chosen.ref, (chosen.quote[:300],), is_item=True)


def own_commits(pull: PullRequest) -> tuple[Commit, ...]:
    """The commits that speak for the author: no merges, and others' only where all are others'."""
    commits = [commit for commit in pull.commits[:_COMMITS] if not commit.is_merge]
    own = [commit for commit in commits if commit.author is None or commit.author.id == pull.author.id]
    return tuple(own or commits)


def first_line(message: str) -> str:
    """The subject of a commit message as it stands."""
    return message.strip().split("\n", 1)[0].strip()[:500]


def _of_title(pull: PullRequest) -> Headline | None:
    completed, source, ref, quote = _completed(pull)
    subject = subjects.parse(texts.clean(completed, limit=500))
    if subjects.is_weak(subject.words):
        return None
    return _headline(pull, subject, source, ref, quote)


def _completed(pull: PullRequest) -> tuple[str, Source, str, str]:
    """The title with what GitHub cut off it: a commit has it whole, or the body goes on after an ellipsis."""
    title = pull.title.strip()[:500]
    if MARKER in title:
        return title.replace(MARKER, ""), "title", "title", max(title.split(MARKER), key=len).strip()
    if not title.endswith(("…", "...")):
        return title, "title", "title", title
    head = title.rstrip(".…")
    bare = _comparable(subjects.parse(head).words)
    for commit in pull.commits[:_COMMITS]:
        line = first_line(commit.message)
        whole = subjects.parse(line)
        if MARKER not in line and len(bare) > _PHRASE and not whole.cut and _comparable(whole.words).startswith(bare):
            return line, "commit", commit.sha, line
    going_on = pull.body.lstrip()[:500].split("\n", 1)[0].strip()
    if going_on.startswith(("…", "...")):
        return head + going_on.lstrip(".…"), "title", "title", title
    whole_words = head if head.endswith(" ") else head.rsplit(" ", 1)[0]
    return subjects.without_dangling(whole_words), "title", "title", title


def _is_outdone(title: Headline, pull: PullRequest) -> bool:
    """Whether the title is a few words without a verb and a commit says the same in a sentence."""
    words = title.subject.words
    if texts.language(words) == "ja" or title.subject.reverts or len(words.split()) > _PHRASE:
        return False
    if verbs.begins_with_verb(words) or title.subject.type in {"fix", "feature"}:
        return False
    terms = set(_comparable(words).split())
    lines = (subjects.parse(first_line(commit.message)).words for commit in own_commits(pull))
    return any(
        verbs.begins_with_verb(line) and len(terms & set(_comparable(line).split())) * 2 > len(terms) for line in lines
    )


def _of_commits(pull: PullRequest) -> Iterable[Headline]:
    for commit in own_commits(pull):
        line = first_line(commit.message)
        if MARKER in line:
            continue
        yield _headline(pull, subjects.parse(texts.clean(line, limit=500)), "commit", commit.sha, line)


def _of_statements(pull: PullRequest, statements: Iterable[Statement]) -> Iterable[Headline]:
    first = next((each for each in statements if each.source == "body" and len(each.text) <= LONGEST), None)
    if first is not None:
        yield _headline(
            pull, subjects.parse(verbs.reported(first.text) or first.text), first.source, first.ref, first.quotes[0]
        )


def _weak(pull: PullRequest) -> Headline | None:
    """The title in spite of saying little, where it still names a thing."""
    subject = subjects.parse(texts.clean(pull.title.replace(MARKER, ""), limit=500))
    branch = _BRANCH.match(subject.words)
    if branch is not None:
        subject = subjects.parse(f"{branch[1]}: {re.sub('[-_]', ' ', branch[2])}")
    names_thing = re.search(r"\w\.\w|\w \w", subject.words) and not re.match(r"merge\b", subject.words, re.IGNORECASE)
    if MARKER in pull.title or not names_thing:
        return None
    return _headline(pull, subject, "title", "title", pull.title.strip()[:500])


def sentence(words: str) -> str:
    """The words with a capital and a full stop."""
    whole = _capitalised(words.strip())
    if whole.endswith((".", "!", "?", "。", "！", "？")):
        return whole
    return whole + ("。" if texts.language(whole) == "ja" else ".")


def _headline(pull: PullRequest, subject: Subject, source: Source, ref: str, quote: str) -> Headline:
    return Headline(done(subject, _scope(pull, subject)), subject, source, ref, quote)


def _scope(pull: PullRequest, subject: Subject) -> str:
    """The scope where it is a part of the code that the pull request touches and the words do not name."""
    scope = subject.scope
    if not scope or subjects.names_kind(scope) or scope.lower() in subject.words.lower().split():
        return ""
    return scope if any(scope.lower() in file.path.lower() for file in pull.files[:1000]) else ""


def _worth(headline: Headline) -> tuple[bool, int]:
    """The better of two lines begins with a verb and says more, up to a point."""
    words = headline.subject.words
    japanese = texts.language(words) == "ja"
    return japanese or verbs.begins_with_verb(words), min(len(words) * (2 if japanese else 1), 60)


def _typed(subject: Subject) -> str | None:
    """Of "fix: crash on start" the words "Fixed crash on start", unless they are a sentence."""
    verb = {"fix": "Fixed", "feature": "Added"}.get(subject.type)
    if verbs.may_begin_with_verb(subject.words):
        return None
    for word in subject.words.lower().split():
        if word in _SUBORDINATE:
            break
        if word in _FINITE:
            return None
    return f"{verb} {_uncapitalised(subject.words)}" if verb else None


def _reverted(past: str, subject: Subject, *, japanese: bool) -> str:
    if not subject.reverts:
        return past
    words = subject.words
    if japanese:
        return f"「{words}」を{'取り消した' if subject.reverts % 2 else '再適用した'}"
    quoted = _shortened(_capitalised(words), LONGEST - 12)
    return f'Reverted "{quoted}"' if subject.reverts % 2 else f'Reapplied "{quoted}"'


def _shortened(text: str, limit: int = LONGEST) -> str:
    """The text up to `limit`, cut between words and never in the middle of a phrase that leads on."""
    if len(text) <= limit:
        return text
    head = text[: limit + 1]
    return subjects.without_dangling(head.rsplit(" ", 1)[0] if " " in head[limit // 2 :] else head[:limit])


def _capitalised(words: str) -> str:
    """The words with a capital, unless they begin with a name in code."""
    first = words.split(" ", 1)[0]
    return words[:1].upper() + words[1:] if first.isalpha() and first.islower() else words


def _uncapitalised(words: str) -> str:
    first = words.split(" ", 1)[0]
    return words[:1].lower() + words[1:] if first.isalpha() and first[1:].islower() else words


def _comparable(words: str) -> str:
    return " ".join(re.findall(r"\w+", words.lower()))

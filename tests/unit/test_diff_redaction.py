"""Does any of 300 secrets stay in a diff, and are those that it adds told of by kind and place alone?"""

import pytest

from shared.domain.diff import Diff, DiffFile, parse
from shared.domain.diff_redaction import RedactedDiff, redact_diff
from shared.domain.redaction import MARKER
from tests.secrets import SeededSecret, seeded_secrets

SECRETS = seeded_secrets(20260401)
HEAD = "diff --git a/{0} b/{0}\nindex 1111111..2222222 100644\n--- a/{0}\n+++ b/{0}\n"


def diff_of(secret: SeededSecret, sign: str, path: str = "settings.py") -> Diff:
    """A file with a secret from its line 12 on, between lines that stay."""
    lines = secret.text.split("\n")
    counts = (2 + len(lines), 2) if sign == "-" else (2, 2 + len(lines))
    body = "\n".join([" first = 1", *(f"{sign}{line}" for line in lines), " last = 2"])
    return parse(f"{HEAD.format(path)}@@ -11,{counts[0]} +11,{counts[1]} @@ def main():\n{body}\n".encode())


def text_of(diff: Diff) -> str:
    return "\n".join(f"{file.path}\n" + "\n".join(line.text for line in file.lines) for file in diff.files)


def redacted_file(redacted: RedactedDiff) -> DiffFile:
    (file,) = redacted.diff.files
    return file


class TestSecrets:
    @pytest.mark.parametrize("sign", ["+", "-"])
    def test_leave_the_diff(self, sign: str) -> None:
        for secret in SECRETS:
            redacted = redact_diff(diff_of(secret, sign))
            assert redacted.redacted, secret.kind
            assert not secret.survivors(text_of(redacted.diff) + repr(redacted.places)), secret.kind

    def test_that_are_added_are_told_of_where_they_begin(self) -> None:
        for secret in SECRETS:
            lines = {number for number, _ in enumerate(secret.text.split("\n"), 12)}
            places = redact_diff(diff_of(secret, "+")).places
            assert places, secret.kind
            assert {place.path for place in places} == {"settings.py"}
            assert {place.line for place in places} <= lines, secret.kind
            assert any(place.likely for place in places), secret.kind

    def test_that_are_taken_away_are_told_of_by_nobody(self) -> None:
        assert not [secret.kind for secret in SECRETS if redact_diff(diff_of(secret, "-")).places]

    def test_leave_the_names_of_files(self) -> None:
        for secret in (each for each in SECRETS if "\n" not in each.text and "/" not in each.text):
            diff = Diff((DiffFile(path=f"dumps/{secret.text}", previous_path=f"old/{secret.text}"),))
            redacted = redact_diff(diff)
            file = redacted_file(redacted)
            assert redacted.redacted
            assert not secret.survivors(f"{file.path} {file.previous_path}"), secret.kind


class TestRedactedDiff:
    def test_is_the_diff_itself_where_there_is_none(self) -> None:
        diff = parse(f"{HEAD.format('a.py')}@@ -1,2 +1,2 @@ def f():\n-x = 1\n+x = 2\r\n \n".encode())
        assert redact_diff(diff) == RedactedDiff(diff, (), redacted=False)

    def test_keeps_every_line_in_its_place(self) -> None:
        for secret in SECRETS:
            diff = diff_of(secret, "+")
            before, after = (list(each.files[0].lines) for each in (diff, redact_diff(diff).diff))
            assert [line[:1] + line[2:] for line in before] == [line[:1] + line[2:] for line in after]
            assert (after[0].text, after[-1].text) == ("first = 1", "last = 2")

    def test_has_no_hidden_characters_in_its_paths(self) -> None:
        redacted = redact_diff(Diff((DiffFile(path="a\u202eb\x1b[2J\nc\u200b.py"),)))
        assert redacted_file(redacted).path == "ab[2J c.py"

    def test_tells_of_what_only_looks_like_a_secret_that_it_is_unlikely(self) -> None:
        line = '+secret = "/v1/projects/<project>/secrets/<secret>"'
        redacted = redact_diff(parse(f"{HEAD.format('a.py')}@@ -0,0 +1 @@\n{line}\n".encode()))
        assert MARKER in text_of(redacted.diff)
        assert [place.likely for place in redacted.places] == [False]

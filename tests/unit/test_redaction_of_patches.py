"""Redaction of patches: what stands in several lines is found, and a patch stays a patch."""

import base64
import random
import textwrap

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.redaction import MARKER, redact_patch
from tests.secrets import (
    ALPHANUMERIC,
    HUNK,
    PROSE,
    SECRETS,
    SeededSecret,
    draw,
    fragments,
    lines_of,
    make_secret,
    pem_block,
)

MANY = settings(max_examples=150, deadline=None)
GLUES = ('" +\n+     "', '"\n+     + "', '"\n+     "', "\\\n+", '" .\n+  "', '" + "', "' +\n+ '", '" \\\n+  "')


def columns(patch: str) -> list[str]:
    """What a patch must keep: its hunks' positions and the first column of each line."""
    return [line if line.startswith("@@") else line[:1] for line in patch.split("\n")]


class TestRedactPatch:
    @MANY
    @given(SECRETS, st.sampled_from("+- "))
    def test_finds_a_secret_on_either_side(self, secret: SeededSecret, marker: str) -> None:
        patch = lines_of(secret.text, marker)
        redacted = redact_patch(patch)
        assert not secret.survivors(redacted.text)
        assert columns(redacted.text) == columns(patch)

    @MANY
    @given(SECRETS, st.sampled_from(GLUES), st.integers(1, 3), st.randoms(use_true_random=False))
    def test_finds_a_secret_in_several_strings(
        self, secret: SeededSecret, glue: str, cuts: int, source: random.Random
    ) -> None:
        line = f'x = "{secret.text.replace(chr(10), chr(92) + "n")}"'
        places = sorted(source.sample(range(6, len(line) - 1), cuts))
        pieces = [line[start:end] for start, end in zip([0, *places], [*places, len(line)], strict=True)]
        patch = f"{HUNK} before\n+{glue.join(pieces)}\n after\n"
        redacted = redact_patch(patch)
        assert not secret.survivors(redacted.text)
        assert columns(redacted.text) == columns(patch)

    @MANY
    @given(SECRETS, st.sampled_from((60, 64, 76)), st.sampled_from("+- "))
    def test_looks_into_wrapped_base64(self, secret: SeededSecret, width: int, marker: str) -> None:
        encoded = base64.b64encode(secret.text.encode()).decode()
        patch = lines_of("key: |\n" + "\n".join(textwrap.wrap(encoded, width)) + "\nend: 1", marker)
        output = redact_patch(patch).text
        assert not [piece for piece in fragments(encoded.rstrip("=")) if piece in output]
        assert columns(output) == columns(patch)

    @MANY
    @given(st.lists(SECRETS, min_size=1, max_size=4), st.lists(PROSE, min_size=5, max_size=5), st.integers(0, 10**6))
    def test_keeps_the_structure_of_any_patch(self, hidden: list[SeededSecret], prose: list[str], seed: int) -> None:
        source = random.Random(seed)
        text = "\n".join([f"{noise}\n{secret.text}" for noise, secret in zip(prose, hidden, strict=False)])
        lines = [f"{source.choice('+- ')}{line}" for line in text.split("\n")]
        patch = "\n".join([HUNK.strip(), *lines, "\\ No newline at end of file"])
        once = redact_patch(patch)
        assert columns(once.text) == columns(patch)
        assert redact_patch(once.text) == type(once)(once.text)

    def test_masks_a_key_line_by_line(self) -> None:
        text, lines = pem_block(random.Random(1), "EC PRIVATE KEY")
        redacted = redact_patch(f"{HUNK} key = load()\n{lines_of(text, '+')[len(HUNK) :]} done()\n")
        body = f"+  {MARKER}\n" * (len(lines) + 2)
        assert redacted.text == f"{HUNK} key = load()\n{body} done()\n"
        assert (redacted.count, redacted.kinds) == (1, ("private_key",))

    def test_takes_both_keys_of_a_rotation(self) -> None:
        old, old_lines = pem_block(random.Random(1), "RSA PRIVATE KEY")
        new, new_lines = pem_block(random.Random(2), "RSA PRIVATE KEY")
        pairs = zip(old.split("\n"), new.split("\n"), strict=False)
        output = redact_patch(HUNK + "".join(f"-{before}\n+{after}\n" for before, after in pairs)).text
        assert not [line for line in (*old_lines[:6], *new_lines[:6]) if line in output]

    def test_takes_the_middle_of_a_key(self) -> None:
        body = [*pem_block(random.Random(5), "RSA PRIVATE KEY")[1][2:-1], draw(random.Random(4), ALPHANUMERIC, 14)]
        assert len(body) > 9
        output = redact_patch(HUNK + "".join(f"+{line}\n" for line in body)).text
        assert output == HUNK + f"+{MARKER}\n" * len(body)

    def test_finds_a_secret_behind_the_position_of_a_hunk(self) -> None:
        token = make_secret("github_token", random.Random(1)).text
        patch = f'@@ -1,2 +1,2 @@ token = "{token}"\n-a\n+b\n'
        assert redact_patch(patch).text == f'@@ -1,2 +1,2 @@ token = "{MARKER}"\n-a\n+b\n'

    def test_does_not_join_what_two_hunks_say(self) -> None:
        patch = f"{HUNK}+-----BEGIN RSA PRIVATE KEY-----\n@@ -90,2 +95,2 @@\n+{'Word' * 10}\n+b\n"
        assert redact_patch(patch).text == patch

    def test_keeps_carriage_returns(self) -> None:
        token = make_secret("npm_token", random.Random(1)).text
        assert redact_patch(f"{HUNK}+a {token}\r\n b\r\n").text == f"{HUNK}+a {MARKER}\r\n b\r\n"

    @pytest.mark.parametrize("patch", ["", "\n", "+", "@@", "\\ No newline at end of file", "+\n\n \n-"])
    def test_leaves_an_empty_patch(self, patch: str) -> None:
        assert redact_patch(patch).text == patch

"""Redaction: no secret survives in any of its disguises, and what is redacted stays so."""

import base64
import json
import random
import textwrap
import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.pull_request import Account, ChangedFile, Commit, PullRequest
from shared.domain.redaction import MARKER, redact, redact_patch, redact_pull
from tests.secrets import (
    ALPHANUMERIC,
    FORMATS,
    HUNK,
    PROSE,
    SECRETS,
    SeededSecret,
    draw,
    fragments,
    make_secret,
    pem_block,
    seeded_secrets,
)

Writer = Callable[[str], str]

GAPS = st.sampled_from((" ", "\n", "\t", " (", ", "))
MANY = settings(max_examples=150, deadline=None)
NOTATIONS: tuple[Writer, ...] = (
    lambda text: json.dumps({"list": [{"note": text}]}),
    lambda text: json.dumps({"event": json.dumps({"note": text})}),
    lambda text: f"kind: ConfigMap\ndata:\n  note: |\n{textwrap.indent(text, '    ')}\n  other: x\n",
    lambda text: f"Run it:\n```sh\n{text}\n```\nDone.",
    lambda text: f"See `{text}` above.",
    lambda text: textwrap.indent(text, "# "),
    lambda text: textwrap.indent(text, " * "),
    lambda text: textwrap.indent(text, "> "),
    lambda text: f"<p>{text}</p>",
    lambda text: f"2026-01-01T00:00:00Z ERROR refused: {text}, once more",
    lambda text: text.replace("\n", "\r\n"),
)


class TestRedact:
    def test_leaves_nothing_of_300_seeded_secrets(self) -> None:
        seeded = seeded_secrets(seed=1)
        text = "\n\n".join(secret.text for secret in seeded)
        redacted = redact(text)
        assert {secret.kind for secret in seeded} == set(FORMATS)
        assert not [secret.kind for secret in seeded if secret.survivors(redacted.text)]
        assert redacted.count >= len(seeded)

    @MANY
    @given(SECRETS, PROSE, GAPS, PROSE)
    def test_finds_a_secret_anywhere_in_a_text(self, secret: SeededSecret, before: str, gap: str, after: str) -> None:
        text = before + gap.replace(",", "") + secret.text + "\n" + after
        redacted = redact(text)
        assert not secret.survivors(redacted.text)
        assert redacted.count
        assert redacted.kinds

    @MANY
    @given(SECRETS, st.sampled_from((4096, 8192, 65536)), st.integers(-40, 40))
    def test_finds_a_secret_at_the_border_of_a_chunk(self, secret: SeededSecret, border: int, offset: int) -> None:
        filler = ("lorem ipsum dolor sit amet\n" * 3000)[: border + offset - len(secret.text) // 2]
        assert not secret.survivors(redact(f"{filler}\n{secret.text}\n{filler}").text)

    @MANY
    @given(
        SECRETS,
        st.sampled_from(NOTATIONS),
    )
    def test_finds_a_secret_in_any_notation(self, secret: SeededSecret, written: Writer) -> None:
        assert not secret.survivors(redact(written(secret.text)).text)

    @MANY
    @given(SECRETS, st.integers(1, 2), st.sampled_from(("data: ", "token ", "/v1/blob/", '"')))
    def test_looks_into_base64(self, secret: SeededSecret, times: int, before: str) -> None:
        encoded = secret.text
        for _ in range(times):
            encoded = base64.b64encode(encoded.encode()).decode()
        output = redact(f"{before}{encoded}\n").text
        assert not [piece for piece in fragments(encoded.rstrip("=")) if piece in output]

    @MANY
    @given(SECRETS)
    def test_looks_into_hex_url_safe_and_utf_16(self, secret: SeededSecret) -> None:
        data = secret.text.encode()
        wide = base64.b64encode(secret.text.encode("utf-16-le")).decode()
        for encoded in (data.hex(), base64.urlsafe_b64encode(data).decode().rstrip("="), wide.rstrip("=")):
            output = redact(f"x {encoded}").text
            assert not [piece for piece in fragments(encoded) if piece in output]

    @MANY
    @given(SECRETS, PROSE)
    def test_changes_nothing_the_second_time(self, secret: SeededSecret, around: str) -> None:
        once = redact(f"{around}\n{secret.text}\n{around}")
        assert redact(once.text).text == once.text
        assert redact(once.text).count == 0

    @MANY
    @given(st.text(max_size=400))
    def test_is_stable_for_any_text(self, text: str) -> None:
        once = redact(text).text
        assert redact(once).text == once

    def test_takes_what_another_secret_hid(self) -> None:
        key = "AK" + "IA" + "QWERTZUI" * 2
        name = "password"
        once = redact(f"f({name}=abc9d.{key})")
        assert once.text == f"f({name}={MARKER})"
        assert redact(once.text).text == once.text

    def test_takes_the_whole_of_a_github_token_of_either_length(self) -> None:
        source = random.Random(4)
        for kind in ("github_token", "github_installation_token"):
            token = make_secret(kind, source).text
            assert redact(f"using {token}\n").text == f"using {MARKER}\n"
        assert len(token) > 500

    def test_keeps_user_and_host_of_a_url(self) -> None:
        password = draw(random.Random(2), ALPHANUMERIC, 14)
        text = f"postgres://reporting:{password}@db.internal:5432/main"
        assert redact(text).text == f"postgres://reporting:{MARKER}@db.internal:5432/main"

    def test_counts_and_names_what_it_found(self) -> None:
        source = random.Random(3)
        text = f"{make_secret('npm_token', source).text} and {make_secret('google_api_key', source).text}"
        redacted = redact(text)
        assert (redacted.text, redacted.count) == (f"{MARKER} and {MARKER}", 2)
        assert redacted.kinds == ("google_api_key", "npm_token")

    def test_takes_a_key_whose_end_is_missing(self) -> None:
        text, lines = pem_block(random.Random(5), "RSA PRIVATE KEY")
        output = redact("start\n" + text.rpartition("\n")[0]).text
        assert output == f"start\n{MARKER}"
        assert len(lines) > 1

    @pytest.mark.parametrize(
        "text", ["-----BEGIN RSA PRIVATE KEY-----", "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----"]
    )
    def test_leaves_the_mention_of_a_key(self, text: str) -> None:
        assert redact(text).text == text

    def test_leaves_certificates_and_public_keys(self) -> None:
        for label in ("CERTIFICATE", "PUBLIC KEY", "PGP SIGNATURE"):
            text, _ = pem_block(random.Random(6), label)
            assert redact(text).text == text


class TestRedactPull:
    def pull(self, text: str) -> PullRequest:
        author = Account(id=1, login="ada")
        return PullRequest(
            repository_id=2**40,
            repo_full_name="octo/repo",
            number=7,
            title=f"Rotate {text}",
            body=f"See {text}\n",
            author=author,
            head_sha="a" * 40,
            base_sha="b" * 40,
            merge_commit_sha="c" * 40,
            merged_at=datetime(2026, 1, 2, tzinfo=UTC),
            additions=1,
            deletions=0,
            changed_files=1,
            commits=(Commit(sha="d" * 40, message=f"Use {text}", author=author),),
            files=(ChangedFile(path=f"keys/{text}", previous_path=f"old/{text}", patch=f"{HUNK}+{text}\n"),),
        )

    def test_leaves_a_secret_in_no_field(self) -> None:
        for secret in seeded_secrets(seed=8, count=60):
            if "\n" not in secret.text:
                pull = redact_pull(self.pull(secret.text))
                assert not secret.survivors(pull.model_dump_json()), secret.kind
                assert pull.redacted
                assert pull.files[0].patch is not None
                assert pull.files[0].patch.startswith(f"{HUNK}+")

    def test_is_the_same_without_secrets(self) -> None:
        pull = self.pull("the login page")
        assert redact_pull(pull) == pull
        assert not pull.redacted

    def test_stays_redacted(self) -> None:
        once = redact_pull(self.pull(make_secret("slack_token", random.Random(1)).text))
        assert redact_pull(once) == once

    def test_leaves_absent_patches_absent(self) -> None:
        pull = self.pull("nothing").model_copy(update={"files": (ChangedFile(path="logo.png"),)})
        assert redact_pull(pull).files == pull.files


class TestMarker:
    def test_survives_json_and_is_no_token(self) -> None:
        assert json.loads(json.dumps(MARKER)) == MARKER
        assert not set(MARKER) & set("[]()*_`<>#|\\\"'")

    def test_hides_nothing_beside_it(self) -> None:
        value = draw(random.Random(1), ALPHANUMERIC, 20)
        assert redact(f'password = "{MARKER}{value}"').text == f'password = "{MARKER}"'


class TestSpeed:
    SIZE = 1_000_000

    @pytest.mark.parametrize(
        "unit",
        [
            "a",
            "=",
            '"',
            "\\",
            "\n+",
            '" + "',
            "-----BEGIN RSA PRIVATE KEY-----",
            "-----BEGIN RSA PRIVATE KEY-----\nMIIE",
            "eyJ",
            "://a:",
            "token=",
            'password="',
            "A1b2C3d4E5f6G7h8I9j0",
            "ghs_.",
        ],
    )
    def test_is_linear_in_hostile_text(self, unit: str) -> None:
        text = unit * (self.SIZE // len(unit))
        started = time.monotonic()
        redact(text)
        assert time.monotonic() - started < 30

    def test_is_linear_in_base64_of_base64(self) -> None:
        text = base64.b64encode(base64.b64encode(b"just some words " * (self.SIZE // 32))).decode()
        started = time.monotonic()
        assert redact_patch(text).count == 0
        assert time.monotonic() - started < 30

"""Redaction: no secret survives in any of its disguises, and what is none is left alone."""

import base64
import inspect
import itertools
import json
import random
import string
import sys
import textwrap
import time
from collections.abc import Callable
from datetime import UTC, datetime
from types import ModuleType

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.pull_request import Account, ChangedFile, Commit, PullRequest
from shared.domain.redaction import MARKER, redact, redact_patch, redact_pull
from tests import secrets
from tests.secrets import (
    ALPHANUMERIC,
    BASE64,
    FORMATS,
    LOWER_HEX,
    UPPER,
    URL_SAFE,
    SeededSecret,
    draw,
    fragments,
    make_secret,
    pem_block,
    seeded_secrets,
)

Writer = Callable[[str], str]

SECRETS = st.builds(
    lambda kind, seed: make_secret(kind, random.Random(seed)), st.sampled_from(sorted(FORMATS)), st.integers(0, 10**9)
)
PROSE = st.text(string.ascii_letters + string.digits + " \n.,:-_/日本語テスト", max_size=200)
GAPS = st.sampled_from((" ", "\n", "\t", " (", ", "))
HUNK = "@@ -10,3 +10,9 @@ def main():\n"
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
GLUES = ('" +\n+     "', '"\n+     + "', '"\n+     "', "\\\n+", '" .\n+  "', '" + "', "' +\n+ '", '" \\\n+  "')


def lines_of(text: str, marker: str) -> str:
    """The text as lines of a patch."""
    return HUNK + "".join(f"{marker}  {line}\n" for line in text.split("\n"))


def columns(patch: str) -> list[str]:
    """What a patch must keep: its hunks' positions and the first column of each line."""
    return [line if line.startswith("@@") else line[:1] for line in patch.split("\n")]


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


class TestRealKeys:
    """Keys made by the library that makes them in earnest."""

    KEYS: tuple[PrivateKeyTypes, ...] = (
        rsa.generate_private_key(65537, 2048),
        ec.generate_private_key(ec.SECP256R1()),
        ec.generate_private_key(ec.SECP384R1()),
        ec.generate_private_key(ec.SECP521R1()),
        ed25519.Ed25519PrivateKey.generate(),
    )
    OLD = PrivateFormat.TraditionalOpenSSL
    CIPHER = BestAvailableEncryption(b"0123")
    FORMS = (
        (OLD, NoEncryption()),
        (OLD, CIPHER),
        (PrivateFormat.PKCS8, NoEncryption()),
        (PrivateFormat.PKCS8, CIPHER),
        (PrivateFormat.OpenSSH, NoEncryption()),
    )

    def test_are_taken_whatever_their_form(self) -> None:
        for key, (form, cipher) in itertools.product(self.KEYS, self.FORMS):
            if form is not self.OLD or not isinstance(key, ed25519.Ed25519PrivateKey):
                pem = key.private_bytes(Encoding.PEM, form, cipher).decode()
                assert redact(f"key:\n{pem}").text == f"key:\n{MARKER}\n"
                assert redact(json.dumps({"k": pem})).text == json.dumps({"k": f"{MARKER}\n"}, ensure_ascii=False)
                body = "\n".join(pem.splitlines()[1:-1])
                assert not [line for line in body.split() if line in redact_patch(lines_of(pem, "-")).text]
                assert ":" in body or redact(body.replace("\n", "")).text == MARKER

    def test_leave_their_public_halves(self) -> None:
        for key in self.KEYS:
            pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
            assert redact(pem).text == pem


class TestOtherVendors:
    @pytest.mark.parametrize(
        ("before", "alphabet", "length", "kind"),
        [
            ("ABS" + "K", BASE64, 120, "aws_api_key"),
            ("ya" + "29.a0", URL_SAFE, 150, "google_oauth_token"),
            ("1/" + "/0g", URL_SAFE, 90, "google_refresh_token"),
            ("xap" + "p-1-", UPPER, 40, "slack_token"),
            ("whs" + "ec_", ALPHANUMERIC, 32, "webhook_secret"),
            ("ruby" + "gems_", LOWER_HEX, 48, "rubygems_token"),
            ("dckr" + "_pat_", URL_SAFE, 27, "docker_token"),
            ("ke" + "y-", LOWER_HEX, 32, "mailgun_key"),
            ("gs" + "k_", ALPHANUMERIC, 52, "model_key"),
            ("h" + "f_", ALPHANUMERIC, 34, "model_key"),
            ("dop" + "_v1_", LOWER_HEX, 64, "digitalocean_token"),
            ("shp" + "at_", LOWER_HEX, 32, "shopify_token"),
            ("sq0" + "csp-", URL_SAFE, 43, "square_token"),
            ("hv" + "s.", URL_SAFE, 95, "vault_token"),
            ("gl" + "sa_", ALPHANUMERIC, 41, "grafana_token"),
            ("123456789" + ":AA", URL_SAFE, 33, "telegram_token"),
            ("lin" + "_api_", ALPHANUMERIC, 40, "linear_key"),
            ("nt" + "n_", ALPHANUMERIC, 46, "notion_token"),
            ("AT" + "ATT3", URL_SAFE, 186, "atlassian_token"),
            ("da" + "pi", LOWER_HEX, 32, "databricks_token"),
            ("NR" + "AK-", UPPER, 27, "new_relic_key"),
            ("PM" + "AK-", LOWER_HEX, 24, "postman_key"),
            ("sntr" + "ys_", ALPHANUMERIC, 80, "sentry_token"),
            ("AGE-SECRET" + "-KEY-1", UPPER, 58, "age_key"),
            ("gl" + "rt-", URL_SAFE, 20, "gitlab_token"),
        ],
    )
    def test_have_their_keys_taken(self, before: str, alphabet: str, length: int, kind: str) -> None:
        for seed in range(20):
            token = before + draw(random.Random(seed), alphabet, length)
            redacted = redact(f"with {token}\n")
            assert redacted.text == f"with {MARKER}\n"
            assert redacted.kinds == (kind,)

    def test_have_what_follows_a_telling_word_taken(self) -> None:
        source = random.Random(1)
        for before, alphabet, after in (
            ("https:\\/\\/hooks.slack" + ".com\\/services\\/", ALPHANUMERIC, ""),
            ("https://discord.com/api/webhooks/1122334455/", URL_SAFE, ""),
            ("Endpoint=sb://a/;SharedAccessKey=", BASE64, "=;EntityPath=b"),
            ("https://a.invalid/b?sv=2024&sig=", ALPHANUMERIC, "&se=1"),
            ("X-Amz-Signature=", LOWER_HEX, "&x=1"),
            ("https://", ALPHANUMERIC, "@sentry.invalid/1"),
            ("created user IDENTIFIED BY '", ALPHANUMERIC, "';"),
        ):
            token = draw(source, alphabet, 43)
            assert not [piece for piece in fragments(token) if piece in redact(before + token + after).text], before


class TestNamedSecrets:
    VALUES = (
        *(draw(random.Random(seed), ALPHANUMERIC + "!%*^~", 12) for seed in range(4)),
        draw(random.Random(9), LOWER_HEX, 32),
        "hunter" + "2",
    )

    @pytest.mark.parametrize(
        "context",
        [
            "DB_PASSWORD=%s",
            "export API_TOKEN='%s'",
            "  DB_PASSWORD: %s # prod",
            "- password: '%s'",
            "password = %s",
            'const apiKey = "%s";',
            'let token: string = "%s";',
            'var password string = "%s"',
            'char password[20] = "%s";',
            'private static final String SECRET_KEY = "%s";',
            '{"user": "a", "client_secret": "%s", "x": 1}',
            '{\\"password\\":\\"%s\\"}',
            "config['api_key']='%s'",
            ':password => "%s"',
            "<password>%s</password>",
            '<add key="Password" value="%s"/>',
            "spring.datasource.password=%s",
            '"Server=db;User Id=sa;Password=%s;Encrypt=true"',
            "mysql --password=%s -u root",
            "deploy --token %s",
            "machine a.invalid login bob password %s",
            "ENV DB_PASSWORD %s",
            "- name: DB_PASSWORD\n  value: %s",
            '{"name": "DB_PASSWORD", "value": "%s"}',
            'os.environ.setdefault("SECRET_KEY", "%s")',
            "process.env.API_TOKEN ?? '%s'",
            "if (password === '%s') {",
            'client.login(user="bob", password="%s")',
            'let secret = String::from("%s");',
            "//npm.invalid/:_authToken=%s",
            "https://a.invalid/v1?access_token=%s&page=2",
            '-H "X-Api-Key: %s"',
            "ALTER USER bob WITH PASSWORD '%s';",
            'the password is "%s"',
            "define('DB_PASSWORD', '%s');",
            'token =\n    "%s"',
            "パスワード: %s",
            'SECRET_KEY_BASE = "%s"',
            "STRIPE_API_KEY_PROD=%s",
        ],
    )
    def test_give_their_value_away_in_every_language(self, context: str) -> None:
        for value in self.VALUES:
            text = context.replace("%s", value)
            assert redact(text).text == context.replace("%s", MARKER)
            patch = lines_of(text, "+")
            assert redact_patch(patch).text == patch.replace(value, MARKER)


class TestInnocentText:
    @pytest.mark.parametrize(
        "text",
        [
            "da39a3ee5e6b4b0d3255bfef95601890afd80709",
            "index 5d41402abc4b2a76b9719d911017c592..e3b0c44298fc1c149afbf4c8996fb92427ae41e4 100644",
            "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "integrity sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==",
            "github.com/a/b v1.2.3 h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
            'checksum = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"',
            "123e4567-e89b-12d3-a456-426614174000",
            "color: #1f2937; background: #D8DEE9FF;",
            "Lorem ipsum dolor sit amet, consectetur adipiscing elit. " * 20,
            'function n(e,t){return e.token===t?r("token",e):null}var a={key:1,password:void 0,secret:!1};',
            "トークンの有効期限を延長し、パスワードの再設定を修正しました。",
            "https://docs.example.com/document/d/1aBcD3fGh1jKlMn0pQrStUvWxYz2345678901234567/edit#gid=0",
            "## 2.3.1 (2026-01-02)\n\n* fix: token refresh (#123) ([5d41402](https://github.com/a/b/commit/5d41402))\n",
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl a@b",
            "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
            "password = os.environ['DB_PASSWORD']",
            "password: ${DB_PASSWORD}",
            'password = "changeme"',
            'API_KEY="<your-api-key>"',
            "TOKEN=xxxxxxxxxxxxxxxx",
            "apiKey: process.env.API_KEY,",
            "token = get_token(request, timeout=30)",
            "const { token, secret } = await loadSecrets();",
            "token: ${{ secrets.GITHUB_TOKEN }}",
            "id-token: write",
            "def login(username: str, password: str = '') -> Token:",
            'token_type = "bearer"',
            "max_tokens=4096, top_p=0.95",
            "secretName: my-app-tls-2026",
            "password: Passwort eingeben",
            '<input type="password" name="password" id="password2">',
            "Authorization: Bearer <token>",
            "Authorization: Basic authentication is not supported",
            "curl -u user:password https://user:password@example.com",
            "redis://localhost:6379/0 and http://[::1]:8080/a@b and http://proxy:8080/pkg@2.1",
            'password = "$DB_PASSWORD2"',
            'password: "{{ vault_db_password_2 }}"',
            "password: /run/secrets/db_password_2",
            'secret = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-1"',
            "login(user, password=digest2, token=cursor2)",
            "  token: tokens_v2[0]",
            "password: read_password2(path)",
            "TestCreateApprovalDoesNotUnlockAChangedIntent2",
            "AKIAIOSFODNN7EXAMPLE",
            "class=task-list-item-checkbox-container-with-a-very-long-name",
            "npm_config_registry npm_lifecycle_event gho_st",
            "a" * 500,
            "=" * 500,
        ],
    )
    def test_is_left_as_it_is(self, text: str) -> None:
        assert redact(text).text == text
        assert redact_patch(lines_of(text, "+")).text == lines_of(text, "+")

    @pytest.mark.parametrize("module", [secrets, sys.modules[__name__]])
    def test_is_all_that_this_repository_holds(self, module: ModuleType) -> None:
        assert redact(inspect.getsource(module)).count == 0


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

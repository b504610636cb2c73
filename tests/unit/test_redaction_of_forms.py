"""Redaction of what has a form or a name, and of nothing that has not."""

import itertools
import json
import random
from pathlib import Path

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

from shared.domain.redaction import MARKER, redact, redact_patch
from tests import secrets
from tests.secrets import (
    ALPHANUMERIC,
    BASE64,
    LOWER_HEX,
    UPPER,
    URL_SAFE,
    draw,
    draw_mixed,
    fragments,
    lines_of,
)


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
        *(draw_mixed(random.Random(seed), ALPHANUMERIC + "!%*^~", 12) for seed in range(4)),
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

    @pytest.mark.parametrize(
        "path", [Path(secrets.__file__), *sorted(Path(__file__).parent.glob("test_redaction*.py"))]
    )
    def test_is_all_that_these_tests_hold(self, path: Path) -> None:
        assert redact(path.read_text("utf-8")).count == 0

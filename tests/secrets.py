"""Seeded secrets: what must never be stored, logged or sent? Random, from a seed, so that none stands in a file."""

import base64
import json
import random
import string
from collections.abc import Callable
from dataclasses import dataclass

from hypothesis import strategies

LOWER_HEX = "0123456789abcdef"
ALPHANUMERIC = string.ascii_letters + string.digits
BASE64 = ALPHANUMERIC + "+/"
URL_SAFE = ALPHANUMERIC + "-_"
UPPER = string.ascii_uppercase + "234567"
SYMBOLS = "!#%*^_~-"
DASHES = "-" * 5
FRAGMENT = 8
HUNK = "@@ -10,3 +10,9 @@ def main():\n"


@dataclass(frozen=True)
class SeededSecret:
    """A secret as it would stand in a file.

    `text` is what is written, name or header included; `parts` are the sensitive pieces of it, a line each.
    """

    kind: str
    text: str
    parts: tuple[str, ...]

    def survivors(self, output: str) -> set[str]:
        """Every piece of eight characters of the secret that can be read in `output`."""
        return {piece for part in self.parts for piece in fragments(part) if piece in output}


def fragments(part: str) -> set[str]:
    """Every run of eight characters of `part`."""
    return {part[start : start + FRAGMENT] for start in range(len(part) - FRAGMENT + 1)}


def seeded_secrets(seed: int, count: int = 300) -> tuple[SeededSecret, ...]:
    """`count` secrets, each format as often as the next; equal seeds give equal secrets."""
    source = random.Random(seed)
    kinds = list(FORMATS)
    return tuple(make_secret(kinds[number % len(kinds)], source) for number in range(count))


def make_secret(kind: str, source: random.Random) -> SeededSecret:
    """A secret of one of `FORMATS`."""
    text, parts = FORMATS[kind](source)
    return SeededSecret(kind, text, parts)


def lines_of(text: str, marker: str) -> str:
    """The text as lines of a patch, each after the same `marker`."""
    return HUNK + "".join(f"{marker}  {line}\n" for line in text.split("\n"))


def draw(source: random.Random, alphabet: str, length: int) -> str:
    """Random characters."""
    return "".join(source.choices(alphabet, k=length))


def draw_mixed(source: random.Random, alphabet: str, length: int) -> str:
    """Random characters, a digit, a capital and a small letter among them: what has no form of its own."""
    while True:
        token = draw(source, alphabet, length)
        if all(any(map(one, token)) for one in (str.isdigit, str.isupper, str.islower)):
            return token


def pem_block(source: random.Random, label: str, *, width: int = 64, headers: str = "") -> tuple[str, tuple[str, ...]]:
    """A private key in PEM: its text and the lines of its body."""
    body = base64.b64encode(source.randbytes(source.choice((48, 118, 609, 1190)))).decode()
    lines = tuple(body[start : start + width] for start in range(0, len(body), width))
    text = "\n".join([f"{DASHES}BEGIN {label}{DASHES}", *headers.splitlines(), *lines, f"{DASHES}END {label}{DASHES}"])
    return text, lines


def json_web_token(source: random.Random) -> str:
    """Header, claims and signature with dots between them."""
    head = _url_base64(json.dumps({"alg": "RS256", "typ": "JWT", "kid": draw(source, ALPHANUMERIC, 12)}))
    issued = source.randrange(10**9, 2 * 10**9)
    claims = _url_base64(json.dumps({"sub": draw(source, ALPHANUMERIC, 16), "iat": issued, "exp": issued + 3600}))
    return f"{head}.{claims}.{draw(source, URL_SAFE, 342)}"


def _url_base64(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _whole(token: str) -> tuple[str, tuple[str, ...]]:
    """A secret that is recognised by itself."""
    return token, (token,)


def _after(prefix: str, token: str, suffix: str = "") -> tuple[str, tuple[str, ...]]:
    """A secret that is recognised by what stands before it."""
    return f"{prefix}{token}{suffix}", (token,)


def _service_account(source: random.Random) -> tuple[str, tuple[str, ...]]:
    text, lines = pem_block(source, "PRIVATE KEY")
    account = {"type": "service_account", "private_key": text + "\n", "client_email": "bot@sample.invalid"}
    return json.dumps(account), lines


def _encrypted_key(source: random.Random) -> tuple[str, tuple[str, ...]]:
    headers = f"Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,{draw(source, UPPER, 32)}\n\n"
    return pem_block(source, "RSA PRIVATE KEY", headers=headers)


def _pgp_key(source: random.Random) -> tuple[str, tuple[str, ...]]:
    return pem_block(source, "PGP PRIVATE KEY BLOCK", headers="Version: 2\n\n")


def _github_token(source: random.Random) -> tuple[str, tuple[str, ...]]:
    return _whole("gh" + source.choice("pours") + "_" + draw(source, ALPHANUMERIC, 36))


def _fine_grained_token(source: random.Random) -> tuple[str, tuple[str, ...]]:
    return _whole("github" + "_pat_" + draw(source, ALPHANUMERIC, 22) + "_" + draw(source, ALPHANUMERIC, 59))


def _installation_token(source: random.Random) -> tuple[str, tuple[str, ...]]:
    return _whole(f"ghs_{source.randrange(10**5, 10**7)}_{json_web_token(source)}")


def _slack_token(source: random.Random) -> tuple[str, tuple[str, ...]]:
    numbers = f"{source.randrange(10**11, 10**12)}-{source.randrange(10**11, 10**12)}"
    return _whole(f"xox{source.choice('abprs')}-{numbers}-{draw(source, ALPHANUMERIC, 24)}")


def _slack_webhook(source: random.Random) -> tuple[str, tuple[str, ...]]:
    path = f"T{draw(source, UPPER, 10)}/B{draw(source, UPPER, 10)}/{draw(source, ALPHANUMERIC, 24)}"
    return _after("https://hooks.slack" + ".com/services/", path)


def _stripe_key(source: random.Random) -> tuple[str, tuple[str, ...]]:
    return _whole(source.choice(("sk", "rk")) + "_live_" + draw(source, ALPHANUMERIC, source.choice((24, 99))))


def _sendgrid_key(source: random.Random) -> tuple[str, tuple[str, ...]]:
    return _whole("SG" + "." + draw(source, URL_SAFE, 22) + "." + draw(source, URL_SAFE, 43))


def _openai_key(source: random.Random) -> tuple[str, tuple[str, ...]]:
    if source.random() < 1 / 2:
        return _whole("sk-" + draw(source, ALPHANUMERIC, 48))
    return _whole("sk-" + source.choice(("proj", "svcacct")) + "-" + draw(source, URL_SAFE, 156))


def _azure_key(source: random.Random) -> tuple[str, tuple[str, ...]]:
    start = "DefaultEndpointsProtocol=https;AccountName=sample;AccountKey="
    return _after(start, draw(source, BASE64, 86) + "==", ";EndpointSuffix=core.windows.net")


def _url_password(source: random.Random) -> tuple[str, tuple[str, ...]]:
    scheme = source.choice(("postgres", "mysql", "mongodb+srv", "redis", "amqps", "https"))
    return _after(f"{scheme}://reporting:", _password(source), "@db.sample.invalid:5432/main?ssl=true")


def _authorization(source: random.Random) -> tuple[str, tuple[str, ...]]:
    if source.random() < 1 / 2:
        return _after("Authorization: Bearer ", draw(source, URL_SAFE, source.choice((32, 43))))
    pair = f"reporting:{_password(source)}"
    return _after("Authorization: Basic ", base64.b64encode(pair.encode()).decode())


def _env_line(source: random.Random) -> tuple[str, tuple[str, ...]]:
    name = source.choice(("DB_PASSWORD", "SESSION_SECRET", "API_TOKEN", "STRIPE_API_KEY", "SMTP_PASS"))
    return _after(f"{name}=", _password(source))


def _assignment(source: random.Random) -> tuple[str, tuple[str, ...]]:
    form = source.choice(('password = "%s"', 'client_secret: "%s"', '"apiKey": "%s"', "signing_key => '%s'"))
    start, end = form.split("%s")
    return _after(start, _password(source), end)


def _password(source: random.Random) -> str:
    return draw_mixed(source, ALPHANUMERIC + SYMBOLS, source.randrange(12, 25))


FORMATS: dict[str, Callable[[random.Random], tuple[str, tuple[str, ...]]]] = {
    "rsa_private_key": lambda source: pem_block(source, "RSA PRIVATE KEY"),
    "ec_private_key": lambda source: pem_block(source, "EC PRIVATE KEY"),
    "openssh_private_key": lambda source: pem_block(source, "OPENSSH PRIVATE KEY", width=70),
    "encrypted_private_key": _encrypted_key,
    "pgp_private_key": _pgp_key,
    "service_account_json": _service_account,
    "aws_access_key_id": lambda source: _whole(source.choice(("AK", "AS")) + "IA" + draw(source, UPPER, 16)),
    "aws_secret_access_key": lambda source: _after("aws_secret_access_key = ", draw(source, BASE64, 40)),
    "github_token": _github_token,
    "github_fine_grained_token": _fine_grained_token,
    "github_installation_token": _installation_token,
    "google_api_key": lambda source: _whole("AI" + "za" + draw(source, URL_SAFE, 35)),
    "google_oauth_secret": lambda source: _whole("GOC" + "SPX-" + draw(source, URL_SAFE, 28)),
    "slack_token": _slack_token,
    "slack_webhook": _slack_webhook,
    "stripe_key": _stripe_key,
    "json_web_token": lambda source: _whole(json_web_token(source)),
    "npm_token": lambda source: _whole("npm" + "_" + draw(source, ALPHANUMERIC, 36)),
    "pypi_token": lambda source: _whole("pypi-AgEIcHlwaS5vcmc" + draw(source, URL_SAFE, 140)),
    "gitlab_token": lambda source: _whole("glpat" + "-" + draw(source, URL_SAFE, 20)),
    "sendgrid_key": _sendgrid_key,
    "twilio_key": lambda source: _whole("S" + "K" + draw(source, LOWER_HEX, 32)),
    "openai_key": _openai_key,
    "anthropic_key": lambda source: _whole("sk-ant" + "-api03-" + draw(source, URL_SAFE, 93) + "AA"),
    "azure_storage_key": _azure_key,
    "url_password": _url_password,
    "authorization_header": _authorization,
    "env_line": _env_line,
    "named_assignment": _assignment,
    "high_entropy_string": lambda source: _after('"', draw_mixed(source, BASE64, 64), '"'),
}

SECRETS = strategies.builds(
    lambda kind, seed: make_secret(kind, random.Random(seed)),
    strategies.sampled_from(sorted(FORMATS)),
    strategies.integers(0, 10**9),
)
"""Any secret of any format."""

PROSE = strategies.text(ALPHANUMERIC + " \n.,:-_/日本語テスト", max_size=200)
"""Text that may stand around one."""

"""Secret patterns: what do keys and tokens look like, what are secrets called, and what stands in for one?

The forms are those their issuers document; where one is documented to change, the pattern is as wide as it allows.
"""

import re
from typing import NamedTuple


class Format(NamedTuple):
    """How one kind of secret is written: `pattern` can't match without `hint`; its group is the secret, if it has one.

    Prose may have a `loose` form too, so what matches is looked at once more. No pattern goes on after an unbounded
    run, so that none is slower than the text is long.
    """

    kind: str
    hint: str
    pattern: re.Pattern[str]
    loose: bool = False


def _format(kind: str, hint: str, pattern: str, *, loose: bool = False) -> Format:
    return Format(kind, hint, re.compile(pattern), loose)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


FORMATS = (
    # https://github.blog/changelog/2026-05-15-github-app-installation-tokens-per-request-override-header/
    _format("github_token", "gh", r"gh[pousr]_[A-Za-z0-9._-]{20,}+"),
    _format("github_token", "github_pat_", r"github_pat_[A-Za-z0-9_]{20,}+"),
    _format("gitlab_token", "gl", r"gl(?:pat|dt|rt|ptt|ft|soat|agent|cbt|oas|feat|imt)-[A-Za-z0-9_.=-]{16,}+"),
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
    _format("aws_access_key_id", "A", r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16,}+"),
    _format("aws_api_key", "ABSK", r"ABSK[A-Za-z0-9+/]{40,}+=*"),
    _format("google_api_key", "AIza", r"AIza[A-Za-z0-9_-]{30,}+"),
    _format("google_oauth_secret", "GOCSPX-", r"GOCSPX-[A-Za-z0-9_-]{20,}+"),
    _format("google_oauth_token", "ya29.", r"ya29\.[A-Za-z0-9_.-]{20,}+"),
    _format("google_refresh_token", "1//", r"(?<![A-Za-z0-9/:])1//0[A-Za-z0-9_-]{30,}+"),
    # https://api.slack.com/authentication/token-types
    _format("slack_token", "xox", r"xox[a-z](?:\.xox[a-z])?-[A-Za-z0-9-]{10,}+"),
    _format("slack_token", "xapp-", r"xapp-[A-Za-z0-9-]{10,}+"),
    _format("webhook_url", "slack", r"hooks\.slack\.com\\?/[a-z]{5,12}\\?/([A-Za-z0-9_/\\-]{20,}+)"),
    _format("webhook_url", "webhooks", r"api\\?/webhooks\\?/(\d{10,}+\\?/[A-Za-z0-9_-]{20,}+)"),
    _format("webhook_url", "office.com", r"\.office\.com\\?/webhookb?2?\\?/([A-Za-z0-9@/\\-]{40,}+)"),
    _format("stripe_key", "k_", r"[sr]k_(?:live|test)_[A-Za-z0-9]{16,}+"),
    _format("webhook_secret", "whsec_", r"whsec_[A-Za-z0-9+/=]{20,}+"),
    # https://www.rfc-editor.org/rfc/rfc7519#section-3
    _format(
        "json_web_token",
        "eyJ",
        r"(?<![A-Za-z0-9_-])(?>[A-Za-z0-9_-]*?(?=eyJ))([A-Za-z0-9_-]{10,}+\.[A-Za-z0-9_-]{4,}+(?:\.[A-Za-z0-9_-]*+)*+)",
    ),
    _format("npm_token", "npm_", r"npm_[A-Za-z0-9]{30,}+"),
    _format("pypi_token", "pypi-", r"pypi-(?=[A-Za-z0-9_-]{0,30}[A-Z])[A-Za-z0-9_-]{32,}+"),
    _format("rubygems_token", "rubygems_", r"rubygems_[A-Za-z0-9]{32,}+"),
    _format("docker_token", "dckr_", r"dckr_[a-z]{3}_[A-Za-z0-9_-]{20,}+"),
    _format("sendgrid_key", "SG.", r"SG\.[A-Za-z0-9_-]{16,64}+\.[A-Za-z0-9_-]{16,}+"),
    _format("twilio_key", "SK", r"SK[0-9a-f]{32,}+"),
    _format("mailgun_key", "key-", r"(?<![A-Za-z0-9])key-[0-9a-f]{32,}+"),
    _format("mailchimp_key", "-us", r"(?<![0-9a-f])[0-9a-f]{32}-us\d{1,2}(?!\d)"),
    _format("anthropic_key", "sk-ant-", r"sk-ant-[A-Za-z0-9_-]{20,}+"),
    _format("openai_key", "sk-", r"sk-(?:proj|svcacct|admin|or|lf)-[A-Za-z0-9_-]{20,}+"),
    _format("openai_key", "sk-", r"sk-[A-Za-z0-9]{40,}+"),
    _format("openai_key", "sk-", r"sk-(?=[A-Za-z0-9_-]{0,60}\d)(?=[A-Za-z0-9_-]{0,60}[A-Z])[A-Za-z0-9_-]{20,}+"),
    _format("model_key", "_", r"(?:gsk|hf|pplx|xai|r8)[_-][A-Za-z0-9]{30,}+"),
    # https://learn.microsoft.com/azure/storage/common/storage-configure-connection-string
    _format("azure_key", "Key=", r"(?:Account|SharedAccess)Key=([A-Za-z0-9+/]{40,}+=*)"),
    _format("azure_client_secret", "Q~", r"(?<![A-Za-z0-9_~.])[A-Za-z0-9_~.]{3}\dQ~[A-Za-z0-9_~.-]{31,}+"),
    _format("digitalocean_token", "_v1_", r"do[opr]_v1_[0-9a-f]{40,}+"),
    _format("shopify_token", "shp", r"shp(?:at|ca|pa|ss)_[A-Fa-f0-9]{32,}+"),
    _format("square_token", "sq0", r"sq0[a-z]{3}-[A-Za-z0-9_-]{22,}+"),
    _format("vault_token", "hv", r"hv[sbr]\.(?=[A-Za-z0-9_-]{0,30}[A-Z0-9])[A-Za-z0-9_-]{24,}+"),
    _format("terraform_token", ".atlasv1.", r"[A-Za-z0-9]{8,20}\.atlasv1\.[A-Za-z0-9_=-]{40,}+"),
    _format("grafana_token", "gl", r"gl(?:sa|c)_(?=[A-Za-z0-9_]{0,30}[A-Z0-9])[A-Za-z0-9+/_=]{32,}+"),
    _format("telegram_token", ":AA", r"(?<!\d)\d{8,10}:AA[A-Za-z0-9_-]{32,}+"),
    _format("linear_key", "lin_", r"lin_(?:api|oauth)_[A-Za-z0-9]{32,}+"),
    _format("notion_token", "ntn_", r"ntn_[A-Za-z0-9]{40,}+"),
    _format("atlassian_token", "AT", r"AT(?:ATT3|CTT3|BB)[A-Za-z0-9_=-]{20,}+"),
    _format("databricks_token", "dapi", r"(?<![A-Za-z0-9])dapi[0-9a-f]{32,}+"),
    _format("new_relic_key", "NRAK-", r"NRAK-[A-Z0-9]{24,}+"),
    _format("postman_key", "PMAK-", r"PMAK-[0-9a-f]{20,}+(?:-[0-9a-f]{20,}+)?"),
    _format("sentry_token", "sntry", r"sntry[su]_[A-Za-z0-9+/=_]{40,}+"),
    _format("age_key", "AGE-SECRET-KEY-", r"AGE-SECRET-KEY-[A-Z0-9-]{40,}+"),
    # What PEM wraps, without its first line: PKCS #1, PKCS #8 (RSA, EC, Ed25519, encrypted), SEC 1, OpenSSH
    _format("private_key", "MI", r"MI[IG][A-Za-z0-9+/]{1,6}(?:IBAAK|gEAAo|IBADA|gEAMB)[A-Za-z0-9+/]{40,}+=*"),
    _format("private_key", "M", r"(?:MHcCAQEEI|MIGkAgEBBD|MIHcAgEBBEI|MC4CAQAwBQYDK2VwBCIEI)[A-Za-z0-9+/]{20,}+=*"),
    _format(
        "private_key",
        "MI",
        r"MI[A-Za-z0-9+/]{3,14}(?:BgkqhkiG9w0BBQ0|GCSqGSIb3DQEFD|YJKoZIhvcNAQUN)[A-Za-z0-9+/]{40,}+=*",
    ),
    _format("private_key", "b3BlbnNzaC1rZXktdjE", r"b3BlbnNzaC1rZXktdjE[A-Za-z0-9+/]{40,}+=*"),
    # https://www.rfc-editor.org/rfc/rfc9110#section-11.6.2
    _format(
        "authorization_header",
        "",
        r"[Aa](?:uthorization|UTHORIZATION)\\?[\"'`\]]{0,3}[ \t]{0,3}[:=,(][ \t]{0,3}\\?[\"'`]?"
        r"(?:[A-Za-z-]{3,16}[ \t]{1,3})?([A-Za-z0-9._~+/:-]{8,}+=*+)(?![(\[])",
        loose=True,
    ),
    _format("authorization_header", "", r"[Bb](?:earer|EARER)[ \t]{1,3}([A-Za-z0-9._~+/-]{16,}+=*)", loose=True),
    _format("named_secret", "IDENTIFIED", r"IDENTIFIED (?:WITH \w{1,40} )?BY [\"']([^\"'\n]{4,100}+)", loose=True),
    _format(
        "named_secret",
        "",
        r"(?:パスワード|トークン|シークレット|秘密鍵|アクセスキー|APIキー)[はを:：=＝ \t]{1,5}[「『\"'`]?"
        r"([!#-&(-;=?-_a-~]{6,100}+)",
        loose=True,
    ),
    _format("request_signature", "ignature=", r"(?:X-Amz-|X-Goog-|[?&;])[Ss]ignature=([A-Za-z0-9%+/_-]{24,}+)"),
    _format("request_signature", "sig=", r"[?&;]sig=([A-Za-z0-9%+/_-]{24,}+)"),
)

SECRET_WORDS = _words(
    """
    password passwd passphrase passcode pass pwd psw secret secrets token apikey credential credentials mnemonic
    secretkey accesskey privatekey authkey masterkey signingkey encryptionkey sharedkey storagekey
    """
)
"""The last word of a name that says: a secret."""

SECRET_ENDINGS = ("password", "passwd", "passphrase", "secret", "token", "apikey", "secretkey", "accesskey", "pwd")
"""How such a word ends when the words before it are written together with it."""

KEY_WORDS = _words(
    """
    api access private secret signing sign encryption encrypt decryption auth master account service shared storage
    subscription ssh deploy session consumer app application client hmac jwt aes cipher crypto license admin root
    write ingest integration webhook function host functions personal data site rsa ec pgp gpg
    """
)
"""What makes a `key` a secret when it stands before it."""

SUFFIX_WORDS = _words(
    """
    value val str string raw plain plaintext b64 base64 encoded env var prod production dev development staging
    stage live sandbox default old new current previous primary secondary backup base main local
    """
)
"""Words after the telling one that change nothing."""

HARMLESS_WORDS = _words(
    """
    public next page continuation cancellation cancel pad unk bos eos sync partition
    """
)
"""Words in a name that say: a token or key, but nobody's secret."""

STAND_IN_WORDS = _words(
    """
    password passwd pass pwd pw passphrase secret secrets token tokens key keys api apikey my your our the this that
    some any user users username name admin administrator root guest postgres postgresql mysql mongo redis rabbitmq
    test tests tested testing tester example examples sample demo dummy fake mock mocked stub foo bar baz qux foobar
    placeholder change changeme changeit me it replace replaced insert here there with value todo tbd none null nil
    undefined true false yes no on off empty blank default dev development local localhost prod production staging
    private public client server access refresh auth authorization oauth bearer basic jwt csrf app application
    service account super strong safe secure very long random string hash hashed salt not real valid invalid wrong
    bad good old new next first second third one two three four abc abcd abcdef abcdefg abcdefgh xyz qwerty letmein
    welcome hello world redacted hidden masked removed censored encrypted required optional missing unknown expired
    id number text json something else other really please enter type never use for only is in of and or to from
    github gitlab google aws azure slack stripe npm pypi openai anthropic db database smtp session signing webhook
    plain base must should be set as at least characters chars data field form input utf sha md rsa ed ec
    """
)
"""Words that documentation and tests put where a secret would stand."""

HASH_WORDS = re.compile(
    r"sha-?\d|hash|checksum|integrity|digest|fingerprint|etag|\bh1:|revision|commit|md5|public|narhash|resolved"
    r"|ssh-(?:rsa|ed25519|dss)|ecdsa-sha2|;base64,|=\?[\w-]+\?b\?|content-md5|subresource|nonce",
    re.IGNORECASE,
)
"""What stands before a random-looking value that is no secret."""

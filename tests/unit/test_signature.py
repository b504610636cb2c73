"""A delivery counts only when it was signed with our secret, to the byte."""

import hashlib
import hmac
import json
from collections.abc import Iterator

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from functions.webhooks.signature import check_signature
from shared.domain.errors import UnauthenticatedError

# https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries#testing-the-webhook-payload-validation
SECRET = b"It's a Secret to Everybody"
BODY = b"Hello, World!"
SIGNATURE = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
DIGEST = SIGNATURE.removeprefix("sha256=")

REFUSED = {
    "missing": None,
    "empty": "",
    "only the algorithm": "sha256=",
    "only the digest": DIGEST,
    "SHA-1": f"sha1={hmac.new(SECRET, BODY, hashlib.sha1).hexdigest()}",
    "SHA-1 under another name": f"sha256={hmac.new(SECRET, BODY, hashlib.sha1).hexdigest()}",
    "SHA-512": f"sha512={hmac.new(SECRET, BODY, hashlib.sha512).hexdigest()}",
    "no HMAC": f"sha256={hashlib.sha256(SECRET + BODY).hexdigest()}",
    "an empty secret": f"sha256={hmac.new(b'', BODY, hashlib.sha256).hexdigest()}",
    "in capitals": f"sha256={DIGEST.upper()}",
    "an algorithm in capitals": f"SHA256={DIGEST}",
    "one digit short": SIGNATURE[:-1],
    "one digit long": f"{SIGNATURE}0",
    "twice": f"{SIGNATURE},{SIGNATURE}",
    "a good one after a bad one": f"sha256={'0' * 64},{SIGNATURE}",
    "space before": f" {SIGNATURE}",
    "a line after": f"{SIGNATURE}\n",
    "NUL after": f"{SIGNATURE}\x00",
    "digits of another script": SIGNATURE.replace("7", "７"),
    "not ASCII": "sha256=é" + DIGEST[1:],
    "half of a surrogate pair": f"sha256=\udce9{DIGEST[1:]}",
    "very long": "sha256=" + "a" * 100_000,
}


class Watched(tuple[bytes, ...]):
    """Secrets that count how many of them were tried."""

    __slots__ = ()
    tried: list[bytes] = []  # noqa: RUF012  # emptied by the one test that uses it

    def __iter__(self) -> Iterator[bytes]:
        for each in super().__iter__():
            self.tried.append(each)
            yield each


def sign(body: bytes, secret: bytes = SECRET) -> str:
    return f"sha256={hmac.new(secret, body, hashlib.sha256).hexdigest()}"


def holds(body: bytes, header: str | None, *secrets: bytes) -> bool:
    try:
        check_signature(body, header, secrets or (SECRET,))
    except UnauthenticatedError:
        return False
    return True


class TestSignature:
    @pytest.mark.parametrize("header", REFUSED.values(), ids=REFUSED.keys())
    def test_is_refused_unless_it_is_the_one(self, header: str | None) -> None:
        assert not holds(BODY, header)

    def test_holds_for_the_example_that_github_publishes(self) -> None:
        assert holds(BODY, SIGNATURE)

    def test_fails_for_every_flipped_bit_of_the_body(self) -> None:
        for bit in range(len(BODY) * 8):
            flipped = bytearray(BODY)
            flipped[bit // 8] ^= 1 << bit % 8
            assert not holds(bytes(flipped), SIGNATURE), bit

    def test_fails_for_every_flipped_bit_of_the_header(self) -> None:
        for bit in range(len(SIGNATURE) * 8):
            flipped = bytearray(SIGNATURE.encode())
            flipped[bit // 8] ^= 1 << bit % 8
            assert not holds(BODY, flipped.decode("latin-1")), bit

    @pytest.mark.parametrize("other", [b"", BODY[:-1], BODY + b"\n", b"\xef\xbb\xbf" + BODY, BODY.lower()])
    def test_fails_for_a_body_that_is_almost_the_same(self, other: bytes) -> None:
        assert not holds(other, SIGNATURE)

    @given(
        st.dictionaries(
            st.text(max_size=5), st.integers() | st.text(max_size=5) | st.lists(st.booleans()), min_size=1, max_size=5
        )
    )
    def test_fails_for_the_same_json_in_other_bytes(self, payload: dict[str, object]) -> None:
        body = json.dumps(payload, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass")
        other_forms = (
            json.dumps(payload).encode(),
            json.dumps(payload, indent=1).encode(),
            json.dumps(dict(reversed(payload.items())), separators=(",", ":")).encode(),
            body + b" ",
        )
        assert holds(body, sign(body))
        assert all(other == body or not holds(other, sign(body)) for other in other_forms)

    @settings(max_examples=10_000, deadline=None)
    @given(
        st.one_of(
            st.text(),
            st.text(alphabet="0123456789abcdefABCDEF", min_size=60, max_size=68).map("sha256={}".format),
            st.lists(st.sampled_from([SIGNATURE, DIGEST, "sha256=", ",", " ", "sha1="]), max_size=5).map("".join),
        ),
        st.one_of(st.just(BODY), st.binary(max_size=30)),
    )
    def test_is_refused_whatever_stands_in_the_header(self, header: str, body: bytes) -> None:
        assume(header != sign(body))
        assert not holds(body, header)


class TestSeveralSecrets:
    """While one secret replaces another, both are live."""

    OLD, NEW, OTHER = b"the secret until now", b"the secret from now on", b"somebody else's secret"

    def test_let_deliveries_in_that_were_signed_with_either(self) -> None:
        for secret in (self.OLD, self.NEW):
            assert holds(BODY, sign(BODY, secret), self.OLD, self.NEW)
        assert not holds(BODY, sign(BODY, self.OTHER), self.OLD, self.NEW)

    def test_keep_the_old_one_out_once_it_is_gone(self) -> None:
        assert not holds(BODY, sign(BODY, self.OLD), self.NEW)

    def test_are_all_tried_whichever_matches(self) -> None:
        Watched.tried.clear()
        check_signature(BODY, sign(BODY, self.OLD), Watched((self.OLD, self.NEW, self.OTHER)))
        assert Watched.tried == [self.OLD, self.NEW, self.OTHER]

    def test_let_nothing_in_when_there_are_none(self) -> None:
        with pytest.raises(UnauthenticatedError):
            check_signature(BODY, SIGNATURE, ())

    def test_are_not_in_the_error(self) -> None:
        with pytest.raises(UnauthenticatedError) as caught:
            check_signature(BODY, "sha256=0", (self.OLD,))
        assert self.OLD.decode() not in repr(caught.value)
        assert caught.value.__cause__ is None

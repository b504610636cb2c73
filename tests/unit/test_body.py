"""Which bytes are a body that every store and client can carry, and how much of one is read?"""

import json
from io import BytesIO
from typing import Any

import pytest
from flask import Request
from hypothesis import example, given
from hypothesis import strategies as st
from werkzeug.test import EnvironBuilder

from shared.domain.errors import InvalidError, TooLargeError, UnsupportedMediaTypeError
from shared.web.body import MAX_DEPTH, MAX_INTEGER, load, parse, read

JSON = "application/json"
TEXTS = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]))
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-MAX_INTEGER, MAX_INTEGER)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda each: st.lists(each, max_size=3) | st.dictionaries(TEXTS, each, max_size=3),
    max_leaves=10,
)


def nested(levels: int, opening: bytes = b"[", core: bytes = b"", closing: bytes = b"]") -> bytes:
    """An object and below it so many levels."""
    return b'{"a":' + opening * levels + core + closing * levels + b"}"


class TestParse:
    @given(st.dictionaries(TEXTS, VALUES, max_size=4))
    def test_gives_back_what_was_said(self, value: dict[str, Any]) -> None:
        for ascii_only in (True, False):
            assert parse(json.dumps(value, ensure_ascii=ascii_only).encode(), content_type=JSON) == value

    @given(st.binary(max_size=200))
    @example(b'{"a":' * 100_000)
    @example(b'{"a": ' + b"1" * 100_000 + b"}")
    @example(b'{"a": 1e' + b"9" * 100_000 + b"}")
    @example(b'{"a": "\\ud83d"}')
    def test_refuses_in_words_of_ours_or_takes_an_object(self, body: bytes) -> None:
        try:
            outcome: object = parse(body, content_type=JSON)
        except InvalidError as error:
            outcome = str(error)
        assert isinstance(outcome, dict) or (isinstance(outcome, str) and 0 < len(outcome) < 100)

    @pytest.mark.parametrize("body", [nested(MAX_DEPTH - 1), nested(MAX_DEPTH - 1, core=b'"text"')])
    def test_takes_twenty_levels(self, body: bytes) -> None:
        assert parse(body, content_type=JSON)

    @pytest.mark.parametrize(
        "body",
        [
            nested(MAX_DEPTH),
            nested(MAX_DEPTH, core=b"1"),
            nested(MAX_DEPTH, b'{"a":', b"{}", b"}"),
            nested(MAX_DEPTH // 2, b'[{"a":', b"1", b"}]"),
            nested(100_000),
        ],
    )
    def test_refuses_one_more(self, body: bytes) -> None:
        with pytest.raises(InvalidError, match="nested too deeply"):
            parse(body, content_type=JSON)

    @pytest.mark.parametrize("number", [MAX_INTEGER, -MAX_INTEGER, 0, -1])
    def test_takes_integers_that_all_programs_carry(self, number: int) -> None:
        assert parse(f'{{"a": {number}}}'.encode(), content_type=JSON) == {"a": number}

    @pytest.mark.parametrize("digits", [str(MAX_INTEGER + 1), str(-MAX_INTEGER - 1), "9" * 17, "-" + "9" * 5_000])
    def test_refuses_integers_that_others_would_round(self, digits: str) -> None:
        with pytest.raises(InvalidError, match="2\\^53"):
            parse(f'{{"a": [{digits}]}}'.encode(), content_type=JSON)

    @pytest.mark.parametrize("text", ["\\ud83d\\ude00", "\\u0301", "\\u2028", "\\uffff", "\\ufeff"])
    def test_takes_odd_characters_that_are_whole(self, text: str) -> None:
        assert parse(f'{{"{text}": "{text}"}}'.encode(), content_type=JSON)

    @pytest.mark.parametrize(
        "value",
        [
            '"\\ud800"',
            '"\\udc00\\ud800"',
            '[["\\ud83d"]]',
            '{"\\ud800": 1}',
            '"a\\u0000b"',
            '{"a\\u0000": 1}',
            "1e999",
            "[-1e999]",
        ],
    )
    def test_refuses_what_no_store_keeps(self, value: str) -> None:
        with pytest.raises(InvalidError):
            parse(f'{{"a": {value}}}'.encode(), content_type=JSON)

    @pytest.mark.parametrize("encoding", ["identity", ""])
    def test_takes_what_is_not_packed(self, encoding: str) -> None:
        assert parse(b"{}", content_type=JSON, content_encoding=encoding) == {}

    @pytest.mark.parametrize(
        ("content_type", "encoding"), [("text/plain", ""), ("", ""), (JSON, "gzip"), ("application/jsonx", "")]
    )
    def test_says_which_kind_it_takes(self, content_type: str, encoding: str) -> None:
        with pytest.raises(UnsupportedMediaTypeError):
            parse(b"{}", content_type=content_type, content_encoding=encoding)


class TestLoad:
    @pytest.mark.parametrize(
        "body", [b'{"a": NaN}', b'{"a": 1, "a": 1}', b'{"a": 9007199254740992}', b"[]", b"", b"\xff"]
    )
    def test_refuses_what_is_no_single_value(self, body: bytes) -> None:
        with pytest.raises(InvalidError):
            load(body)

    @pytest.mark.parametrize("body", [nested(30), b'{"a": "\\ud800"}', b'{"a": "\\u0000"}'])
    def test_leaves_depth_and_text_to_its_reader(self, body: bytes) -> None:
        assert load(body)


class TestRead:
    @staticmethod
    def request(body: bytes, **environ: Any) -> Request:  # noqa: ANN401  # WSGI's own
        builder = EnvironBuilder(method="POST", data=body)
        return Request({**builder.get_environ(), **environ})

    def test_takes_a_body_of_the_very_limit(self) -> None:
        assert read(self.request(b"a" * 10), 10) == b"a" * 10

    @pytest.mark.parametrize("size", [11, 12, 200_000])
    def test_refuses_one_byte_more(self, size: int) -> None:
        with pytest.raises(TooLargeError):
            read(self.request(b"a" * size), 10)

    @pytest.mark.parametrize("length", ["", "abc", "-5", "1e3"])
    def test_reads_nothing_of_an_unknown_length(self, length: str) -> None:
        assert read(self.request(b"a" * 100, CONTENT_LENGTH=length), 10) == b""

    def test_refuses_a_stream_that_says_nothing_of_its_length(self) -> None:
        environ = {"CONTENT_LENGTH": "", "wsgi.input": BytesIO(b"a" * 11), "wsgi.input_terminated": True}
        with pytest.raises(TooLargeError):
            read(self.request(b"", **environ), 10)

    def test_refuses_a_body_that_breaks_off(self) -> None:
        with pytest.raises(InvalidError, match="can't be read"):
            read(self.request(b"abc", CONTENT_LENGTH="9"), 10)

    def test_reads_a_body_that_is_too_large_to_its_end(self) -> None:
        stream = BytesIO(b"a" * 300_000)
        with pytest.raises(TooLargeError):
            read(self.request(b"", CONTENT_LENGTH="300000", **{"wsgi.input": stream}), 10)
        assert stream.read() == b""

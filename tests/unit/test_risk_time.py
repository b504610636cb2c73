"""Does an answer come quickly, whatever the intent holds? Measured is the processor's time, on a busy machine too."""

import itertools
import json
import time

import pytest

from shared.domain.risk import assess
from shared.domain.risk.policy import policy

LARGEST_BODY = 1_000_000
READ = policy().limits.characters - 1
PATHS = policy().limits.path_characters
MOST_SECONDS = 0.5  # about 0.03 where nothing else runs
PARTS = [
    *(
        "payment ",
        "p a y m e n t ",
        "a",
        "aB",
        "p-",
        "p\u200bx ",
        "\u0301",
        "\ufdfa",
        "㌀",
        "&amp;",
        "<b>",
        "认 ",
        "認証",
    ),
    *("결제 ", "раy ", "p4", "@", "../", "delete data ", "\U0001f1e6", "ａｂ ", "\\", "(((", "_", "か\u3099"),
]


def seconds(**intent: object) -> float:
    whole: dict[str, object] = {"goal": "", "constraints": {}, "success": "", "pr_meta": None, **intent}
    started = time.process_time()
    assess(**whole)  # type: ignore[arg-type]  # whatever a test wants to hand over
    return time.process_time() - started


def filled(part: str, length: int) -> str:
    return (part * (length // len(part) + 1))[:length]


class TestTime:
    @pytest.mark.parametrize("length", [READ, LARGEST_BODY], ids=["all that is read", "the largest body"])
    @pytest.mark.parametrize("part", PARTS)
    def test_does_not_depend_on_what_a_text_repeats(self, part: str, length: int) -> None:
        assert seconds(goal=filled(part, length)) < MOST_SECONDS

    @pytest.mark.parametrize("letters", ["abcdefghij", "認証決済鍵権限請求", "аеорсхyim1"])
    def test_does_not_depend_on_different_words(self, letters: str) -> None:
        different = " ".join(map("".join, itertools.islice(itertools.permutations(letters, 4), READ // 5)))
        assert seconds(goal=different[:READ]) < MOST_SECONDS

    @pytest.mark.parametrize(
        "constraints",
        [
            [0] * 400_000,
            ["x"] * 250_000,
            {str(number): "payments" for number in range(50_000)},
            {"a": filled("payments ", LARGEST_BODY)},
            json.loads("[" * 900 + "]" * 900),
        ],
        ids=["numbers", "texts", "members", "one text", "depth"],
    )
    def test_does_not_depend_on_the_size_of_the_constraints(self, constraints: object) -> None:
        assert seconds(constraints=constraints) < MOST_SECONDS

    @pytest.mark.parametrize("part", ["a/", "aB", "auth/", "x_", "認/", "ａ/", "paуment.", ".github/"])
    def test_does_not_depend_on_what_a_path_repeats(self, part: str) -> None:
        long = filled(part, 4000) + "x"
        short = [f"{filled(part, 60)}{number}" for number in range(PATHS // 66)]
        for paths in ([long] * (PATHS // 4002), short, short * 60, [long] * 240):
            assert seconds(pr_meta={"paths": paths}) < MOST_SECONDS

"""Are the words of a private repository's card free of its name, and otherwise as they were?"""

import pytest

from functions.assets.exports.private import without_name

NAME = "sample-org/parcel-tracker"


class TestWithoutName:
    @pytest.mark.parametrize(
        "words",
        [
            *("parcel-tracker", "Parcel Tracker", "parcel_tracker", "ParcelTracker", "PARCEL.TRACKER"),
            *("sample-org/parcel-tracker", "Sample-Org/Parcel-Tracker#41", "sample-org/parcel-tracker.git"),
            *("github.com/sample-org/parcel-tracker", "https://github.com/sample-org/parcel-tracker/pull/41?x#y"),
            *("git@github.com:sample-org/parcel-tracker.git", "https://www.github.com/sample-org/parcel-tracker"),
        ],
    )
    def test_leaves_no_name_and_no_address(self, words: str) -> None:
        found = without_name(f"Sped up {words} twice, 配達({words})", NAME)
        assert found.replace("git@", "") == "Sped up [private] twice, 配達([private])"

    @pytest.mark.parametrize(
        "words", ["Tracks parcels", "A parcel and its tracker", "parcel-trackers", "myparcel-tracker", "sample-org"]
    )
    def test_leaves_other_words(self, words: str) -> None:
        assert without_name(words, NAME) == words

    @pytest.mark.parametrize("name", ["a/-", "a/.github", "a/...", "a/x", "a/a+b", "a/" + "x-" * 49 + "x"])
    def test_takes_any_name(self, name: str) -> None:
        own = name.partition("/")[2]
        assert f" {own} " not in without_name(f"In {own} now", name)

    def test_is_quick_with_long_words(self) -> None:
        words = "parcel-" * 20_000 + "https://github.com/" * 5_000
        assert without_name(words, NAME) == words

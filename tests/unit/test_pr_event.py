"""Which deliveries are kept, under which id, and what is kept of them."""

import contextlib
from collections.abc import Callable
from dataclasses import asdict, fields
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.errors import InvalidError
from shared.domain.pr_event import EVENTS, KEEP_IGNORED, PrEvent, delivery_guid, read_delivery
from shared.domain.step import GRACE
from tests.deliveries import ABSENT, GUID, changed, installed, merge, renamed

AT = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
SHA = "0123456789abcdef0123456789abcdef01234567"

NO_NUMBERS: list[object] = [ABSENT, None, True, 0, -1, 2**53, 2**63, 10**400, 1.5, float("nan"), "1", "", [], {}, [[1]]]
NO_TEXTS: list[object] = [ABSENT, True, 1, 1.5, [], {}, {"a": [1]}, "", "\ud800", "a\x00b", "a\nb", "x" * 1_000_000]
NO_SHAS = [*NO_TEXTS, None, "main", SHA[:-1], SHA + "0", SHA.upper(), f"{SHA}\n", "../../x", "٠" * 40]
NO_NAMES = [
    *NO_TEXTS,
    None,
    "a",
    "a/",
    "/b",
    "a/b/c",
    "..",
    "../b",
    "a/..",
    "./b",
    "a/.",
    "a b/c",
    "ä/b",
    "a/日本",
    "a/b?c",
    "a/b#c",
    "a/%2e%2e",
    "a/b\n",
    "a/" + "b" * 101,
]
NO_LOGINS = [*NO_TEXTS, "a/b", "..", ".a", "a b", "日本", "[bot]", "a[bot]b", "a\n", "<b>"]


def at(path: str, *values: object) -> list[tuple[str, object]]:
    return [(path, value) for value in values]


MALFORMED_MERGES = [
    *at("installation.id", *NO_NUMBERS),
    *at("repository.id", *NO_NUMBERS),
    *at("pull_request.number", *NO_NUMBERS),
    *at("pull_request.user.id", *(each for each in NO_NUMBERS if each is not None)),
    *at("pull_request.merge_commit_sha", *NO_SHAS),
    *at("pull_request.head.sha", *NO_SHAS),
    *at("repository.full_name", *NO_NAMES),
    *at("repository.owner.login", *NO_LOGINS, None),
    *at("pull_request.user.login", *NO_LOGINS, None),
    *at("pull_request.user.type", None, 1, [], {}, "", "B ot", "ボット", "x" * 1_000_000),
    *at("pull_request", ABSENT, None, [], "text", 1),
    *at("pull_request.user", ABSENT, [1], "text", 1),
    *at("pull_request.head", ABSENT, None, [], "text"),
    *at("repository", ABSENT, None, [], "text", 1),
    *at("repository.owner", ABSENT, None, [], "text"),
    *at("installation", [1], "text", 1),
]
MALFORMED_REFRESHES = [
    *at("installation.id", *NO_NUMBERS),
    *at("repository.id", *NO_NUMBERS),
    *at("repository.full_name", *NO_NAMES),
    *at("repository.owner.login", *(each for each in NO_LOGINS if each is not ABSENT)),
    *at("repository.owner", "text", 1, [1]),
    *at("repository", "text", 1, [1]),
    *at("installation", "text", 1, [1]),
    *at("action", [], {}),
]
REFRESHES: list[tuple[str, str, Callable[[], dict[str, Any]]]] = [
    *(
        ("installation", action, installed)
        for action in ("created", "deleted", "suspend", "unsuspend", "new_permissions_accepted")
    ),
    *(("installation_repositories", action, installed) for action in ("added", "removed")),
    *(("repository", action, renamed) for action in ("renamed", "transferred", "privatized", "publicized", "deleted")),
]
IGNORED_ACTIONS = [
    "opened",
    "synchronize",
    "reopened",
    "edited",
    "labeled",
    "unknown",
    "Closed",
    "closed ",
    "",
    None,
    1,
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)


def shown(value: object) -> str:
    return "absent" if value is ABSENT else repr(value)[:40]


def read(payload: dict[str, Any], *, event: str = "pull_request", body: bytes = b"{}") -> PrEvent | None:
    return read_delivery(event, payload, body=body, delivery_id=GUID, at=AT)


def kept(payload: dict[str, Any], *, event: str = "pull_request", body: bytes = b"{}") -> PrEvent:
    found = read(payload, event=event, body=body)
    assert found is not None
    return found


class TestMerge:
    @pytest.mark.parametrize(
        ("path", "value"), MALFORMED_MERGES, ids=[f"{path} {shown(value)}" for path, value in MALFORMED_MERGES]
    )
    def test_is_refused_when_it_is_not_what_github_documents(self, path: str, value: object) -> None:
        with pytest.raises(InvalidError) as caught:
            read(changed(merge(), path, value))
        assert str(caught.value) == "not a pull_request delivery as GitHub documents it"

    @given(st.dictionaries(st.sampled_from(["action", "pull_request", "repository", "installation"]), JSON))
    def test_is_kept_or_refused_or_ignored_and_nothing_else(self, payload: dict[str, Any]) -> None:
        with contextlib.suppress(InvalidError):
            found = read({**merge(), **payload})
            assert found is None or found == kept(merge())

    @pytest.mark.parametrize("action", IGNORED_ACTIONS)
    def test_is_ignored_under_any_other_action(self, action: object) -> None:
        assert read(changed(merge(), "action", action)) is None

    @pytest.mark.parametrize("merged", [False, None, "true", 1, ABSENT])
    def test_is_ignored_when_it_was_closed_without_one(self, merged: object) -> None:
        assert read(changed(merge(), "pull_request.merged", merged)) is None

    @pytest.mark.parametrize("installation", [ABSENT, None, {}])
    def test_is_ignored_when_a_hook_of_the_repository_sent_it(self, installation: object) -> None:
        assert read(changed(merge(), "installation", installation)) is None

    def test_waits_for_its_first_stage_and_for_the_reconciler_a_minute_later(self) -> None:
        event = kept(merge())
        assert (event.state, event.stage, event.epoch, event.fence, event.attempts) == ("received", "fetch", 0, 0, 0)
        assert event.received_at == event.updated_at == AT
        assert event.due_at == AT + GRACE == AT + timedelta(seconds=60)

    def test_keeps_ids_names_and_digests_and_nothing_that_somebody_wrote(self) -> None:
        payload = merge()
        payload["pull_request"] |= {"title": "canary-title", "body": "canary-body"}
        payload["pull_request"]["head"]["ref"] = "canary-ref"
        payload["sender"]["login"] = "canary-sender"
        assert "canary" not in repr(kept(payload))

    def test_takes_its_fields_from_the_body(self) -> None:
        payload = merge()
        pull, repository = payload["pull_request"], payload["repository"]
        event = kept(payload, body=b"the raw bytes")
        assert event.installation_id == payload["installation"]["id"]
        assert (event.account, event.repo_full_name) == (repository["owner"]["login"], repository["full_name"])
        assert (event.repository_id, event.pr_number) == (repository["id"], pull["number"])
        assert (event.author_id, event.author_login, event.author_type) == (
            pull["user"]["id"],
            pull["user"]["login"],
            pull["user"]["type"],
        )
        assert (event.merge_commit_sha, event.head_sha) == (pull["merge_commit_sha"], pull["head"]["sha"])
        assert event.body_sha256 == "fc77021bacd18271eaa0ba4abc3dad2ace1f83bcacea4df55628edc9795a427f"

    def test_of_a_deleted_account_has_a_ghost_for_its_author(self) -> None:
        event = kept(changed(merge(), "pull_request.user", None))
        assert (event.author_id, event.author_login, event.author_type) == (None, "ghost", "User")

    @pytest.mark.parametrize("login", ["dependabot[bot]", "a_b", "A-1", "a.b"])
    def test_takes_every_login_that_github_gives(self, login: str) -> None:
        assert kept(changed(merge(), "pull_request.user.login", login)).author_login == login

    def test_takes_the_object_names_of_both_hashes(self) -> None:
        assert kept(changed(merge(), "pull_request.merge_commit_sha", "a" * 64)).merge_commit_sha == "a" * 64


class TestPrEventId:
    @pytest.mark.parametrize(
        ("path", "value"),
        [
            ("installation.id", 1),
            ("repository.id", 1),
            ("pull_request.number", 1),
            ("pull_request.merge_commit_sha", SHA),
        ],
    )
    def test_differs_by_whatever_makes_another_merge(self, path: str, value: object) -> None:
        assert kept(changed(merge(), path, value)).pr_event_id != kept(merge()).pr_event_id

    @pytest.mark.parametrize(
        ("path", "value"),
        [
            ("repository.full_name", "another-org/another-name"),
            ("repository.owner.login", "another-org"),
            ("pull_request.title", "edited meanwhile"),
            ("pull_request.head.sha", SHA),
            ("pull_request.user.login", "renamed-person"),
            ("sender", {}),
        ],
    )
    def test_stays_the_same_under_another_name(self, path: str, value: object) -> None:
        assert kept(changed(merge(), path, value), body=b"other").pr_event_id == kept(merge()).pr_event_id

    def test_owes_nothing_to_the_delivery_header(self) -> None:
        ids = {
            read_delivery("pull_request", merge(), body=b"", delivery_id=each, at=AT).pr_event_id  # type: ignore[union-attr]  # kept, as above
            for each in (None, GUID, GUID[::-1])
        }
        assert len(ids) == 1

    @given(st.permutations(["opened", "synchronize", "edited", "closed", "labeled", "closed", "reopened"]))
    def test_comes_out_of_every_order_of_deliveries_once(self, actions: list[str]) -> None:
        events = [read(changed(merge(), "action", action)) for action in actions]
        assert {event for event in events if event} == {kept(merge())}


class TestRefresh:
    @pytest.mark.parametrize(("event", "action", "payload"), REFRESHES)
    def test_is_kept_for_what_may_change_a_connection(
        self, event: str, action: str, payload: Callable[[], dict[str, Any]]
    ) -> None:
        whole = changed(payload(), "action", action)
        found = kept(whole, event=event)
        assert (found.stage, found.event, found.state) == ("refresh", event, "received")
        assert found.installation_id == whole["installation"]["id"]
        assert found.account == merge()["repository"]["owner"]["login"]
        assert (found.repository_id is None) == ("repository" not in whole)

    @pytest.mark.parametrize(
        ("path", "value"), MALFORMED_REFRESHES, ids=[f"{path} {shown(value)}" for path, value in MALFORMED_REFRESHES]
    )
    def test_is_refused_when_it_is_not_what_github_documents(self, path: str, value: object) -> None:
        with pytest.raises(InvalidError):
            read(changed(renamed(), path, value), event="repository")

    @pytest.mark.parametrize(
        ("event", "action"),
        [("installation", "unknown"), ("repository", "edited"), ("repository", "created"), ("repository", None)],
    )
    def test_is_ignored_for_everything_else(self, event: str, action: object) -> None:
        assert read(changed(renamed(), "action", action), event=event) is None

    @pytest.mark.parametrize("installation", [ABSENT, None, {}])
    def test_is_ignored_without_an_installation(self, installation: object) -> None:
        assert read(changed(renamed(), "installation", installation), event="repository") is None

    def test_of_an_enterprise_has_no_account(self) -> None:
        payload = changed(installed(), "installation.account", {"slug": "an-enterprise", "id": 1})
        assert kept(payload, event="installation").account is None

    def test_is_the_same_when_the_same_bytes_come_again(self) -> None:
        first, again, other = (kept(installed(), event="installation", body=body) for body in (b"1", b"1", b"2"))
        assert first.pr_event_id == again.pr_event_id != other.pr_event_id

    def test_knows_only_the_events_it_lists(self) -> None:
        assert {event for event, *_ in REFRESHES} | {"pull_request"} == EVENTS


class TestDeliveryGuid:
    @pytest.mark.parametrize(
        "header",
        [
            "",
            "garbage",
            GUID[:-1],
            f"{GUID}0",
            f" {GUID}",
            f"{GUID}\n",
            f"{{{GUID}}}",
            GUID.replace("0", "g"),
            "a" * 10**6,
        ],
        ids=shown,
    )
    def test_is_nothing_unless_it_is_a_guid(self, header: str) -> None:
        assert delivery_guid(header) is None

    @pytest.mark.parametrize("header", [GUID, "72d3162e-cc78-11e3-81ab-4c9367dc0958", GUID.replace("8", "F")])
    def test_is_kept_as_it_came(self, header: str) -> None:
        assert delivery_guid(header) == header


class TestPrEvent:
    def test_that_is_ignored_goes_after_seven_days(self) -> None:
        event = kept(merge()).ignored("not_connected", at=AT)
        assert (event.state, event.last_error, event.due_at) == ("ignored", "not_connected", None)
        assert event.expires_at == AT + KEEP_IGNORED == AT + timedelta(days=7)
        assert event.is_over

    def test_that_is_done_stays(self) -> None:
        event = kept(merge()).done(at=AT)
        assert (event.state, event.expires_at, event.due_at, event.is_over) == ("done", None, None, True)

    def test_holds_only_what_the_webhook_can_store(self) -> None:
        kinds = {
            type(value)
            for event in (kept(merge()), kept(renamed(), event="repository"))
            for value in asdict(event).values()
        }
        assert kinds <= {str, int, datetime, type(None)}
        assert {field.name for field in fields(PrEvent)} == set(asdict(kept(merge())))

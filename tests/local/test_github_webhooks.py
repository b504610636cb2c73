"""Are deliveries signed, sent once, remembered and repeated as GitHub's are?"""

import hashlib
import hmac
import json
import socket
import threading
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask, Response, request

from local.github import Delivery, ForeignTargetError, GitHub, Json, NoWebhookError, read_samples
from local.server import Server
from tests.local.github_calls import SAMPLES, Caller, app_jwt, public_key

SECRET = "a sample webhook secret"
TRACKER = "sample-org/parcel-tracker"
FIRST = "sample-org__parcel-tracker__41"
DELIVERIES = "/app/hook/deliveries"


@dataclass
class Receiver:
    """A webhook that keeps what it gets and answers as it is told."""

    answer: Callable[[], Response] = lambda: Response("thanks", 200)
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    @property
    def payloads(self) -> list[Any]:
        return [json.loads(body) for _, body in self.got]

    def app(self) -> Flask:
        app = Flask(__name__)

        @app.post("/hook")
        def receive() -> Response:
            self.got.append((dict(request.headers), request.get_data()))
            return self.answer()

        return app


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


@pytest.fixture
def github(receiver: Receiver) -> Iterator[GitHub]:
    samples = read_samples(SAMPLES)
    with (
        Server(receiver.app(), name="a webhook") as server,
        GitHub(samples, public_key=public_key(), webhook_url=f"{server.url}/hook", webhook_secret=SECRET) as github,
    ):
        yield github


@pytest.fixture
def caller(github: GitHub) -> Iterator[Caller]:
    caller = Caller(github)
    yield caller
    caller.close()


def sha256(body: bytes, secret: str = SECRET) -> str:
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def closed_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}/hook"


class TestTarget:
    @pytest.mark.parametrize(
        "url",
        [
            "http://example.com/hook",
            "https://127.0.0.1/hook",
            "http://localhost.example.com/hook",
            "http://127.0.0.1@example.com/hook",
            "http://10.0.0.1/hook",
            "http://169.254.169.254/hook",
            "http://[::ffff:10.0.0.1]/hook",
            "http://0.0.0.0/hook",
            "ftp://127.0.0.1/hook",
            "127.0.0.1:80",
            "http://[",
            "",
        ],
    )
    def test_is_refused_off_this_machine(self, url: str) -> None:
        with pytest.raises(ForeignTargetError, match="never sends traffic to another machine"):
            GitHub(webhook_url=url)

    @pytest.mark.parametrize("url", ["http://localhost:1/x", "http://127.0.0.9/x", "http://[::1]:2/x"])
    def test_is_taken_on_this_machine(self, url: str) -> None:
        assert GitHub(webhook_url=url).hooks.url == url

    def test_can_not_be_moved_away_later(self, github: GitHub) -> None:
        with pytest.raises(ForeignTargetError):
            github.hooks.url = "http://example.com/"

    def test_is_needed_to_deliver(self) -> None:
        github = GitHub(read_samples(SAMPLES))
        with pytest.raises(NoWebhookError):
            github.deliver_sample(FIRST)
        github.rename(TRACKER, "parcels")
        assert github.hooks.deliveries() == []


class TestDelivery:
    def test_carries_github_s_headers(self, github: GitHub, receiver: Receiver) -> None:
        github.deliver_sample(FIRST)
        headers, body = receiver.got[0]
        assert headers["X-Github-Event"] == "pull_request"
        assert str(uuid.UUID(headers["X-Github-Delivery"])) == headers["X-Github-Delivery"]
        assert headers["X-Hub-Signature-256"] == sha256(body)
        assert headers["X-Hub-Signature"] == "sha1=" + hmac.new(SECRET.encode(), body, hashlib.sha1).hexdigest()
        assert headers["X-Github-Hook-Installation-Target-Type"] == "integration"
        assert headers["X-Github-Hook-Installation-Target-Id"] == "1000001"
        assert headers["X-Github-Hook-Id"].isdigit()
        assert headers["User-Agent"].startswith("GitHub-Hookshot/")
        assert headers["Content-Type"] == "application/json"

    def test_is_the_sample_s_payload_in_utf8(self, github: GitHub, receiver: Receiver) -> None:
        github.deliver_sample("sample-org__docs-site__17")
        assert receiver.payloads == [github.samples["sample-org__docs-site__17"].webhook]
        assert "再送ルール".encode() in receiver.got[0][1]
        with pytest.raises(KeyError):
            github.deliver_sample("no-such-sample")

    def test_can_be_forged_in_every_part(self, github: GitHub, receiver: Receiver) -> None:
        github.hooks.deliver("push", b"{ not json", secret="another", guid="not-a-guid")
        github.hooks.deliver("ping", {"zen": "ü"}, signature="sha256=ünsigned")
        github.hooks.deliver("ping", {}, headers={"X-Hub-Signature-256": None, "X-GitHub-Event": "x"})
        (first, body), (second, _), (third, _) = receiver.got
        assert body == b"{ not json"
        assert (first["X-Hub-Signature-256"], first["X-Github-Delivery"]) == (sha256(body, "another"), "not-a-guid")
        assert second["X-Hub-Signature-256"].encode("latin-1").decode() == "sha256=ünsigned"
        assert "X-Hub-Signature-256" not in third
        assert third["X-Github-Event"] == "x"

    def test_is_not_signed_without_a_secret(self, github: GitHub, receiver: Receiver) -> None:
        github.hooks.secret = None
        github.hooks.deliver("ping", {})
        assert not any(name.startswith("X-Hub") for name in receiver.got[0][0])

    def test_is_sent_once_whatever_the_answer(self, github: GitHub, receiver: Receiver) -> None:
        receiver.answer = lambda: Response("no", 503)
        delivery = github.deliver_sample(FIRST)
        assert len(receiver.got) == 1
        assert (delivery.status_code, delivery.failed) == (503, True)
        assert delivery.response_body == "no"

    def test_follows_no_redirect(self, github: GitHub, receiver: Receiver) -> None:
        receiver.answer = lambda: Response("", 307, {"Location": "/hook"})
        assert github.deliver_sample(FIRST).status_code == 307
        assert len(receiver.got) == 1

    def test_is_given_up_after_a_while(self, github: GitHub, receiver: Receiver) -> None:
        ended = threading.Event()
        receiver.answer = lambda: Response(str(ended.wait(10)))
        assert github.hooks.timeout == 10
        github.hooks.timeout = 0.2
        delivery = github.deliver_sample(FIRST)
        ended.set()
        assert (delivery.status_code, delivery.status, delivery.failed) == (504, "timed out", True)

    def test_fails_where_nobody_listens(self, github: GitHub) -> None:
        github.hooks.url = closed_port()
        delivery = github.deliver_sample(FIRST)
        assert (delivery.status_code, delivery.status) == (502, "failed to connect to host")


class TestDeliveriesOfTheApp:
    def test_are_for_the_app_alone(self, github: GitHub, caller: Caller) -> None:
        assert caller.get(DELIVERIES).status_code == 401
        assert caller.get(DELIVERIES, caller.token("sample-org")).status_code == 401

    def test_are_listed_newest_first(self, github: GitHub, caller: Caller, receiver: Receiver) -> None:
        sent = [github.deliver_sample(FIRST), github.hooks.deliver("ping", {"zen": "x"})]
        listed = caller.as_app(DELIVERIES).json()
        assert [each["id"] for each in listed] == [sent[1].id, sent[0].id]
        entry = listed[1]
        assert set(entry) == {
            *("id", "guid", "delivered_at", "redelivery", "duration", "status", "status_code", "event", "action"),
            *("installation_id", "repository_id", "throttled_at"),
        }
        assert (entry["event"], entry["action"], entry["status"], entry["status_code"]) == (
            "pull_request",
            "closed",
            "OK",
            200,
        )
        assert (entry["installation_id"], entry["repository_id"]) == (3000000001, 2000000001)
        assert (entry["guid"], entry["redelivery"]) == (sent[0].guid, False)

    def test_show_what_was_sent_and_answered(self, github: GitHub, caller: Caller) -> None:
        sent = github.deliver_sample(FIRST)
        shown = caller.as_app(f"{DELIVERIES}/{sent.id}").json()
        assert shown["request"]["payload"]["number"] == 41
        assert shown["request"]["headers"]["X-GitHub-Delivery"] == sent.guid
        assert shown["response"]["payload"] == "thanks"
        assert caller.as_app(f"{DELIVERIES}/1").status_code == 404

    def test_are_paged_by_cursor_and_kept_apart_by_status(self, github: GitHub, caller: Caller) -> None:
        lost = [github.hooks.lose("pull_request", {"action": "closed", "number": n}) for n in range(250)]
        github.hooks.deliver("ping", {})
        found: list[Json] = []
        following = f"{DELIVERIES}?per_page=100&status=failure"
        while following:
            answer = caller.as_app(following)
            found += answer.json()
            following = answer.links.get("next", {}).get("url", "")
            assert "cursor=" in following or not following
        assert [each["id"] for each in found] == [each.id for each in reversed(lost)]
        assert {each["status_code"] for each in found} == {502}
        assert [each["event"] for each in caller.as_app(f"{DELIVERIES}?status=success").json()] == ["ping"]
        assert len(caller.as_app(DELIVERIES).json()) == 30
        assert caller.as_app(f"{DELIVERIES}?cursor=v1_5").status_code == 422
        assert caller.as_app(f"{DELIVERIES}?status=lost").status_code == 422

    def test_are_repeated_under_the_same_guid(self, github: GitHub, caller: Caller, receiver: Receiver) -> None:
        lost = github.hooks.lose("pull_request", github.samples[FIRST].webhook)
        answer = caller.as_app(f"{DELIVERIES}/{lost.id}/attempts", "POST")
        assert (answer.status_code, answer.json()) == (202, {})
        assert github.hooks.wait(5)
        again = github.hooks.deliveries()[0]
        assert (again.guid, again.redelivery, again.status_code) == (lost.guid, True, 200)
        assert again.id != lost.id
        headers, body = receiver.got[0]
        assert (headers["X-Github-Delivery"], body) == (lost.guid, lost.body)
        assert headers["X-Hub-Signature-256"] == sha256(body)

    def test_are_repeated_with_the_secret_of_now(self, github: GitHub, receiver: Receiver) -> None:
        old = github.hooks.lose("ping", {})
        github.hooks.secret = b"rotated"
        github.hooks.repeat(old)
        assert github.hooks.wait(5)
        assert receiver.got[0][0]["X-Hub-Signature-256"] == sha256(b"{}", "rotated")

    def test_come_back_after_an_outage(self, github: GitHub, caller: Caller, receiver: Receiver) -> None:
        lost = [github.hooks.lose("pull_request", {"number": n}) for n in range(100)]
        for each in lost:
            assert caller.as_app(f"{DELIVERIES}/{each.id}/attempts", "POST").status_code == 202
        assert github.hooks.wait(20)
        assert sorted(payload["number"] for payload in receiver.payloads) == list(range(100))

    def test_are_forgotten_after_three_days(self, github: GitHub, caller: Caller) -> None:
        old = github.hooks.lose("ping", {})

        def status_after(seconds: int) -> int:
            github.clock.advance(seconds)
            now = int(github.clock.now())
            return caller.get(f"{DELIVERIES}/{old.id}", app_jwt(iat=now, exp=now + 60)).status_code

        assert status_after(3 * 24 * 3600 - 60) == 200
        assert status_after(120) == 404
        assert github.hooks.deliveries() == []


class TestEvents:
    def payload(self, receiver: Receiver, event: str) -> Any:  # noqa: ANN401 -- any JSON value
        headers, body = receiver.got[-1]
        assert headers["X-Github-Event"] == event
        return json.loads(body)

    def test_tell_of_a_rename(self, github: GitHub, receiver: Receiver) -> None:
        github.rename(TRACKER, "parcels")
        told = self.payload(receiver, "repository")
        assert told["action"] == "renamed"
        assert told["changes"] == {"repository": {"name": {"from": "parcel-tracker"}}}
        assert (told["repository"]["full_name"], told["repository"]["id"]) == ("sample-org/parcels", 2000000001)
        assert told["installation"]["id"] == 3000000001
        assert told["organization"]["login"] == "sample-org"

    def test_tell_of_a_transfer(self, github: GitHub, receiver: Receiver) -> None:
        github.add_user("sample-buyer")
        github.install("sample-buyer", id=77, notify=False)
        github.transfer(TRACKER, "sample-buyer")
        told = self.payload(receiver, "repository")
        assert told["action"] == "transferred"
        assert told["changes"]["owner"]["from"]["organization"]["login"] == "sample-org"
        assert told["repository"]["full_name"] == "sample-buyer/parcel-tracker"
        assert told["installation"]["id"] == 77
        assert "organization" not in told

    def test_tell_of_visibility_and_deletion(self, github: GitHub, receiver: Receiver) -> None:
        github.set_private(TRACKER)
        assert self.payload(receiver, "repository")["repository"]["private"] is True
        github.set_private(TRACKER, private=False)
        github.delete(TRACKER)
        assert [each["action"] for each in receiver.payloads] == ["privatized", "publicized", "deleted"]

    def test_tell_of_the_installation_s_life(self, github: GitHub, receiver: Receiver) -> None:
        github.add_repository("elsewhere/thing", private=True)
        github.install("elsewhere", ["elsewhere/thing"])
        created = self.payload(receiver, "installation")
        assert created["action"] == "created"
        assert [each["full_name"] for each in created["repositories"]] == ["elsewhere/thing"]
        assert created["installation"]["account"]["login"] == "elsewhere"
        assert created["installation"]["repository_selection"] == "selected"
        github.suspend("elsewhere")
        assert self.payload(receiver, "installation")["installation"]["suspended_at"] is not None
        github.unsuspend("elsewhere")
        github.uninstall("elsewhere")
        assert [each["action"] for each in receiver.payloads] == ["created", "suspend", "unsuspend", "deleted"]

    def test_tell_of_chosen_repositories(self, github: GitHub, receiver: Receiver) -> None:
        github.choose(TRACKER, covered=False)
        removed = self.payload(receiver, "installation_repositories")
        assert (removed["action"], removed["repositories_added"]) == ("removed", [])
        assert [each["id"] for each in removed["repositories_removed"]] == [2000000001]
        github.choose(TRACKER)
        added = self.payload(receiver, "installation_repositories")
        assert [each["full_name"] for each in added["repositories_added"]] == [TRACKER]

    def test_tell_of_a_pull_request_as_it_is_now(self, github: GitHub, receiver: Receiver) -> None:
        pull = github.add_pull(TRACKER, title="Fresh", author="sample-dev-ada", merged_by="sample-dev-ren")
        github.rename(TRACKER, "parcels", notify=False)
        delivery = github.deliver_pull("sample-org/parcels", pull.number)
        told = self.payload(receiver, "pull_request")
        assert delivery.status_code == 200
        assert (told["action"], told["number"]) == ("closed", pull.number)
        assert told["pull_request"]["merged"] is True
        assert told["pull_request"]["base"]["repo"]["full_name"] == "sample-org/parcels"
        assert told["sender"]["login"] == "sample-dev-ren"
        assert set(told) == set(github.samples[FIRST].webhook)

    def test_are_silent_on_request_and_while_suspended(self, github: GitHub, receiver: Receiver) -> None:
        github.rename(TRACKER, "parcels", notify=False)
        github.suspend("sample-org", notify=False)
        github.rename("sample-org/parcels", "parcel-tracker")
        assert receiver.got == []


def test_a_delivery_without_json_can_be_listed(github: GitHub, caller: Caller) -> None:
    sent: list[Delivery] = [github.hooks.deliver("push", body) for body in (b"[1]", b"{", b"null", b"\xff")]
    assert len(caller.as_app(DELIVERIES).json()) == len(sent)

"""The launcher of the Firestore emulator, and the rules it enforces."""

import base64
import hashlib
import io
import json
import os
import signal
import socket
import subprocess
import sys
import tarfile
import time
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import requests
from flask import Flask, Response

from local.firestore import EmulatorError, FirestoreEmulator
from local.firestore.download import Download, download, fetch, read_info
from local.firestore.jar import MAIN_CLASS, find_jar
from local.firestore.java import explain, find_java, needed, version
from local.server import PortTakenError, Server

PROJECT = "rules-tests"
ADMIN = "owner"
CARD = {"fields": {"ownerId": {"stringValue": "ann"}}}
QUERY = {"from": [{"collectionId": "asset-cards"}]}
OF_ANN = {"field": {"fieldPath": "ownerId"}, "op": "EQUAL", "value": {"stringValue": "ann"}}
ENVIRON = {name: value for name, value in os.environ.items() if name != "FIRESTORE_EMULATOR_HOST"}
INFO = "package/lib/emulator/downloadableEmulatorInfo.json"


@pytest.fixture(scope="module")
def emulator() -> Iterator[FirestoreEmulator]:
    with FirestoreEmulator(environ=ENVIRON) as running:
        yield running


class Caller:
    """Somebody who calls Firestore over REST: nobody, a person by an unsigned token, or the administrator."""

    def __init__(self, emulator: FirestoreEmulator, uid: str = "") -> None:
        self._documents = f"{emulator.url}/v1/projects/{PROJECT}/databases/(default)/documents"
        token = uid if uid == ADMIN else f"{_segment({'alg': 'none'})}.{_segment({'sub': uid, 'user_id': uid})}."
        self._headers = {"Authorization": f"Bearer {token}"} if uid else {}

    def __call__(self, method: str, path: str, body: object = None) -> int:
        """The status of a call."""
        answer = requests.request(method, f"{self._documents}{path}", json=body, headers=self._headers, timeout=10)
        return answer.status_code


def _segment(value: Mapping[str, str]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def gone(pid: int) -> bool:
    """Whether a process has ended, reaped or not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def wait_until_gone(pid: int) -> None:
    deadline = time.monotonic() + 10
    while not gone(pid):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def command(folder: Path, name: str, script: str) -> Path:
    """A program in `folder`."""
    folder.mkdir(exist_ok=True)
    file = folder / name
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)
    return file


def jar_of(folder: Path, class_version: int, name: str = "cloud-firestore-emulator-v1.jar") -> Path:
    """A jar whose main class was compiled for some release of Java."""
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(folder / name, "w") as archive:
        header = b"\xca\xfe\xba\xbe\x00\x00" + class_version.to_bytes(2)
        archive.writestr(f"{MAIN_CLASS.replace('.', '/')}.class", header)
    return folder / name


class TestRules:
    @pytest.fixture(autouse=True)
    def cards(self, emulator: FirestoreEmulator) -> None:
        emulator.reset(PROJECT)
        admin = Caller(emulator, ADMIN)
        for path in ("/asset-cards/a", "/asset-cards/a/ledger/1", "/asset-cards/a/revisions/1", "/intents/i"):
            assert admin("PATCH", path, CARD) == 200

    def test_show_a_card_to_its_owner_alone(self, emulator: FirestoreEmulator) -> None:
        statuses = {uid: Caller(emulator, uid)("GET", "/asset-cards/a") for uid in ("ann", "bob", "")}
        assert statuses == {"ann": 200, "bob": 403, "": 403}

    def test_do_not_tell_an_absent_card_from_anothers(self, emulator: FirestoreEmulator) -> None:
        assert Caller(emulator, "bob")("GET", "/asset-cards/none") == 403

    @pytest.mark.parametrize("uid", ["ann", "bob", ""])
    def test_refuse_lists_of_everybodys_cards(self, uid: str, emulator: FirestoreEmulator) -> None:
        caller = Caller(emulator, uid)
        count = {"structuredQuery": QUERY, "aggregations": [{"count": {}, "alias": "n"}]}
        assert caller("GET", "/asset-cards") == 403
        assert caller("POST", ":runQuery", {"structuredQuery": QUERY}) == 403
        assert caller("POST", ":runAggregationQuery", {"structuredAggregationQuery": count}) == 403
        everywhere = {"from": [{"collectionId": "asset-cards", "allDescendants": True}]}
        assert caller("POST", ":runQuery", {"structuredQuery": everywhere}) == 403

    def test_show_a_list_to_the_owner_it_asks_for(self, emulator: FirestoreEmulator) -> None:
        query = {"structuredQuery": QUERY | {"where": {"fieldFilter": OF_ANN}}}
        statuses = {uid: Caller(emulator, uid)("POST", ":runQuery", query) for uid in ("ann", "bob", "")}
        assert statuses == {"ann": 200, "bob": 403, "": 403}

    @pytest.mark.parametrize("uid", ["ann", "bob", ""])
    def test_refuse_every_write(self, uid: str, emulator: FirestoreEmulator) -> None:
        caller = Caller(emulator, uid)
        assert caller("PATCH", "/asset-cards/a", CARD) == 403
        assert caller("POST", "/asset-cards?documentId=b", CARD) == 403
        assert caller("DELETE", "/asset-cards/a") == 403

    @pytest.mark.parametrize("path", ["/asset-cards/a/ledger/1", "/asset-cards/a/revisions/1", "/intents/i"])
    def test_show_nothing_else_to_anybody(self, path: str, emulator: FirestoreEmulator) -> None:
        for uid in ("ann", "bob", ""):
            caller = Caller(emulator, uid)
            assert caller("GET", path) == caller("GET", path.rpartition("/")[0]) == 403

    def test_have_no_condition_that_is_always_the_same(self, emulator: FirestoreEmulator) -> None:
        query = {"structuredQuery": QUERY | {"where": {"fieldFilter": OF_ANN}}}
        for uid in ("ann", "bob", ""):
            Caller(emulator, uid)("GET", "/asset-cards/a")
            Caller(emulator, uid)("POST", ":runQuery", query)
        url = f"{emulator.url}/emulator/v1/projects/{PROJECT}:ruleCoverage"
        report: list[dict[str, Any]] = requests.get(url, timeout=10).json()["report"]
        assert len(report) == 2
        for condition in [half for whole in report for half in (whole, *whole["children"])]:
            seen = {each["value"].get("boolValue") for each in condition["values"]}
            assert {True, False} <= seen, condition["sourcePosition"]


class TestEmulator:
    def test_forgets_a_projects_documents(self, emulator: FirestoreEmulator) -> None:
        admin = Caller(emulator, ADMIN)
        assert admin("PATCH", "/asset-cards/a", CARD) == 200
        emulator.reset("another-project")
        assert admin("GET", "/asset-cards/a") == 200
        emulator.reset(PROJECT)
        assert admin("GET", "/asset-cards/a") == 404

    def test_refuses_a_port_that_is_taken(self, emulator: FirestoreEmulator) -> None:
        port = int(emulator.host.partition(":")[2])
        with pytest.raises(PortTakenError, match=str(port)):
            FirestoreEmulator(port, environ=ENVIRON).start()

    def test_leaves_no_process_and_writes_its_log(self, tmp_path: Path) -> None:
        log = tmp_path / "logs" / "firestore.log"
        with FirestoreEmulator(log=log, environ=ENVIRON) as running:
            pid, host = running.pid, running.host
            assert pid is not None
            assert running.start().pid == pid
            assert not gone(pid)
        assert gone(pid)
        with pytest.raises(ProcessLookupError):
            os.killpg(pid, 0)
        assert host in log.read_text()
        with pytest.raises(RuntimeError):
            _ = running.host

    def test_dies_with_a_parent_that_is_killed(self) -> None:
        source = (
            "import sys; from local.firestore import FirestoreEmulator; "
            "print(FirestoreEmulator().start().pid, flush=True); sys.stdin.read()"
        )
        with subprocess.Popen(
            [sys.executable, "-c", source], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=ENVIRON
        ) as parent:
            assert parent.stdout is not None
            pid = int(parent.stdout.readline())
            assert not gone(pid)
            parent.send_signal(signal.SIGKILL)
        wait_until_gone(pid)

    def test_is_named_by_a_command_until_that_is_told_to_end(self, emulator: FirestoreEmulator) -> None:
        run = [sys.executable, "-m", "local.firestore"]
        environ = ENVIRON | {"FIRESTORE_EMULATOR_HOST": emulator.host}
        with subprocess.Popen(run, stdout=subprocess.PIPE, text=True, env=environ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == f"Firestore emulator at {emulator.url}\n"
            process.send_signal(signal.SIGINT)
            assert process.wait(10) == 0
        assert requests.get(emulator.url, timeout=10).ok

    def test_is_no_traceback_for_a_command_that_fails(self, emulator: FirestoreEmulator) -> None:
        run = [sys.executable, "-m", "local.firestore", "--port", emulator.host.partition(":")[2]]
        done = subprocess.run(run, capture_output=True, text=True, env=ENVIRON, timeout=30, check=False)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith("port ")
        assert done.stderr.count("\n") == 1

    def test_is_the_one_that_runs_already(self, emulator: FirestoreEmulator) -> None:
        with FirestoreEmulator(environ={"FIRESTORE_EMULATOR_HOST": emulator.host}) as same:
            assert (same.host, same.pid) == (emulator.host, None)
        assert requests.get(emulator.url, timeout=10).ok

    def test_has_to_answer_where_it_is_said_to_run(self) -> None:
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            host = f"127.0.0.1:{silent.getsockname()[1]}"
            with pytest.raises(EmulatorError, match=host):
                FirestoreEmulator(environ={"FIRESTORE_EMULATOR_HOST": host}).start()

    def test_gives_up_when_others_are_always_faster(self, tmp_path: Path) -> None:
        command(tmp_path / "bin", "java", f"echo tried >> {tmp_path}/tries; echo Address already in use; exit 1")
        jar_of(tmp_path / ".cache/firebase/emulators", 55)
        with pytest.raises(PortTakenError):
            FirestoreEmulator(environ={"PATH": f"{tmp_path}/bin", "HOME": str(tmp_path)}).start()
        assert (tmp_path / "tries").read_text() == "tried\n" * 3

    def test_needs_rules(self, tmp_path: Path) -> None:
        with pytest.raises(EmulatorError, match="no rules"):
            FirestoreEmulator(rules=tmp_path / "none.rules", environ=ENVIRON).start()


class TestJava:
    def test_that_is_missing_is_named_with_its_package(self, tmp_path: Path) -> None:
        with pytest.raises(EmulatorError, match=r"no `java`.* openjdk-21-jre-headless"):
            find_java({"PATH": str(tmp_path)}, jar_of(tmp_path, 65))

    @pytest.mark.parametrize(
        ("said", "release"),
        [
            ('openjdk version "17.0.15" 2025-04-15', 17),
            ('java version "1.8.0_292"', 8),
            ('openjdk version "21" 2023-09-19', 21),
            ("Unable to locate a Java Runtime.", None),
        ],
    )
    def test_says_its_release(self, said: str, release: int | None, tmp_path: Path) -> None:
        assert version(str(command(tmp_path, "java", f"echo '{said}' >&2"))) == release

    def test_is_needed_as_new_as_the_main_class(self, tmp_path: Path) -> None:
        assert [needed(jar_of(tmp_path, number)) for number in (52, 55, 65)] == [8, 11, 21]

    def test_is_needed_new_for_a_jar_that_tells_nothing(self, tmp_path: Path) -> None:
        (tmp_path / "broken.jar").write_bytes(b"not a jar")
        assert needed(tmp_path / "broken.jar") == 21

    def test_that_is_too_old_is_said_so(self, tmp_path: Path) -> None:
        """The whole way: a jar from the cache, a Java that refuses it, the reason in one sentence."""
        refusal = "java.lang.UnsupportedClassVersionError: x"
        script = f'test "$1" = -version || {{ echo {refusal}; exit 1; }}; echo \'openjdk version "11.0.2"\' >&2'
        command(tmp_path / "bin", "java", script)
        jar_of(tmp_path / ".cache/firebase/emulators", 65)
        environ = {"PATH": str(tmp_path / "bin"), "HOME": str(tmp_path)}
        with pytest.raises(EmulatorError, match=r"needs Java 21 or newer, and .* is Java 11\. .*openjdk-21-jre"):
            FirestoreEmulator(environ=environ).start()

    def test_that_does_not_run_is_said_so(self, tmp_path: Path) -> None:
        java = command(tmp_path, "java", "echo Unable to locate a Java Runtime. >&2; exit 1")
        said = explain("Unable to locate a Java Runtime.", str(java), jar_of(tmp_path, 55))
        assert said is not None
        assert "does not run" in said

    def test_is_not_blamed_for_anything_else(self, tmp_path: Path) -> None:
        script = 'test "$1" = -version || { echo no heap; exit 1; }; echo \'version "17"\' >&2'
        command(tmp_path / "bin", "java", script)
        jar_of(tmp_path / ".cache/firebase/emulators", 55)
        environ = {"PATH": str(tmp_path / "bin"), "HOME": str(tmp_path)}
        with pytest.raises(EmulatorError, match="did not start: no heap"):
            FirestoreEmulator(environ=environ).start()


class TestFinding:
    def test_prefers_gclouds_component(self, tmp_path: Path) -> None:
        root = tmp_path / "sdk"
        component = jar_of(root / "platform/cloud-firestore-emulator", 55, "cloud-firestore-emulator.jar")
        (root / "lib/googlecloudsdk").mkdir(parents=True)
        command(root / "bin", "gcloud", "exit 9")
        (tmp_path / "bin").mkdir()
        (tmp_path / "bin/gcloud").symlink_to(root / "bin/gcloud")
        jar_of(tmp_path / ".cache/firebase/emulators", 65)
        found = find_jar({"PATH": str(tmp_path / "bin"), "HOME": str(tmp_path)}, tmp_path / "state")
        assert found.path == component
        assert found.arguments == ["-cp", str(component), MAIN_CLASS, "start"]

    def test_asks_gcloud_behind_a_wrapper(self, tmp_path: Path) -> None:
        component = jar_of(tmp_path / "sdk/platform/cloud-firestore-emulator", 55, "cloud-firestore-emulator.jar")
        command(tmp_path / "bin", "gcloud", f"echo {tmp_path}/sdk")
        assert find_jar({"PATH": str(tmp_path / "bin")}, tmp_path / "state").path == component

    def test_takes_the_newest_of_the_cache(self, tmp_path: Path) -> None:
        for number in ("1.9.7", "1.19.8", "1.2.0"):
            jar_of(tmp_path / "cache", 65, f"cloud-firestore-emulator-v{number}.jar")
        environ = {"PATH": "", "FIREBASE_EMULATORS_PATH": str(tmp_path / "cache")}
        found = find_jar(environ, tmp_path / "state")
        assert found.path.name == "cloud-firestore-emulator-v1.19.8.jar"
        assert found.arguments == ["-jar", str(found.path)]

    def test_takes_what_was_downloaded_before(self, tmp_path: Path) -> None:
        jar = jar_of(tmp_path / "state", 65)
        assert find_jar({"PATH": "", "HOME": str(tmp_path)}, tmp_path / "state").path == jar

    def test_says_what_to_install_when_there_is_nothing(self, tmp_path: Path) -> None:
        with pytest.raises(EmulatorError, match="gcloud components install cloud-firestore-emulator"):
            find_jar({"PATH": "", "HOME": str(tmp_path)}, tmp_path / "state")


class TestDownload:
    CONTENT = b"the jar" * 1000

    @pytest.fixture
    def url(self) -> Iterator[str]:
        app = Flask("downloads", static_folder=None)
        app.add_url_rule("/emulator.jar", "jar", lambda: Response(self.CONTENT))
        with Server(app, name="downloads") as server:
            yield f"{server.url}/emulator.jar"

    def named(self, url: str, **changes: object) -> dict[str, Any]:
        return {
            "version": "1.22.0",
            "expectedSize": len(self.CONTENT),
            "expectedChecksumSHA256": hashlib.sha256(self.CONTENT).hexdigest(),
            "remoteUrl": url,
            "downloadPathRelativeToCacheDir": "cloud-firestore-emulator-v1.22.0.jar",
            **changes,
        }

    def package(self, folder: Path, info: object, name: str = INFO) -> Path:
        """A package as npm packs it."""
        data = json.dumps(info).encode()
        file = folder / "firebase-tools-15.0.0.tgz"
        with tarfile.open(file, "w:gz") as archive:
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
        return file

    @pytest.mark.parametrize(
        "change",
        [
            {"expectedChecksumSHA256": "0" * 64},
            {"expectedSize": len(CONTENT) - 1},
            {"expectedSize": len(CONTENT) + 1},
        ],
    )
    def test_is_refused_when_it_is_not_what_was_named(self, change: dict[str, Any], url: str, tmp_path: Path) -> None:
        named = read_info(self.package(tmp_path, {"firestore": self.named(url, **change)}))
        with pytest.raises(EmulatorError, match="differs"):
            download(named, tmp_path / "state")
        assert list((tmp_path / "state").iterdir()) == []

    def test_is_refused_when_it_fails(self, url: str, tmp_path: Path) -> None:
        with pytest.raises(EmulatorError, match="can't be downloaded"):
            download(Download(f"{url}.none", "cloud-firestore-emulator-v1.jar", 1, ""), tmp_path)
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("info", [{}, [], {"firestore": {}}, {"firestore": {"expectedSize": "large"}}])
    def test_needs_to_be_named(self, info: object, tmp_path: Path) -> None:
        with pytest.raises(EmulatorError, match="names no emulator"):
            read_info(self.package(tmp_path, info))
        with pytest.raises(EmulatorError, match="names no emulator"):
            read_info(self.package(tmp_path, {"firestore": self.named("")}, "package/elsewhere.json"))

    def test_stays_in_its_folder(self, url: str, tmp_path: Path) -> None:
        outside = self.named(url, downloadPathRelativeToCacheDir="../../cloud-firestore-emulator-v1.jar")
        named = read_info(self.package(tmp_path, {"firestore": outside}))
        assert download(named, tmp_path / "state").parent == tmp_path / "state"

    def test_comes_the_whole_way_from_npm_once(self, url: str, tmp_path: Path) -> None:
        package = self.package(tmp_path, {"firestore": self.named(url)})
        script = f'test "$1 $2" = "pack firebase-tools" || exit 2\ncp {package} "$5/"\necho packed >> {tmp_path}/calls'
        command(tmp_path / "bin", "npm", script)
        environ = {"PATH": f"{tmp_path}/bin:/usr/bin:/bin", "HOME": str(tmp_path)}
        jar = fetch(environ, tmp_path / "state")
        assert jar.read_bytes() == self.CONTENT
        assert jar.name == "cloud-firestore-emulator-v1.22.0.jar"
        only_npm = {"PATH": f"{tmp_path}/bin", "HOME": str(tmp_path)}
        assert find_jar(only_npm, tmp_path / "state").path == jar
        assert (tmp_path / "calls").read_text() == "packed\n"

    def test_says_why_npm_failed(self, tmp_path: Path) -> None:
        command(tmp_path / "bin", "npm", "echo network unreachable >&2; exit 1")
        with pytest.raises(EmulatorError, match="network unreachable"):
            fetch({"PATH": f"{tmp_path}/bin"}, tmp_path / "state")

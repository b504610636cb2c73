"""Where is an emulator on this machine, and with which arguments does Java run it?"""

import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from local.firestore.download import fetch

MAIN_CLASS = "com.google.cloud.datastore.emulator.firestore.CloudFirestore"
_COMPONENT = Path("platform/cloud-firestore-emulator/cloud-firestore-emulator.jar")
_NAME = "cloud-firestore-emulator-*.jar"


@dataclass(frozen=True)
class Jar:
    """An emulator; gcloud's jar names no main class, that of firebase-tools does."""

    path: Path
    names_main_class: bool

    @property
    def arguments(self) -> list[str]:
        """What follows the options of Java, as the vendor's own launcher has it."""
        if self.names_main_class:
            return ["-jar", str(self.path)]
        return ["-cp", str(self.path), MAIN_CLASS, "start"]


def find_jar(environ: Mapping[str, str], state: Path) -> Jar:
    """The first there is: gcloud's, that of firebase-tools, one fetched before, one fetched now.

    Raises `EmulatorError` when nothing is there and nothing can be fetched.
    """
    if component := _from_gcloud(environ):
        return Jar(component, names_main_class=False)
    return Jar(_newest(_cache(environ)) or _newest(state) or fetch(environ, state), names_main_class=True)


def _from_gcloud(environ: Mapping[str, str]) -> Path | None:
    """The component under the root of the SDK, which the resolved command usually tells without starting gcloud."""
    command = shutil.which("gcloud", path=environ.get("PATH"))
    if command is None:
        return None
    root = Path(command).resolve().parent.parent
    if not (root / "lib" / "googlecloudsdk").is_dir():  # a wrapper in front of the real one
        question = [command, "info", "--format=value(installation.sdk_root)"]
        answer = subprocess.run(question, env=dict(environ), capture_output=True, text=True, timeout=30, check=False)
        root = Path(answer.stdout.strip() or root)
    component = root / _COMPONENT
    return component if component.is_file() else None


def _cache(environ: Mapping[str, str]) -> Path:
    """Where firebase-tools keeps what it downloads."""
    if chosen := environ.get("FIREBASE_EMULATORS_PATH"):
        return Path(chosen)
    return Path(environ.get("HOME", "~")).expanduser() / ".cache" / "firebase" / "emulators"


def _newest(folder: Path) -> Path | None:
    return max(folder.glob(_NAME), key=_version, default=None)


def _version(jar: Path) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", jar.name)]

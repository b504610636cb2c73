"""Is the Java on this machine new enough for the emulator, and if not, what has to be installed?"""

import re
import shutil
import subprocess
import zipfile
from collections.abc import Mapping
from pathlib import Path

from local.firestore.errors import EmulatorError
from local.firestore.jar import MAIN_CLASS

_CLASS_VERSION_OF_JAVA_0 = 44  # https://docs.oracle.com/javase/specs/jvms/se21/html/jvms-4.html#jvms-4.1-200-B.2
_LATEST_NEEDED = 21  # what firebase-tools asks for
_PACKAGED = (17, 21, 25)  # releases that Debian has packages of


def find_java(environ: Mapping[str, str], jar: Path) -> str:
    """The path of `java`; raises `EmulatorError` when there is none."""
    java = shutil.which("java", path=environ.get("PATH"))
    if java is None:
        raise EmulatorError(
            f"The Firestore emulator needs Java: there is no `java` on the PATH. {_advice(needed(jar))}"
        )
    return java


def explain(log: str, java: str, jar: Path) -> str | None:
    """What to do where the log says that this Java is too old (or is no Java at all); None where it says neither."""
    too_old = "UnsupportedClassVersionError" in log
    present = version(java)
    if present is not None and not too_old:
        return None
    release = needed(jar)
    found = f"`{java}` is Java {present}" if present else f"`{java}` does not run"
    return f"The Firestore emulator needs Java {release} or newer, and {found}. {_advice(release)}"


def needed(jar: Path) -> int:
    """The oldest release of Java that runs this jar, by the version of its main class."""
    try:
        with zipfile.ZipFile(jar) as archive, archive.open(f"{MAIN_CLASS.replace('.', '/')}.class") as main:
            return int.from_bytes(main.read(8)[6:]) - _CLASS_VERSION_OF_JAVA_0
    except (KeyError, zipfile.BadZipFile):
        return _LATEST_NEEDED


def version(java: str) -> int | None:
    """The release of this Java: 8 for `1.8.0_292`, 17 for `17.0.15`; None when it does not say."""
    try:
        said = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=30, check=False).stderr
    except OSError:
        return None
    found = re.search(r'version "(?:1\.)?(\d+)', said)
    return int(found[1]) if found else None


def _advice(release: int) -> str:
    package = next((each for each in _PACKAGED if each >= release), release)
    return f"Install it, on Debian with `apt-get install openjdk-{package}-jre-headless`."

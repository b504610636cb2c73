"""Which jar does the npm package firebase-tools name, and is what was downloaded that jar?

`package/lib/emulator/downloadableEmulatorInfo.json` in the package holds, for `firestore`, the address (`remoteUrl`),
the size in bytes (`expectedSize`) and the digest (`expectedChecksumSHA256`); npm itself checks the package.
"""

import hashlib
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from local.firestore.errors import EmulatorError

_PACKAGE = "firebase-tools"
_INFO = "package/lib/emulator/downloadableEmulatorInfo.json"
_CHUNK = 1 << 20
_TIMEOUT = 60.0
_ADVICE = (
    "There is no Firestore emulator. Install one with `gcloud components install cloud-firestore-emulator` (on Debian "
    "the package google-cloud-cli-firestore-emulator) or `npx firebase-tools setup:emulators:firestore`, or name a "
    "running one in FIRESTORE_EMULATOR_HOST."
)


@dataclass(frozen=True)
class Download:
    """A jar that can be downloaded: `size` in bytes, `sha256` in hexadecimal digits."""

    url: str
    name: str
    size: int
    sha256: str


def fetch(environ: Mapping[str, str], state: Path) -> Path:
    """Download the named jar into `state`; raises `EmulatorError` when it is not the one that was named."""
    with tempfile.TemporaryDirectory() as folder:
        named = read_info(pack(environ, Path(folder)))
    return download(named, state)


def pack(environ: Mapping[str, str], folder: Path) -> Path:
    """Let npm put the package into `folder`; raises `EmulatorError` without npm or when it fails."""
    npm = shutil.which("npm", path=environ.get("PATH"))
    if npm is None:
        raise EmulatorError(_ADVICE)
    command = [npm, "pack", _PACKAGE, "--silent", "--pack-destination", str(folder)]
    answer = subprocess.run(command, cwd=folder, env=dict(environ), capture_output=True, text=True, check=False)
    packed = next(folder.glob("*.tgz"), None)
    if answer.returncode or packed is None:
        raise EmulatorError(f"{_ADVICE} npm could not fetch {_PACKAGE}: {answer.stderr.strip()[-300:]}")
    return packed


def read_info(package: Path) -> Download:
    """What the package names; raises `EmulatorError` when it does so no more."""
    try:
        with tarfile.open(package) as archive:
            file = archive.extractfile(_INFO)
            named = json.load(file)["firestore"] if file else {}
        name = Path(str(named["downloadPathRelativeToCacheDir"])).name
        return Download(named["remoteUrl"], name, int(named["expectedSize"]), named["expectedChecksumSHA256"])
    except (KeyError, TypeError, ValueError, tarfile.TarError) as error:
        raise EmulatorError(f"{_ADVICE} {_PACKAGE} names no emulator where it used to.") from error


def download(named: Download, folder: Path) -> Path:
    """Put the jar into `folder` under its name, once it has the right size and digest; else raise `EmulatorError`."""
    folder.mkdir(parents=True, exist_ok=True)
    number, draft = tempfile.mkstemp(dir=folder, suffix=".part")
    digest, size = hashlib.sha256(), 0
    try:
        with os.fdopen(number, "wb") as file, urllib.request.urlopen(named.url, timeout=_TIMEOUT) as answer:  # noqa: S310 -- the digest decides
            while size <= named.size and (chunk := answer.read(_CHUNK)):
                file.write(chunk)
                digest.update(chunk)
                size += len(chunk)
        if (size, digest.hexdigest()) != (named.size, named.sha256):
            raise EmulatorError(f"{named.url} is not the jar that {_PACKAGE} names: its size or its SHA-256 differs.")
        return Path(draft).replace(folder / named.name)
    except OSError as error:
        raise EmulatorError(f"{_ADVICE} {named.url} can't be downloaded: {error}") from error
    finally:
        Path(draft).unlink(missing_ok=True)

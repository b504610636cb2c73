"""Where do the requirements of an archive stand installed, as the buildpack would install them?"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from local.functions import ROOT

FOLDER = ROOT / ".local" / "packages"


def installed(requirements: bytes) -> Path:
    """The `bin` of an environment of exactly these requirements, every file of them checked by its hash.

    It is made once, from pip's package index: 30 s for the functions', kept until `make clean`. Archives with the same
    requirements share it, and so do tests that ask at the same time. Raises `CalledProcessError` when pip refuses.
    """
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    name = f"{version}-{hashlib.sha256(requirements).hexdigest()[:16]}"
    FOLDER.mkdir(parents=True, exist_ok=True)
    environment, done = FOLDER / name, FOLDER / f"{name}.installed"
    with (FOLDER / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            shutil.rmtree(environment, ignore_errors=True)  # of somebody who was interrupted
            _install(requirements, environment)
            done.touch()
    return environment / "bin"


def _install(requirements: bytes, environment: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
    listed = environment / "requirements.txt"
    listed.write_bytes(requirements)
    pip = [str(environment / "bin" / "pip"), "install", "-qq", "--disable-pip-version-check", "--require-hashes"]
    told = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    subprocess.run([*pip, "-r", str(listed)], check=True, env=told)

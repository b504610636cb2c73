"""What the webhook needs around it while it is measured: its sources as deployed, a store, and a queue at rest."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

from local.bench.cores import BenchError, Cores
from local.bench.deliveries import Deliveries
from local.bench.queue import Queue
from local.bench.served import Request, Served
from local.cloud import settings
from local.firestore import FirestoreEmulator

_ROOT = Path(__file__).resolve().parent.parent.parent
_SECRET = b"a secret for measured deliveries only"
_HELLO = "local/bench/hello/main.py"
_WEBHOOK = "functions/webhooks/main.py"
_EPOCH = "SOURCE_DATE_EPOCH"
_DATE = 315532801  # the first second of 1980, which images of buildpacks have


@dataclass(frozen=True)
class Stage:
    """Starts the webhook and hello, and has deliveries for them."""

    cores: Cores
    deliveries: Deliveries
    variables: dict[str, str]
    kept: Path
    stale: Path

    def webhook(self) -> Served:
        """The webhook, built so that its bytecode holds."""
        return Served(self.kept, _WEBHOOK, self.variables, cores=self.cores)

    def stale_webhook(self) -> Served:
        """The webhook, built so that its bytecode is stale."""
        # In the cloud every start finds it so; here the first must not help the next one.
        variables = {**self.variables, "PYTHONDONTWRITEBYTECODE": "1"}
        return Served(self.stale, _WEBHOOK, variables, cores=self.cores)

    def hello(self) -> Served:
        """The function that everything is compared with."""
        return Served(self.kept, _HELLO, {}, cores=self.cores)

    def delivery(self) -> Request:
        """One more delivery."""
        return self.deliveries.take(1)[0]


@contextmanager
def staged(folder: Path) -> Iterator[Stage]:
    """Everything started, and off the server's core."""
    project = f"bench-{token_hex(4)}"
    secret = folder / "webhook-secret"
    secret.write_bytes(_SECRET)
    with Cores.divide().kept_free() as cores, FirestoreEmulator() as firestore, Queue() as queue:
        variables = {
            **settings(api="http://127.0.0.1:9", webhook_secret_file=secret, project=project),
            "FIRESTORE_EMULATOR_HOST": firestore.host,
            "CLOUD_TASKS_EMULATOR_HOST": queue.host,
        }
        kept, stale = _built(folder / "kept", {_EPOCH: str(_DATE)}), _built(folder / "stale", {})
        yield Stage(cores, Deliveries(_SECRET), variables, kept, stale)


def _built(folder: Path, variables: Mapping[str, str]) -> Path:
    """The sources as the platform's build leaves them: compiled, and then every file with the same date.

    A changed date makes bytecode stale, unless the build was told `SOURCE_DATE_EPOCH`.
    https://docs.python.org/3/library/py_compile.html#py_compile.PycInvalidationMode
    """
    for name in ("functions", "shared", "local/bench/hello"):
        shutil.copytree(_ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    command = [sys.executable, "-m", "compileall", "-f", "-q", "."]
    given = {name: value for name, value in os.environ.items() if name != _EPOCH}
    if subprocess.run(command, cwd=folder, env={**given, **variables}, capture_output=True, check=False).returncode:
        raise BenchError("the sources do not compile")
    for path in folder.rglob("*"):
        os.utime(path, (_DATE, _DATE))
    return folder

"""`make dev`: everything on this machine, with the samples of `SAMPLES` or the project's own, until Ctrl-C."""

import os
import sys
from pathlib import Path

from local.dev import dev, guarded

_OWN = Path(__file__).with_name("samples")

if __name__ == "__main__":
    sys.exit(guarded(lambda: dev(Path(os.environ.get("SAMPLES") or _OWN), os.environ)))

"""`make dev`: everything on this machine, with the samples of `SAMPLES` or the project's own, until Ctrl-C."""

import os
import sys
from pathlib import Path

from local.dev import run

_OWN = Path(__file__).with_name("samples")

if __name__ == "__main__":
    sys.exit(run(Path(os.environ.get("SAMPLES") or _OWN), given=os.environ, stay=True))

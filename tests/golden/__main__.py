"""`make golden`."""

import os
from pathlib import Path

from tests.golden import renew

renew(Path(os.environ["TRIALS"]) if os.environ.get("TRIALS") else None)

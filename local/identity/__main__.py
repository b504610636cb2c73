"""Start the stand-in for Firebase Authentication alone: `python -m local.identity --port 9099`."""

import argparse
import sys
from pathlib import Path

from local.identity import PROJECT, Identity
from local.identity.keys import STATE
from local.stand_in import run_alone

PORT = 9099


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGINT or SIGTERM; the exit code is 0 then, 1 if the port is taken."""
    parser = argparse.ArgumentParser(prog="python -m local.identity", description=__doc__)
    parser.add_argument("--port", type=int, default=PORT, help="0 takes a free one (default %(default)s)")
    parser.add_argument("--state", type=Path, default=STATE, help="the folder of the keys (default %(default)s)")
    parser.add_argument("--project", default=PROJECT, help="whose tokens are minted (default %(default)s)")
    parser.add_argument("--accept-any", action="store_true", help="every uid is an enabled account")
    options = parser.parse_args(arguments)
    identity = Identity(state=options.state, project=options.project, accept_any=options.accept_any, port=options.port)
    return run_alone("Firebase Authentication", identity.start)


if __name__ == "__main__":
    sys.exit(main())

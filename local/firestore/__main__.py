"""Start the Firestore emulator alone: `python -m local.firestore --port 8125`."""

import argparse
import sys
from pathlib import Path

from local.firestore import EmulatorError, FirestoreEmulator
from local.firestore.emulator import RULES, STATE
from local.stand_in import run_alone

PORT = 8125


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGINT or SIGTERM; the exit code is 0 then, 1 if it can't be started, with the reason."""
    parser = argparse.ArgumentParser(prog="python -m local.firestore", description=__doc__)
    parser.add_argument("--port", type=int, default=PORT, help="0 takes a free one (default %(default)s)")
    parser.add_argument("--rules", type=Path, default=RULES, help="the security rules (default %(default)s)")
    parser.add_argument("--log", type=Path, help="where its output goes (default: nowhere that lasts)")
    parser.add_argument(
        "--state", type=Path, default=STATE, help="where a downloaded jar is kept (default %(default)s)"
    )
    options = parser.parse_args(arguments)
    emulator = FirestoreEmulator(options.port, options.rules, options.log, state=options.state)
    return run_alone("Firestore emulator", emulator.start, refusals=(EmulatorError,))


if __name__ == "__main__":
    sys.exit(main())

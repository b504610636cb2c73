"""Start the stand-in for the Gemini API alone: `python -m local.gemini --port 8127`."""

import argparse
import sys

from local.gemini import API_KEY, Gemini
from local.stand_in import run_alone

PORT = 8127


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGINT or SIGTERM; the exit code is 0 then, 1 if the port is taken."""
    parser = argparse.ArgumentParser(prog="python -m local.gemini", description=__doc__)
    parser.add_argument("--port", type=int, default=PORT, help="0 takes a free one (default %(default)s)")
    parser.add_argument("--api-key", default=API_KEY, help="the key that callers must have (default %(default)s)")
    options = parser.parse_args(arguments)
    return run_alone("Gemini", Gemini(api_key=options.api_key, port=options.port).start)


if __name__ == "__main__":
    sys.exit(main())

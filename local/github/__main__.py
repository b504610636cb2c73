"""GitHub from the command line: `python -m local.github --port 3030 --samples local/samples`."""

import argparse
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from local.github import APP_ID, GitHub, SampleError, read_samples
from local.server import PortTakenError


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGINT or SIGTERM, then 0; 1 with one line on standard error when that is not possible."""
    options = _parser().parse_args(arguments)
    try:
        github = _make(options).start()
    except (SampleError, PortTakenError, OSError, ValueError) as error:
        print(f"GitHub can't start: {error}", file=sys.stderr)
        return 1
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    print(f"GitHub listens at {github.url} with {len(github.samples)} sample(s)", flush=True)
    if options.public_key_file is None:
        print("No --public-key-file: the App's own calls are refused.", flush=True)
    ended.wait()
    github.stop()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local.github", description="A GitHub for the local cloud.")
    parser.add_argument("--port", type=int, default=0, help="where to listen on 127.0.0.1; 0 takes a free port")
    parser.add_argument("--samples", type=Path, required=True, help="a folder of sample pull requests")
    parser.add_argument("--webhook-url", help="where deliveries go: http on a loopback address")
    parser.add_argument("--app-id", type=int, default=APP_ID, help="the GitHub App's id")
    parser.add_argument("--public-key-file", type=Path, help="the App's public RSA key in PEM")
    parser.add_argument("--webhook-secret-file", type=Path, help="the secret that deliveries are signed with")
    return parser


def _make(options: argparse.Namespace) -> GitHub:
    secret = options.webhook_secret_file and options.webhook_secret_file.read_bytes().strip()
    return GitHub(
        read_samples(options.samples),
        app_id=options.app_id,
        public_key=options.public_key_file and options.public_key_file.read_bytes(),
        webhook_url=options.webhook_url,
        webhook_secret=secret,
        port=options.port,
    )


if __name__ == "__main__":
    sys.exit(main())

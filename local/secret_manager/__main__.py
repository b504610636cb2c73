"""Start the stand-in for Secret Manager alone: `python -m local.secret_manager --secret name=value`."""

import argparse
import sys
from pathlib import Path

from local.identity.tokens import PROJECT
from local.secret_manager import SecretManager
from local.stand_in import run_alone

PORT = 8126


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGINT or SIGTERM; the exit code is 0 then, 1 if the port is taken."""
    parser = argparse.ArgumentParser(prog="python -m local.secret_manager", description=__doc__)
    parser.add_argument("--port", type=int, default=PORT, help="0 takes a free one (default %(default)s)")
    parser.add_argument("--project", default=PROJECT, help="whose secrets they are (default %(default)s)")
    parser.add_argument(
        "--secret",
        type=_secret,
        nargs="+",
        action="extend",
        default=[],
        metavar="NAME=VALUE|NAME=@FILE",
        help="a secret's first version, given as it is or in a file",
    )
    options = parser.parse_args(arguments)
    manager = SecretManager(dict(options.secret), project=options.project, port=options.port)
    return run_alone("Secret Manager", manager.start)


def _secret(text: str) -> tuple[str, bytes]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise argparse.ArgumentTypeError("a secret is given as NAME=VALUE or NAME=@FILE")
    if not value.startswith("@"):
        return name, value.encode()
    try:
        return name, Path(value[1:]).read_bytes()
    except OSError as error:
        raise argparse.ArgumentTypeError(f"{value[1:]} can't be read") from error


if __name__ == "__main__":
    sys.exit(main())

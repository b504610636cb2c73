"""Which bearer token shows the API who I am? `python -m local.token` prints one, and nothing else.

It is signed with the keys in the state folder, made there if there are none yet, so that no server has to run.
"""

import argparse
import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from local.identity.keys import STATE, KeyRing
from local.identity.tokens import PROJECT, id_token_claims

SAMPLE_DEVELOPER_GITHUB_ID = 1000000101
_HOUR = 3600


def mint(
    uid: str,
    github_id: int | None = None,
    claims: Mapping[str, Any] | Iterable[str] = (),
    *,
    project: str = PROJECT,
    hours: float = 1.0,
    state: Path = STATE,
) -> str:
    """An ID token that is valid for so many hours; custom claims given as names are true.

    Raises ValueError for a reserved claim or when the state folder holds something else than keys.
    """
    said = id_token_claims(
        uid,
        github_id=github_id,
        claims=claims,
        project=project,
        issued_at=int(time.time()),
        lifetime=int(hours * _HOUR),
    )
    return KeyRing(state).newest.sign(said)


def main(arguments: list[str] | None = None) -> int:
    """Print a token; the exit code is 0, or 1 with the reason on standard error."""
    options = _parse(arguments)
    try:
        print(
            mint(
                options.uid or f"gh-{options.github_id}",
                options.github_id or None,
                options.claims,
                project=options.project,
                hours=options.hours,
                state=options.state,
            )
        )
    except (ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m local.token", description=__doc__)
    parser.add_argument("--uid", help="who it is (default: gh- and the GitHub id)")
    parser.add_argument(
        "--github-id",
        type=int,
        default=SAMPLE_DEVELOPER_GITHUB_ID,
        help="the GitHub account they sign in with, 0 for none (default: the sample developer's, %(default)s)",
    )
    parser.add_argument("--claims", type=_names, default=(), help="roles, commas between: approver,auditor,breakGlass")
    parser.add_argument("--project", default=PROJECT, help="the project it is for (default %(default)s)")
    parser.add_argument("--hours", type=float, default=1.0, help="how long it is valid (default %(default)s)")
    parser.add_argument("--state", type=Path, default=STATE, help="the folder of the keys (default %(default)s)")
    options = parser.parse_args(arguments)
    if not options.uid and not options.github_id:
        parser.error("without a GitHub account, say who it is: --uid")
    return options


def _names(text: str) -> tuple[str, ...]:
    return tuple(name for name in text.split(",") if name)


if __name__ == "__main__":
    sys.exit(main())

"""`make replay PR=https://github.com/owner/repo/pull/N`: a public pull request through the whole local chain.

It is fetched from GitHub (`GITHUB_API_URL`, with `GITHUB_TOKEN` if there is one) into the layout of a sample; from
there on nothing leaves the machine, unless a key for the model is set.
"""

import json
import os
import re
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import requests

from local.dev import DevError, run

_PULL = re.compile(r"https://github\.com/([A-Za-z0-9-]{1,39})/([A-Za-z0-9._-]{1,100})/pull/([1-9][0-9]{0,8})/?")
_TIMEOUT = 30.0
_PAGE = 100
_MOST_PAGES = 30
_NOT_ACCEPTABLE = 406
_INSTALLATION = 1  # the local App's, which GitHub itself knows nothing of


def main(arguments: list[str]) -> int:
    """Fetch, replay, show the cards; the exit code is 1 with one line when something is wrong."""
    if len(arguments) != 1 or not (found := _PULL.fullmatch(arguments[0])):
        print("make replay PR=https://github.com/owner/repo/pull/N", file=sys.stderr)
        return 1
    owner, name, number = found.groups()
    given = dict(os.environ)
    api = given.pop("GITHUB_API_URL", "https://api.github.com").rstrip("/")
    with tempfile.TemporaryDirectory() as folder:
        try:
            fetch(api, f"{owner}/{name}", int(number), Path(folder), token=given.get("GITHUB_TOKEN", ""))
        except (requests.RequestException, DevError) as error:
            print(f"make replay: {error}", file=sys.stderr)
            return 1
        return run(Path(folder), given=given, stay=False)


def fetch(api: str, full_name: str, number: int, folder: Path, *, token: str) -> Path:
    """Put the pull request below `folder` as a sample; raises `DevError` when it has not been merged."""
    with requests.Session() as session:
        if token:
            session.headers["Authorization"] = f"Bearer {token}"
        url = f"{api}/repos/{full_name}/pulls/{number}"
        pull = _get(session, url).json()
        if not pull.get("merged_at"):
            raise DevError(f"{full_name}#{number} has not been merged: it gives no card")
        diff = session.get(url, headers={"Accept": "application/vnd.github.diff"}, timeout=_TIMEOUT)
        if diff.status_code != _NOT_ACCEPTABLE:
            diff.raise_for_status()
        sample = folder / f"{full_name.replace('/', '__')}__{number}"
        sample.mkdir(parents=True)
        (sample / "pull.diff").write_bytes(diff.content if diff.ok else b"")
        _write(sample / "pull.json", pull)
        _write(sample / "files.json", _pages(session, f"{url}/files"))
        _write(sample / "commits.json", _pages(session, f"{url}/commits"))
        _write(sample / "webhook.json", _delivery(pull))
        _write(sample / "meta.json", {"github_would_refuse_the_diff_406": not diff.ok})
    return sample


def _delivery(pull: Mapping[str, Any]) -> dict[str, Any]:
    """The delivery that GitHub would send to the local App, were it installed there."""
    return {
        "action": "closed",
        "number": pull["number"],
        "pull_request": pull,
        "repository": pull["base"]["repo"],
        "sender": pull["user"],
        "installation": {"id": _INSTALLATION, "node_id": ""},
    }


def _pages(session: requests.Session, url: str) -> list[Any]:
    found: list[Any] = []
    for page in range(1, _MOST_PAGES + 1):
        items = _get(session, f"{url}?per_page={_PAGE}&page={page}").json()
        found += items
        if len(items) < _PAGE:
            break
    return found


def _get(session: requests.Session, url: str) -> requests.Response:
    response = session.get(url, timeout=_TIMEOUT)
    response.raise_for_status()
    return response


def _write(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1), "utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

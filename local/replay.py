"""`make replay PR=https://github.com/owner/repo/pull/N`: a public pull request through the whole local chain.

It is fetched from GitHub (`GITHUB_API_URL`, with `GITHUB_TOKEN` if there is one) into the layout of a sample; from
there on nothing leaves the machine, unless a key for the model is set.
"""

import json
import os
import re
import socket
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import requests

from local import card_text
from local.dev import DevError, guarded, once, port_of

_PULL = re.compile(
    r"https://github\.com/([A-Za-z0-9-]{1,39})/((?!\.{1,2}/)[A-Za-z0-9._-]{1,100})/pull/([1-9][0-9]{0,8})(?:/\w*)?"
)
_TOKEN = re.compile(r"[\x21-\x7e]*")
_TIMEOUT = 30.0
_PAGE = 100
_MOST_PAGES = 30
_NOT_ACCEPTABLE = 406
_INSTALLATION = 1  # the local App's, which GitHub itself knows nothing of
_MEANING = {
    401: "GitHub does not know this GITHUB_TOKEN",
    403: "GitHub refuses: the hour's calls may be used up, GITHUB_TOKEN allows more",
    404: "GitHub shows no such pull request: make replay takes public ones",
    429: "GitHub refuses: too many calls, GITHUB_TOKEN allows more",
}


def replay(url: str, given: Mapping[str, str]) -> None:
    """Fetch the pull request, take it through the chain and print its cards; raises `DevError` for one that can't."""
    found = _PULL.fullmatch(url)
    if not found:
        raise DevError("make replay PR=https://github.com/owner/repo/pull/N")
    owner, name, number = found.groups()
    local = {key: value for key, value in given.items() if key not in ("GITHUB_API_URL", "GITHUB_TOKEN")}
    api = (given.get("GITHUB_API_URL") or "https://api.github.com").rstrip("/")
    with tempfile.TemporaryDirectory() as folder:
        with requests.Session() as session:
            source = _Source(api, given.get("GITHUB_TOKEN", "").strip(), session)
            source.fetch(f"{owner}/{name}", int(number), Path(folder))
        passages = once(Path(folder), local, port_of(local) if local.get("PORT") else _free_port())
    for card in (card for passage in passages for card in passage.cards):
        print(f"\n{card_text.render(card)}")


class _Source:
    """GitHub's API, as far as a sample needs it."""

    def __init__(self, api: str, token: str, session: requests.Session) -> None:
        if not _TOKEN.fullmatch(token):  # or the error would quote it
            raise DevError("GITHUB_TOKEN is no token")
        self._api = api
        self._session = session
        if token:
            session.headers["Authorization"] = f"Bearer {token}"

    def fetch(self, full_name: str, number: int, folder: Path) -> None:
        """Put the pull request below `folder` as a sample; raises `DevError` unless it is merged."""
        path = f"/repos/{full_name}/pulls/{number}"
        pull = self._json(path, dict)
        if not pull.get("merged_at"):
            raise DevError(f"{full_name}#{number} has not been merged: it gives no card")
        delivery = _delivery(pull)
        if delivery["repository"].get("private"):
            raise DevError(f"{full_name} is private: make replay takes public pull requests")
        sample = folder / f"{full_name.replace('/', '__')}__{number}"
        sample.mkdir()
        diff = self._get(path, Accept="application/vnd.github.diff")
        (sample / "pull.diff").write_bytes(diff.content if diff.ok else b"")
        _write(sample / "pull.json", pull)
        _write(sample / "files.json", self._pages(f"{path}/files"))
        _write(sample / "commits.json", self._pages(f"{path}/commits"))
        _write(sample / "webhook.json", delivery)
        _write(sample / "meta.json", {"github_would_refuse_the_diff_406": not diff.ok})

    def _pages(self, path: str) -> list[Any]:
        found: list[Any] = []
        for page in range(1, _MOST_PAGES + 1):
            items = self._json(f"{path}?per_page={_PAGE}&page={page}", list)
            found += items
            if len(items) < _PAGE:
                break
        return found

    def _json(self, path: str, kind: type) -> Any:  # noqa: ANN401  # GitHub's
        try:
            value = self._get(path).json()
        except requests.JSONDecodeError:
            value = None
        if not isinstance(value, kind):
            raise DevError(f"what answers at {self._api} is not GitHub's API")
        return value

    def _get(self, path: str, **headers: str) -> requests.Response:
        try:
            answer = self._session.get(self._api + path, headers=headers, timeout=_TIMEOUT)
        except requests.RequestException as error:
            raise DevError(f"GitHub can't be reached at {self._api} ({type(error).__name__})") from None
        if not answer.ok and not (headers and answer.status_code == _NOT_ACCEPTABLE):
            meaning = _MEANING.get(answer.status_code, "GitHub does not answer as it should, try again later")
            raise DevError(f"{meaning} ({answer.status_code})")
        return answer


def _delivery(pull: Mapping[str, Any]) -> dict[str, Any]:
    """The delivery that GitHub would send to the local App, were it installed there."""
    try:
        return {
            "action": "closed",
            "number": pull["number"],
            "pull_request": pull,
            "repository": pull["base"]["repo"],
            "sender": pull["user"] or pull["base"]["repo"]["owner"],
            "installation": {"id": _INSTALLATION, "node_id": ""},
        }
    except (KeyError, TypeError):
        raise DevError("what GitHub answered is no pull request") from None


def _write(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1), "utf-8")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    sys.exit(guarded(lambda: replay("".join(sys.argv[1:2]), os.environ)))

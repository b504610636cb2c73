"""Where may a task be sent, and which of its own headers go along?

The limits are those of
https://cloud.google.com/tasks/docs/reference/rest/v2/projects.locations.queues.tasks#httprequest.
"""

import ipaddress
import re
from collections.abc import Mapping

from urllib3.exceptions import LocationParseError
from urllib3.util import Url, parse_url

USER_AGENT = "Google-Cloud-Tasks"

_MAX_URL = 2083
_MAX_HEADERS = 80_000
_NETWORKS = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))
_COMPUTED = frozenset({"host", "content-length", "user-agent", "connection", "transfer-encoding"})
_RESERVED = ("x-cloudtasks-", "x-google-", "x-appengine-")
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e\xa0-\xff]*")


def parse_target(url: str) -> Url:
    """The parts of a task's URL; raises ValueError unless it is plain http to this machine."""
    if not url:
        raise ValueError("httpRequest.url is required")
    if not url.startswith(("http://", "https://")):
        raise ValueError("httpRequest.url must start with 'http://' or 'https://'")
    try:
        parts = parse_url(url)
    except LocationParseError as error:
        raise ValueError(f"httpRequest.url can't be read: {error}") from error
    if len(parts.url) > _MAX_URL:
        raise ValueError(f"httpRequest.url is longer than {_MAX_URL} characters")
    if parts.scheme != "http" or parts.auth is not None or not _is_loopback(parts.host or ""):
        raise ValueError(
            "httpRequest.url must be http://127.0.0.0/8, http://localhost or http://[::1]: "
            "the local cloud never sends traffic elsewhere"
        )
    return parts


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return any(address in network for network in _NETWORKS)


def require_headers(headers: Mapping[str, str]) -> None:
    """Raise ValueError for headers that HTTP can't carry or that are 80 kB together."""
    for name, value in headers.items():
        if not _HEADER_NAME.fullmatch(name) or not _HEADER_VALUE.fullmatch(value):
            raise ValueError(f"httpRequest.headers can't carry {name!r}")
    if sum(len(name) + len(value) for name, value in headers.items()) >= _MAX_HEADERS:
        raise ValueError(f"httpRequest.headers are {_MAX_HEADERS} bytes or more")


def forwarded(headers: Mapping[str, str]) -> dict[str, str]:
    """The task's own headers without those that Cloud Tasks computes or keeps for itself."""
    return {
        name: value
        for name, value in headers.items()
        if name.lower() not in _COMPUTED and not name.lower().startswith(_RESERVED)
    }

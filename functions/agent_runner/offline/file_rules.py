"""File rules: what does a file show by its name, its mode or its size alone?"""

import re
from collections.abc import Iterator

from functions.agent_runner.offline.hit import Hit, Rule
from shared.domain.diff import EXECUTABLE, LINK, SUBMODULE, DiffFile
from shared.domain.path_groups import group_of

_PROGRAM = re.compile(r"\.(exe|dll|so|dylib|jar|war|class|pyc|o|a|lib|whl|node|apk|msi|deb|rpm)$")
_REMAINS = re.compile(
    r"(^|/)(\.ds_store|thumbs\.db|__pycache__/.*|node_modules/.*|\.idea/workspace\.xml|.*\.(swp|orig|rej))$"
)
_ENVIRONMENT = re.compile(r"(^|/)\.env(\.(local|production|prod|development|staging))?$")
_KEY = re.compile(r"(^|/)(id_(rsa|dsa|ecdsa|ed25519)|[^/]*\.(pem|p12|pfx|jks|keystore|kdbx|ovpn))$")
_LONG = 2_000
_BUILT = Rule(
    "program",
    "medium",
    "Compiled program added",
    "nobody can review it, and history keeps it for ever; build it where it is needed.",
)
_LEFT = Rule("remains", "low", "File of a tool added", "it belongs into .gitignore.")
_SETTINGS = Rule(
    "environment_file",
    "medium",
    "File of environment variables added",
    "such files hold secrets sooner or later; commit an example instead.",
)
_STORE = Rule("key_file", "high", "File for keys added", "a key that was pushed once has to be replaced.")
_SIZE = Rule(
    "long_file", "info", "Very long file added", "say where it comes from; what is generated can be generated again."
)
_RUNS = Rule("executable", "info", "File made executable", "make sure that it is meant to be run.")
_MODULE = Rule("submodule", "low", "Submodule points elsewhere", "its commits are not part of this diff.")
_SYMBOLIC = Rule(
    "link", "low", "Symbolic link added", "look where it leads to; some programs follow it out of the folder."
)
_UNREAD = frozenset({"lock", "vendored"})


def hits(file: DiffFile) -> Iterator[Hit]:
    """What is worth a word about a file as a whole."""
    path, group = file.path.lower(), group_of(file.path)
    if file.status == "removed":
        return
    new = file.status in ("added", "copied")
    for pattern, rule in ((_PROGRAM, _BUILT), (_REMAINS, _LEFT), (_ENVIRONMENT, _SETTINGS), (_KEY, _STORE)):
        if new and pattern.search(path) and not (rule in (_STORE, _BUILT) and group == "tests"):
            yield Hit(rule, file.path)
    if new and file.additions > _LONG and group not in _UNREAD:
        yield Hit(_SIZE, file.path, 0, f"{file.additions} lines")
    if file.mode == SUBMODULE:
        yield Hit(_MODULE, file.path)
    elif new and file.mode == LINK:
        yield Hit(_SYMBOLIC, file.path)
    elif file.mode == EXECUTABLE and file.previous_mode not in ("", EXECUTABLE):
        yield Hit(_RUNS, file.path)

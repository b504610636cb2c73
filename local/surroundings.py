"""What does this process take from its environment, and for how long?"""

import os
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager

# Google's libraries read from there which servers are meant, and can't be told otherwise.
_READ_BY_LIBRARIES = ("FIRESTORE_EMULATOR_HOST", "FIREBASE_AUTH_EMULATOR_HOST")
_OF_SERVERS = ("_EMULATOR_HOST", "_URL", "GEMINI_API_KEY")


@contextmanager
def having(variables: Mapping[str, str]) -> Iterator[None]:
    """Let the environment have these variables too; afterwards it is what it was before."""
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        yield
    finally:
        for name in os.environ.keys() - before.keys():
            del os.environ[name]
        os.environ.update(before)


def meaning(variables: Mapping[str, str]) -> AbstractContextManager[None]:
    """Let Google's libraries mean the servers that these variables name, as long as `with` lasts."""
    return having({name: variables[name] for name in _READ_BY_LIBRARIES if name in variables})


def without_servers() -> dict[str, str]:
    """Our environment without what would bring in servers of somebody else's, or the real model."""
    return {name: value for name, value in os.environ.items() if not name.endswith(_OF_SERVERS)}

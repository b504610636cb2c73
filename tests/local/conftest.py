"""The local GitHub with the samples in it, and somebody who calls it."""

from collections.abc import Iterator

import pytest

from local.github import GitHub, read_samples
from tests.local.github_calls import SAMPLES, SECRET, Caller, public_key


@pytest.fixture
def github() -> Iterator[GitHub]:
    """The local GitHub that knows the samples."""
    with GitHub(read_samples(SAMPLES), public_key=public_key()) as github:
        yield github


@pytest.fixture
def caller(github: GitHub) -> Iterator[Caller]:
    """Whoever calls it."""
    caller = Caller(github)
    yield caller
    caller.close()


@pytest.fixture
def private(github: GitHub) -> int:
    """The number of a private repository that Ren may write to, with one pull request."""
    repository = github.add_repository(SECRET, private=True, collaborators={"sample-dev-ren": "maintain"})
    github.add_pull(SECRET, title="Keep it quiet", author="sample-dev-ren")
    return repository.id

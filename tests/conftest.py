"""What tests ask for: the Firestore emulator and the stand-ins, once a worker; a deployment of its own, once a test."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from local.cloud import KEY_SECRET, PROVISIONING_KEY_SECRET, app_keys, install_provisioning, public_key
from local.firestore import FirestoreEmulator
from local.github import GitHub, read_samples
from local.identity import Identity
from local.secret_manager import SecretManager
from tests.deployment import WEBHOOK_SECRET, Deployment
from tests.trials import (  # noqa: F401  # pytest finds hooks by their names here
    pytest_sessionfinish,
    pytest_terminal_summary,
    pytest_testnodedown,
)

SAMPLES = Path("local/samples")


@pytest.fixture(autouse=True)
def _unbound() -> None:
    """What a test binds to its log lines is not bound for the next one: a request has a context of its own."""
    structlog.contextvars.clear_contextvars()


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FirestoreEmulator]:
    """The Firestore emulator with the project's rules; every test uses a project id of its own in it."""
    log = tmp_path_factory.mktemp("firestore") / "emulator.log"
    with FirestoreEmulator(log=log) as running:
        os.environ["FIRESTORE_EMULATOR_HOST"] = running.host  # where Google's client looks
        yield running


@pytest.fixture(scope="session")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for keys."""
    return tmp_path_factory.mktemp("state")


@pytest.fixture(scope="session")
def identity(state: Path) -> Iterator[Identity]:
    """Firebase Authentication: its keys, and every uid an account."""
    with Identity(state=state, accept_any=True) as running:
        os.environ["FIREBASE_AUTH_EMULATOR_HOST"] = running.host  # where Google's library looks
        yield running


@pytest.fixture(scope="session")
def secret_manager() -> Iterator[SecretManager]:
    """Secret Manager."""
    with SecretManager() as running:
        yield running


@pytest.fixture
def github(state: Path) -> Iterator[GitHub]:
    """A GitHub with the project's samples."""
    with _github(state) as running:
        yield running


@pytest.fixture
def deployment(
    emulator: FirestoreEmulator, state: Path, identity: Identity, secret_manager: SecretManager, github: GitHub
) -> Iterator[Deployment]:
    """A deployment that nobody else uses."""
    deployed = Deployment(state, identity, secret_manager, github)
    yield deployed
    deployed.close()


@pytest.fixture(scope="module")
def standing(
    emulator: FirestoreEmulator, state: Path, identity: Identity, secret_manager: SecretManager
) -> Iterator[Deployment]:
    """A deployment that the tests of a module share: they leave no trace, or use people of their own."""
    with _github(state) as running:
        deployed = Deployment(state, identity, secret_manager, running)
        yield deployed
        deployed.close()


def _github(state: Path) -> GitHub:
    keys = app_keys(state)
    github = GitHub(read_samples(SAMPLES), public_key=public_key(keys[KEY_SECRET]), webhook_secret=WEBHOOK_SECRET)
    install_provisioning(github, keys[PROVISIONING_KEY_SECRET])
    return github

"""Does every function's work come to its one right end, wherever one of its effects is struck?"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from local.cloud import KEY_SECRET, PROVISIONING_KEY_SECRET, app_keys, install_provisioning, public_key
from local.firestore import FirestoreEmulator
from local.gemini import Gemini
from local.github import GitHub, read_samples
from local.identity import Identity
from local.secret_manager import SecretManager
from tests.conftest import SAMPLES
from tests.crash import generator, leaver, processor, provisioner, reconciler, runner, webhook
from tests.crash.effects import Kind
from tests.crash.matrix import Matrix
from tests.crash.nursery import Nursery
from tests.crash.scenario import Scenario
from tests.crash.stage import Stage
from tests.deployment import WEBHOOK_SECRET, Deployment
from tests.sizes import LONG
from tests.steps import Steps

SCENARIOS: tuple[type[Scenario], ...] = (
    webhook.Merge,
    webhook.RepeatedMerge,
    processor.Fetch,
    processor.Installation,
    processor.Past,
    generator.Offline,
    generator.Model,
    reconciler.Reconciliation,
    runner.Review,
    runner.ReviewToPublish,
    runner.Publishing,
)
PARTLY = [pytest.param(each, marks=pytest.mark.long) for each in (provisioner.Creation, provisioner.Content)]
"""In `make test` some of their effects are struck, in `make test-long` all."""


LONG_SCENARIOS: tuple[type[Scenario], ...] = (leaver.Leaving,) if LONG else ()
"""Those whose many effects would take the quick tests minutes."""


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    with Nursery() as running:
        yield running


@pytest.fixture(scope="module", params=[*SCENARIOS, *PARTLY, *LONG_SCENARIOS], ids=lambda each: each.__name__.lower())
def matrix(
    request: pytest.FixtureRequest,
    nursery: Nursery,
    *,
    emulator: FirestoreEmulator,
    state: Path,
    identity: Identity,
    secret_manager: SecretManager,
) -> Iterator[Matrix]:
    """A scenario on a stage of its own."""
    keys = app_keys(state)
    key = public_key(keys[KEY_SECRET])
    with Gemini() as gemini, GitHub(read_samples(SAMPLES), public_key=key, webhook_secret=WEBHOOK_SECRET) as github:
        install_provisioning(github, keys[PROVISIONING_KEY_SECRET])
        deployment = Deployment(state, identity, secret_manager, github)
        stage = Stage(Steps(deployment), emulator, gemini)
        yield Matrix(request.param(stage), nursery)
        stage.close()
        deployment.close()


class TestCrash:
    """The list of effects is what the function does, not what somebody wrote down."""

    @pytest.mark.parametrize("kind", Kind)
    def test_heals_wherever_it_strikes(self, kind: Kind, matrix: Matrix) -> None:
        failures = list(matrix.strike(kind))
        assert not failures, "\n".join(failures)

"""The local cloud of a storm: the stand-ins, with queues as in production whose time runs faster."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from local.cloud import GOOGLE_KEYS_PATH, KEY_SECRET, LOCATION, MODEL_KEY_SECRET, app_keys, public_key, webhook_secret
from local.cloud import settings as told
from local.cloud_tasks import CloudTasks, Queue
from local.firestore import FirestoreEmulator
from local.gemini import API_KEY, Gemini
from local.github import GitHub, Sample
from local.identity import Identity
from local.identity.tokens import PROJECT
from local.secret_manager import SecretManager
from shared.domain.step import STAGES


class StormCloud:
    """The stand-ins of one storm; `variables` is the environment of a function while they serve."""

    def __init__(self, samples: Sequence[Sample], *, state: Path, speed: float, seed: int) -> None:
        state.mkdir(mode=0o700, parents=True, exist_ok=True)
        keys, self._secret_file = app_keys(state), webhook_secret(state / "webhook-secret")
        self.secret = self._secret_file.read_bytes().strip()
        self.state = state
        queues = [_queue(name) for name in sorted({stage.function for stage in STAGES.values()})]
        self.firestore = FirestoreEmulator(environ={})
        self.tasks = CloudTasks(queues, speed=speed, deadline_speed=speed, workers=32, seed=seed)
        self.github = GitHub(
            samples,
            public_key=public_key(keys[KEY_SECRET]),
            webhook_secret=self.secret,
            seed=seed,
        )
        self.identity = Identity(state=state, accept_any=True)
        self.secret_manager = SecretManager({**keys, MODEL_KEY_SECRET: API_KEY})
        self.gemini = Gemini(seed=seed)
        self.variables: Mapping[str, str] = {}

    @contextmanager
    def serving(self, api: str) -> Iterator[None]:
        """Serve functions that answer at the address `api`."""
        self.github.hooks.url = f"{api}/api/webhooks/github"
        with self.firestore, self.tasks, self.github, self.identity, self.secret_manager, self.gemini:
            self.variables = {
                **told(api=api, webhook_secret_file=self._secret_file),
                "FIRESTORE_EMULATOR_HOST": self.firestore.host,
                "CLOUD_TASKS_EMULATOR_HOST": self.tasks.url.removeprefix("http://"),
                "GOOGLE_JWKS_URL": self.tasks.url + GOOGLE_KEYS_PATH,
                "SECRET_MANAGER_EMULATOR_HOST": self.secret_manager.host,
                "FIREBASE_JWKS_URL": self.identity.jwks_url,
                "FIREBASE_AUTH_EMULATOR_HOST": self.identity.host,
                "GITHUB_API_URL": self.github.url,
                "GEMINI_API_KEY_SECRET": MODEL_KEY_SECRET,
                "GOOGLE_GEMINI_BASE_URL": self.gemini.url,
            }
            yield

    def tasks_are_idle(self, seconds: float) -> bool:
        """Whether within so many real seconds no task was left to do: late copies have had their turn then."""
        try:
            self.tasks.wait_until_idle(max(0.0, seconds))
        except TimeoutError:
            return False
        return True


def _queue(name: str) -> Queue:
    """A queue as it is in production."""
    return Queue(
        name=f"projects/{PROJECT}/locations/{LOCATION}/queues/{name}",
        max_dispatches_per_second=5,
        max_concurrent=8,
        max_attempts=20,
        min_backoff=10,
        max_backoff=300,
    )

"""Cloud Tasks: one call, which queues a step's next task under a name that is never used twice.

https://cloud.google.com/tasks/docs/reference/rest/v2/projects.locations.queues.tasks/create
"""

import base64
import json

from shared.clients.google_api import GoogleApi
from shared.domain.errors import RetryLaterError
from shared.domain.ids import derived_id
from shared.domain.step import STAGES
from shared.settings import TaskSettings

_OK, _CONFLICT = 200, 409
_TIMEOUT = 1.5  # twice that, and twice the store's, is within the ten seconds that GitHub waits


class TaskQueues:
    """The queues of a project; each has the name of the function that it feeds."""

    def __init__(self, api: GoogleApi, project: str, settings: TaskSettings) -> None:
        self._api = api
        self._parent = f"projects/{project}/locations/{settings.location}/queues"
        self._settings = settings

    def enqueue(self, stage: str, subject_id: str, *, epoch: int) -> bool:
        """Queue the task of this stage and epoch; False when one of that name is, or was, there already.

        The body carries the id alone, and the token's audience is the address of the function. Raises
        `RetryLaterError` when the queue does not take it.
        """
        where = STAGES[stage]
        queue = f"{self._parent}/{where.function}"
        address = self._settings.address(where.function)
        task = {
            "name": f"{queue}/tasks/{derived_id('task', subject_id, stage, epoch)}",
            "dispatchDeadline": f"{where.dispatch_deadline}s",
            "httpRequest": {
                "url": f"{address}{where.path}",
                "httpMethod": "POST",
                "headers": {"Content-Type": "application/json"},
                "body": base64.b64encode(json.dumps({where.id_name: subject_id}).encode()).decode(),
                "oidcToken": {"serviceAccountEmail": self._settings.service_account, "audience": address},
            },
        }
        answer = self._api.call("POST", f"/v2/{queue}/tasks", {"task": task}, timeout=_TIMEOUT)
        if answer.status not in (_OK, _CONFLICT):
            raise RetryLaterError(f"the queue answered {answer.status}")
        return answer.status == _OK

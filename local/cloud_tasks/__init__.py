"""Cloud Tasks on one machine: queues that dispatch over HTTP, retry, and sign tokens as Google's do.

    with CloudTasks(queues=[Queue(name="projects/p/locations/l/queues/q")], speed=60) as cloud:
        ...  # create tasks at cloud.url, with Google's client or by plain HTTP
        cloud.wait_until_idle(10)

It speaks the REST v2 API (https://cloud.google.com/tasks/docs/reference/rest/v2/projects.locations.queues.tasks).
Where it differs from the real thing:

- Targets are plain `http` on loopback, with and without a token; redirects are not followed and count as
  failures. The local cloud never sends traffic elsewhere.
- A 429 or 503 delays its own task only; the real thing also slows the whole queue down for a while, and ramps
  up slowly after idleness. Declared rates are kept exactly.
- Nobody is authorised or charged; service accounts need not exist. All state is in memory.
- Backoffs below a second are kept as they are given.
- `tasks:run` doesn't dispatch a task a second time that is under way.
- App Engine tasks, `oauthToken`, `httpTarget` of queues, batch calls and IAM are refused with 501 or 404.
- `speed` shortens schedule times, backoffs, rates and the time a used name is refused. A dispatch deadline is the
  handler's time and stays real unless `deadline_speed` shortens it. Schedule times are shown, and told in
  X-CloudTasks-TaskETA, as they would be without `speed`; all other times that are shown are real.
"""

from local.cloud_tasks.emulator import CloudTasks
from local.cloud_tasks.errors import ApiError
from local.cloud_tasks.faults import CreateFault
from local.cloud_tasks.registry import Counters
from local.cloud_tasks.settings import Queue
from local.cloud_tasks.tokens import TokenSigner

__all__ = ["ApiError", "CloudTasks", "Counters", "CreateFault", "Queue", "TokenSigner"]

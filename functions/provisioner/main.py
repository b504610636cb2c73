"""The provisioner: makes one repository under an approved project intent, and puts its first content into it."""

from functions.provisioner.chain import chained
from functions.provisioner.stages import stages
from shared.domain.step import CREATE
from shared.services import Services
from shared.task import TaskApp, perform

app = TaskApp("provisioner", needs=("provisioning_github", "approval_policy"))


@app.task(CREATE.path)
def process(job_id: str, services: Services) -> str:
    """Make a repository, or know again the one that was made, and fill it once. Idempotent by jobId."""
    return perform(services.store.provisioning_jobs, job_id, stages(services), services, beside=chained(services))


main = app.function()

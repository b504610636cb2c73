"""GitHub on one machine: the REST calls WorkLog makes, and deliveries to its webhook.

    with GitHub(read_samples(Path("local/samples")), public_key=pem, webhook_url=url, webhook_secret=secret) as github:
        github.deliver_sample("sample-org__parcel-tracker__41")  # as GitHub would: signed, once
        github.rename("sample-org/parcel-tracker", "parcels")
        github.faults.add("GET /repos/*/*/pulls/*", faults.secondary_limit(retry_after=2))
        assert not github.calls("POST /app/installations/*/access_tokens")

Where it differs from the real thing:

- Repositories that are public are readable with every credential and without one, as at GitHub; of private ones
  the scope (404) and the permission (403) of the token are checked.
- Rate limits are told in the headers and never enforced, except by a fault.
- `repeat` of a delivery is done at once, and deliveries go to `http` on loopback only.
- Addresses inside of JSON are GitHub's own (nobody may fetch them); those in `Link` and `Location` lead here.
- An App's own JWT is good for the App's own calls alone.
- A repository that an App creates has a real git repository behind it, which can be cloned from
  `github.clone_url(full_name)` until GitHub is stopped; others have none, and their git data answer as empty.
- An installation on selected repositories does not get those that it creates: install the App for all.
- Comments of a review are checked against the patches in GitHub's list of files, by hunk.
"""

from local.github import faults
from local.github.deliveries import Delivery
from local.github.diffs import Change
from local.github.pulls import Pull
from local.github.reviews import Review
from local.github.samples import Sample, SampleError, read_sample, read_samples
from local.github.service import APP_ID, GitHub
from local.github.shapes import Json
from local.github.webhooks import ForeignTargetError, NoWebhookError

__all__ = [
    "APP_ID",
    "Change",
    "Delivery",
    "ForeignTargetError",
    "GitHub",
    "Json",
    "NoWebhookError",
    "Pull",
    "Review",
    "Sample",
    "SampleError",
    "faults",
    "read_sample",
    "read_samples",
]

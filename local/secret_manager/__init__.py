"""Secret Manager on one machine.

    with SecretManager({"github-webhook": "a value"}, project="p") as manager:
        ...  # Google's client over REST, at manager.host

It makes, reads and ends versions of secrets. Where it differs from the real thing: nobody is authorised, all state is
in memory, and regional secrets, aliases, labels, expiry and replication are not kept.
"""

from local.secret_manager.service import SecretManager

__all__ = ["SecretManager"]

"""The OpenAPI document of all functions: `python -m local.openapi > docs/openapi.json` (`make openapi`).

spectree makes the document of each function with typed routes; the others say theirs themselves. What comes out is
then made fit for its readers: the names of the contract, one problem document for each status, no null that never
comes.
"""

from local.openapi.document import document

__all__ = ["document"]

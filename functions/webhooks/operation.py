"""The webhook's entry in the OpenAPI document, by hand: its process does without pydantic and spectree."""

_PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
_OUTCOME = {
    "type": "object",
    "required": ["outcome"],
    "properties": {"outcome": {"type": "string", "enum": ["accepted", "duplicate", "ignored"]}},
}
OPERATION = {
    "operationId": "receiveDelivery",
    "summary": "Receive a delivery of the GitHub App",
    "description": "Signed with the webhook's secret over the raw bytes. GitHub never retries by itself.",
    "tags": ["webhooks"],
    "security": [{"webhookSignature": []}],
    "requestBody": {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}},
    "responses": {
        "200": {
            "description": "Stored, or deliberately ignored",
            "content": {"application/json": {"schema": _OUTCOME}},
        },
        "400": {"description": "Signed, but not what GitHub documents", "content": _PROBLEM},
        "401": {"description": "The signature does not hold", "content": _PROBLEM},
        "413": {"description": "Larger than any delivery of GitHub's", "content": _PROBLEM},
        "415": {"description": "Not application/json", "content": _PROBLEM},
        "503": {"description": "Not stored; Retry-After says when", "content": _PROBLEM},
    },
}

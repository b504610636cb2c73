"""Is the table of what goes by itself what the code writes, what is deployed and what is written down?"""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from functions.pr_event_processor.snapshot import KEEP
from shared.domain.erasure import LAST_LOOK, new_erasure
from shared.domain.pr_event import KEEP_IGNORED
from shared.domain.retention import RETENTION, Retention, kept_for
from shared.store.quotas import DAY, QUOTAS
from shared.store.store import COLLECTIONS, ERASURES, PR_EVENTS, PR_SNAPSHOTS

AT = datetime(2026, 1, 2, tzinfo=UTC)
PAGE = Path("docs/retention.md").read_text("utf-8")
OVERRIDES = json.loads(Path("firestore.indexes.json").read_text("utf-8"))["fieldOverrides"]


class TestRetention:
    def test_is_applied_by_the_fields_that_are_deployed(self) -> None:
        deployed = [(each["collectionGroup"], each["fieldPath"]) for each in OVERRIDES if each.get("ttl")]
        assert sorted(deployed) == sorted((each.collection, each.field) for each in RETENTION)

    def test_is_what_the_code_writes(self) -> None:
        done = new_erasure("ada", None, pseudonym="p", at=AT).without_account(at=AT)
        expires = done.looked(is_settled=True, at=AT + LAST_LOOK).expires_at
        assert expires
        written = {PR_EVENTS: KEEP_IGNORED, PR_SNAPSHOTS: KEEP, QUOTAS: 2 * DAY, ERASURES: expires - AT - LAST_LOOK}
        assert written == {each.collection: timedelta(days=each.days) for each in RETENTION}

    @pytest.mark.parametrize("row", RETENTION, ids=lambda each: each.collection)
    def test_is_written_down(self, row: Retention) -> None:
        assert re.search(
            rf"^\| `{row.collection}` \| {row.days} days? \| .*{re.escape(row.why)}.* \|$", PAGE, re.MULTILINE
        )

    @pytest.mark.parametrize("collection", COLLECTIONS)
    def test_says_of_every_collection_when_it_goes(self, collection: str) -> None:
        assert f"`{collection}`" in PAGE, "say in docs/retention.md how long its documents are kept"

    def test_of_anything_else_has_no_end_of_its_own(self) -> None:
        with pytest.raises(KeyError):
            kept_for("asset-cards")

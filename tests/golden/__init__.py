"""The cards as they were when somebody last read them all, and how to renew them: `make golden`.

Of given pull requests, which are not the project's own, only digests and counts are kept.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

from local.cards import draft_of, pull_of, render
from local.github import Sample, read_samples
from shared.domain.credit import may_credit

HERE = Path(__file__).parent
OWN_SAMPLES = Path("local/samples")
OWN = HERE / "cards.md"
GIVEN = HERE / "given-cards.json"


def own_cards() -> str:
    """The cards of the project's own samples, as `make cards` prints them."""
    return "# Cards of the offline writer\n\n" + "\n".join(map(render, read_samples(OWN_SAMPLES)))


def given_cards(folder: Path) -> dict[str, dict[str, Any]]:
    """What is kept of each given pull request's card, by the name of its folder."""
    return {sample.name: _summary(sample) for sample in read_samples(folder)}


def _summary(sample: Sample) -> dict[str, Any]:
    digest = hashlib.sha256(render(sample).encode()).hexdigest()
    pull = pull_of(sample)
    if not may_credit(pull.author):
        return {"sha256": digest, "claims": 0, "claimsBeyondTheTitle": 0, "flags": []}
    draft = draft_of(pull)
    beyond = [claim for claim in draft.text.claims if any(proof.source != "title" for proof in claim.evidence)]
    return {
        "sha256": digest,
        "claims": len(draft.text.claims),
        "claimsBeyondTheTitle": len(beyond),
        "flags": sorted(draft.flags),
    }


def renew(given: Path | None) -> None:
    """Write the golden files again."""
    OWN.write_text(own_cards(), "utf-8")
    if given is not None:
        GIVEN.write_text(json.dumps(given_cards(given / "prs"), indent=2) + "\n", "utf-8")

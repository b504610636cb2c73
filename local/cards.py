"""`make cards`: the card that each sample's pull request gives, with its evidence, as Markdown.

The offline writer, redaction and grounding directly, without stores and queues: what to read when a writer changes.
"""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from functions.asset_generator import offline
from functions.asset_generator.generate import grounded
from local.github import Sample, SampleError, read_samples
from shared.clients.github.shapes import read_pull_request
from shared.domain.asset_card import Claim, Draft
from shared.domain.credit import may_credit
from shared.domain.pull_request import PullRequest
from shared.domain.redaction import redact_pull

_OWN = Path(__file__).with_name("samples")


def pull_of(sample: Sample) -> PullRequest:
    """The pull request as the chain stores it."""
    documents: Mapping[str, Any] = sample.pull.document
    return redact_pull(read_pull_request(documents, commits=sample.pull.commits, files=sample.pull.files))


def draft_of(pull: PullRequest) -> Draft:
    """The grounded draft of the offline writer."""
    return grounded(offline.write(pull), pull)


def render(sample: Sample) -> str:
    """A sample's card as Markdown, or a line that says why there is none."""
    pull = pull_of(sample)
    heading = f"## {pull.repo_full_name}#{pull.number}"
    if not may_credit(pull.author):
        return f"{heading}\n\nNo card: {pull.author.login} is not a person.\n"
    draft = draft_of(pull)
    text = draft.text
    return "\n".join(
        [
            heading,
            "",
            f"**{text.title}**",
            "",
            text.description,
            "",
            f"- impact: {text.impact or 'not measured'}",
            f"- skills: {', '.join(text.skills) or 'none shown'}",
            f"- flags: {', '.join(sorted(draft.flags)) or 'none'}",
            *(f"- claim ({_sources(claim)}): {claim.text}" for claim in text.claims),
            "",
        ]
    )


def _sources(claim: Claim) -> str:
    return ", ".join(dict.fromkeys(proof.source for proof in claim.evidence)) or "nothing"


def main(arguments: list[str]) -> int:
    """Print every sample's card; the exit code is 1 after one line when a sample can't be read."""
    try:
        samples = read_samples(Path(arguments[0]) if arguments else _OWN)
    except SampleError as error:
        print(f"make cards: {error}", file=sys.stderr)
        return 1
    print("# Cards of the offline writer\n")
    print("\n".join(map(render, samples)), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

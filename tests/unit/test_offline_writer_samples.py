"""One invented pull request for each kind that the offline writer knows, and what holds for every card."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import pytest

from functions.asset_generator import offline
from shared.domain import text as texts
from shared.domain.asset_card import Draft
from shared.domain.grounding import ground
from shared.domain.pull_request import Account, ChangedFile, Commit, FileStatus, PullRequest

AUTHOR = Account(id=7, login="sample-author")


def file(path: str, *lines: str, status: FileStatus = "modified", previous: str | None = None) -> ChangedFile:
    """A changed file whose patch is made of these lines; without any it has no patch."""
    return ChangedFile(
        path=path,
        previous_path=previous,
        status=status,
        additions=sum(line.startswith("+") for line in lines),
        deletions=sum(line.startswith("-") for line in lines),
        patch="\n".join(["@@ -1,9 +1,9 @@", *lines]) if lines else None,
    )


def pull(
    title: str,
    *files: ChangedFile,
    body: str = "",
    commits: Sequence[str | tuple[str, Account]] | None = None,
    redacted: bool = False,
) -> PullRequest:
    """A merged pull request of the sample author, with one commit named like it unless others are given."""
    messages = [title] if commits is None else commits
    return PullRequest(
        repository_id=1,
        repo_full_name="sample/shop",
        number=12,
        title=title,
        body=body,
        author=AUTHOR,
        head_sha="a" * 40,
        base_sha="b" * 40,
        merge_commit_sha="c" * 40,
        merged_at=datetime(2024, 5, 1, tzinfo=UTC),
        additions=sum(each.additions for each in files),
        deletions=sum(each.deletions for each in files),
        changed_files=len(files),
        commits=tuple(_commit(index, message) for index, message in enumerate(messages, 1)),
        files=files,
        redacted=redacted,
    )


def _commit(index: int, message: str | tuple[str, Account]) -> Commit:
    text, author = (message, AUTHOR) if isinstance(message, str) else message
    return Commit(sha=f"{index:02d}" + "de" * 19, message=text, author=author, is_merge=text.startswith("Merge branch"))


TEMPLATE = """<!-- Thanks for helping! -->
## Description

This PR adds a cache for product prices, so the cart page no longer queries the price service for every line.
Requests for a cart of 50 lines drop from 1.8 s to 240 ms.

Fixes #341

## Type of change

- [ ] Bug fix
- [x] New feature

## How has this been tested?

I ran it on staging.

## Checklist

- [x] I have read the CONTRIBUTING guide
"""

SAMPLES: Mapping[str, PullRequest] = {
    "feature": pull(
        "feat(cart): add a cache for product prices (#342)",
        file("src/cart/prices.py", "+class PriceCache:", "+    pass", "+def load_prices(ids):"),
        file("tests/test_prices.py", "+def test_reads_the_price_once():", "+    pass"),
        file("CHANGELOG.md", "+- Product prices are read once for each cart. (#342)"),
        body=TEMPLATE,
        commits=["feat(cart): add a cache for product prices", "fix lint", "address review comments"],
    ),
    "fix": pull(
        "tax: fix rounding of discounts",
        file("crates/tax/src/round.rs", "-    value.round()", "+    value.round_half_up()"),
        file("tests/rounding.rs", "+fn rounds_half_up() {"),
        body="Discounts were rounded before the tax was added, so that invoices were off by a cent.",
    ),
    "security": pull(
        "Fix path traversal in file download (CVE-2024-12345)",
        file("server/download.go", "+func SafePath(p string) string {"),
        file("server/download_test.go", "+func TestSafePathRefusesParents(t *testing.T) {"),
        body="File names were joined to the storage folder without a check, which is a vulnerability.",
    ),
    "performance": pull(
        "perf: avoid quadratic search in matcher",
        file("matcher/search.rs", "+pub fn find_all() {"),
        body="The matcher compared every rule with every line.\n\nMatching 10,000 rules takes 0.9 s instead of 12.4 s.",
    ),
    "revert": pull(
        'Revert "feat: add a cache for product prices (#342)"',
        file("src/cart/prices.py", "-class PriceCache:"),
        body="Reverts sample/shop#342\n\nThe cache served stale prices after a sale had ended.",
        commits=['Revert "feat: add a cache"\n\nThis reverts commit 01ab456789abcdef0123456789abcdef01234567.'],
    ),
    "dependency": pull(
        "build(deps): bump left-pad from 1.2.0 to 1.3.0",
        file("package.json", '-    "left-pad": "^1.2.0",', '+    "left-pad": "^1.3.0",'),
        file("package-lock.json", '-      "version": "1.2.0",', '+      "version": "1.3.0",'),
        body="Bumps [left-pad](https://example.org/left-pad) from 1.2.0 to 1.3.0.\n<details>\n\n- noise\n</details>",
    ),
    "action": pull(
        "Bump sample/checkout from 3 to 4",
        file(".github/workflows/ci.yml", "-      - uses: sample/checkout@v3", "+      - uses: sample/checkout@v4"),
    ),
    "lock file": pull("Refresh lock file", file("yarn.lock")),
    "move": pull(
        "move to src directory",
        *(file(f"src/shop/{name}.py", status="renamed", previous=f"shop/{name}.py") for name in ("a", "b", "c", "d")),
        file("setup.cfg", "-source = shop", "+source = src/shop"),
    ),
    "removal": pull(
        "Remove the legacy importer",
        file("importer/legacy.py", "-def run():", status="removed"),
        file("importer/legacy_test.py", "-def test_runs():", status="removed"),
        body="Nobody has used it since the new importer went live.",
    ),
    "typo": pull("docs: fix typo in installation guide", file("docs/install.md", "-Teh shop", "+The shop")),
    "nothing but typo": pull("typo", file("docs/install.md", "-Teh shop", "+The shop")),
    "encoding": pull(
        "Convert messages to UTF-8",
        file("messages/greetings.txt", "-\ufffd\ufffd Gru\ufffd", "+Schönen Gruß"),
    ),
    "formatting": pull("Apply formatting to all scripts", file("src/cart.ts", "-a=1", "+a = 1")),
    "images": pull(
        "Optimize images",
        file("docs/logo.png"),
        file("docs/banner.png"),
        commits=["Optimize images\n\n/docs/logo.png (18.3%)\n/docs/banner.png (64.21%)"],
    ),
    "binary": pull("Add the brand font", file("assets/brand.woff2"), file("assets/brand.ttf")),
    "ci": pull(
        "ci: test on two operating systems",
        file(".github/workflows/test.yml", "-  os: [ubuntu]", "+  os: [ubuntu, windows]"),
    ),
    "documentation": pull(
        "Document how to set up the sandbox",
        file("docs/sandbox.md", "+# Sandbox", "+", "+## Creating a test account", status="added"),
        body="The old page described a script that was removed last year.",
    ),
    "tests": pull(
        "Add tests for date parsing",
        file("tests/test_dates.py", "+def test_leap_day():", "+def test_invalid_month():"),
        body="Coverage of the module goes from 61% to 94%.",
    ),
    "command line": pull(
        "Add --json flag to export command",
        file("cli/export.py", '+    parser.add_argument("--json", action="store_true")'),
        file("cli/settings.py", '+LIMIT = os.getenv("EXPORT_LIMIT")'),
    ),
    "assisted": pull(
        "Retry failed uploads",
        file("app/upload.kt", "+class UploadRetry"),
        body="**What:** Uploads that end in a timeout are tried again.\n\n**Why:** Travellers lost their photos.",
        commits=["Retry failed uploads\n\nCo-authored-by: Claude <noreply@example.org>"],
    ),
    "empty title": pull("", file("src/cart/prices.py", "+x = 1"), commits=[]),
    "nothing at all": pull("", commits=[]),
    "japanese feature": pull(
        "feat: 注文一覧をCSVで出力できるようにする",
        file("app/orders/export.py", "+def export_orders(rows):"),
        file("tests/test_export.py", "+def test_exports_rows():"),
        body=(
            "## 概要\n注文一覧画面に出力ボタンを追加しました。\n\n## 背景\n担当者が毎月手作業で転記していたため。\n\n"
            "## 動作確認\n- [x] ローカルで確認\n\n## レビューしてほしい点\n命名が適切か見てください。"
        ),
    ),
    "japanese fix": pull(
        "【修正】ログイン後に画面が真っ白になる不具合を修正 #55",
        file("web/src/login.ts", "-a", "+b"),
        body="セッションの期限切れを考慮していなかったことが原因です。\n期限切れのときはログイン画面へ戻すようにしました。",
    ),
    "japanese performance": pull(
        "集計処理を高速化",
        file("batch/summary.rb", "-a", "+b"),
        body="集計をまとめ、処理時間を12秒から0.8秒に短縮しました。",
    ),
    "japanese revert": pull(
        'Revert "在庫の自動更新を追加"',
        file("stock/count.py", "-def update():"),
        commits=['Revert "在庫の自動更新を追加"\n\nThis reverts commit 01ab456789abcdef0123456789abcdef01234567.'],
    ),
    "japanese dependency": pull(
        "依存パッケージの更新", file("package.json", '-    "left-pad": "^1.2.0",', '+    "left-pad": "^1.3.0",')
    ),
    "japanese documentation": pull("READMEにセットアップ手順を追記", file("README.md", "+## セットアップ手順")),
    "japanese body": pull(
        "Add login page",
        file("web/login.vue", "+<template>"),
        body="ログイン画面を追加しました。これまでは管理者が住所を直接共有していました。",
    ),
}


@pytest.fixture(params=SAMPLES, ids=lambda name: name.replace(" ", "-"))
def sample(request: pytest.FixtureRequest) -> tuple[PullRequest, Draft]:
    """A pull request and its card."""
    chosen = SAMPLES[request.param]
    return chosen, offline.write(chosen)


class TestEveryCard:
    def test_passes_grounding_as_it_is(self, sample: tuple[PullRequest, Draft]) -> None:
        checked = ground(sample[1].text, sample[0])
        assert checked.unproved == ()
        assert checked.flags == frozenset()
        assert checked.text == sample[1].text

    def test_says_who_wrote_it_and_sets_no_flag(self, sample: tuple[PullRequest, Draft]) -> None:
        assert sample[1].generated_by.model_dump() == {
            "provider": "offline",
            "model": "extractive",
            "prompt_version": "offline-1",
            "tokens": 0,
        }
        assert sample[1].flags == frozenset()

    def test_is_the_same_when_written_again(self, sample: tuple[PullRequest, Draft]) -> None:
        assert offline.write(sample[0]) == sample[1]

    def test_has_a_title_without_the_tracker_s_wrapping(self, sample: tuple[PullRequest, Draft]) -> None:
        title = sample[1].text.title
        assert 0 < len(title) <= 120
        assert re.match(r"(feat|fix|docs|build|ci|perf)(\(|:)|\[|【|Merge ", title) is None
        assert re.search(r"#\d|`|…|\.$|。$", title) is None

    def test_has_one_to_three_sentences_with_the_size(self, sample: tuple[PullRequest, Draft]) -> None:
        description = sample[1].text.description
        assert len(description) <= 600
        assert 1 <= len(texts.sentences(description)) <= 4  # the Japanese figures are a sentence of their own
        assert re.search(r"\d (files?|ファイル)", description)

    def test_proves_each_claim(self, sample: tuple[PullRequest, Draft]) -> None:
        for claim in sample[1].text.claims:
            assert claim.evidence
            assert len(claim.text) <= 240
            assert all(len(each.quote) <= 300 for each in claim.evidence)

    def test_names_at_most_eight_skills_once(self, sample: tuple[PullRequest, Draft]) -> None:
        skills = sample[1].text.skills
        assert len(skills) == len(set(skills)) <= 8


class TestAllCardsTogether:
    def test_have_two_to_five_claims(self) -> None:
        counts = {name: len(offline.write(each).text.claims) for name, each in SAMPLES.items() if each.files}
        assert {name: count for name, count in counts.items() if not 1 < count <= 5} == {}

    def test_quote_more_than_titles_in_most_claims(self) -> None:
        claims = [claim for each in SAMPLES.values() for claim in offline.write(each).text.claims]
        beyond = [claim for claim in claims if any(each.source != "title" for each in claim.evidence)]
        assert len(beyond) * 2 >= len(claims)

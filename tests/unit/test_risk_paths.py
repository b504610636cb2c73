"""What do the paths and figures of a pull request say about its risk, and what if they make no sense?"""

import pytest

from shared.domain.risk import Risk, assess
from shared.domain.risk.policy import policy

HASH = "a" * 64


def risk_of(*paths: object, **more: object) -> Risk:
    return assess(goal="Go", constraints=[], success="", pr_meta={"paths": list(paths), **more})


def codes(risk: Risk) -> set[str]:
    return {factor.code for factor in risk.factors}


class TestPaths:
    @pytest.mark.parametrize(
        ("path", "code"),
        [
            ("src/auth/verify.ts", "authentication"),
            ("app/LoginController.java", "authentication"),
            ("lib/sessionStore.js", "authentication"),
            ("app/policies/article_policy.rb", "authorization"),
            (".github/CODEOWNERS", "authorization"),
            ("firestore.rules", "authorization"),
            ("src/billing/refund.ts", "payments"),
            ("src/stripeClient.ts", "payments"),
            ("db/migrate/20260110_add_name.rb", "schema"),
            ("changes/0042.sql", "schema"),
            ("terraform/network.tf", "infrastructure"),
            ("k8s/production/app.yaml", "infrastructure"),
            ("main.tf", "infrastructure"),
            (".github/workflows/build.yml", "ci"),
            ("docs/.github/workflows/pages.yml", "ci"),
            ("tests/.github/workflows/x.yml", "ci"),
            (".GitHub/Workflows/Build.YML", "ci"),
            ("Jenkinsfile", "ci"),
            (".env.production", "secrets"),
            ("tests/fixtures/server.pem", "secrets"),
            ("docs/id_rsa", "secrets"),
            ("src/privacy/consent.ts", "personal_data"),
            ("jobs/purge_accounts.py", "deletion"),
            ("src/crypto/aes.c", "cryptography"),
            ("server/cors.go", "web_protection"),
            ("src/раyments/a.py", "payments"),
            ("src/ｐａｙｍｅｎｔｓ/a.py", "payments"),
            ("src\\billing\\a.cs", "payments"),
            ("src/決済/処理.py", "payments"),
        ],
    )
    def test_that_are_critical_are_high(self, path: str, code: str) -> None:
        risk = risk_of(path)
        assert code in codes(risk)
        assert risk.level == "High"
        assert path in {factor.evidence for factor in risk.factors}

    @pytest.mark.parametrize(
        ("path", "code"),
        [
            ("Dockerfile", "infrastructure"),
            ("docs/Dockerfile", "infrastructure"),
            ("package-lock.json", "dependencies"),
            ("requirements-dev.txt", "dependencies"),
            ("docs/requirements.txt", "dependencies"),
            ("config/settings.py", "configuration"),
            ("src/api/articles.go", "interface"),
            ("AGENTS.md", "agent_instructions"),
            ("LICENSE", "licence"),
        ],
    )
    def test_that_reach_users_need_approval(self, path: str, code: str) -> None:
        risk = risk_of(path)
        assert code in codes(risk)
        assert risk.level == "Med"

    @pytest.mark.parametrize(
        "path",
        [
            "README.md",
            "docs/auth/login.md",
            "docs/payments.html",
            "docs/_static/password.png",
            "tests/payments/test_refund.py",
            "src/billing/refund.test.ts",
            "pkg/auth_test.go",
            "spec/models/user_spec.rb",
            "src/styles/buttons.css",
            "src/author/authority.py",
            "src/lexer/tokenizer.rs",
            "src/parse.py",
        ],
    )
    def test_of_tests_documentation_and_everyday_code_are_low(self, path: str) -> None:
        assert risk_of(path).level == "Low"

    def test_weigh_more_than_the_same_words(self) -> None:
        for area in ("payment", "authentication", "migration", "terraform", "authorization", "secret", "csrf"):
            said = assess(goal=f"Change the {area}", constraints=[], success="", pr_meta=None)
            assert risk_of(f"src/{area}/a.py").score > said.score > 0

    def test_that_nobody_here_reads_are_high(self) -> None:
        assert codes(risk_of("src/결제취소/a.py")) == {"unread_letters"}


class TestUnreadable:
    @pytest.mark.parametrize(
        "paths",
        [
            "src/a.py",
            {"a": "b"},
            7,
            True,
            [7],
            [None],
            [["src/a.py"]],
            [""],
            ["/etc/passwd"],
            ["src//a.py"],
            ["src/../a.py"],
            ["./a.py"],
            ["a\x00b"],
            ["a" * 5000],
            ["src/a.py", {}],
        ],
    )
    def test_paths_are_high(self, paths: object) -> None:
        risk = assess(goal="Go", constraints=[], success="", pr_meta={"paths": paths})
        assert "unreadable_paths" in codes(risk)
        assert risk.level == "High"

    @pytest.mark.parametrize("figure", [-1, 1.5, "3", True, [], {}, 10**12, float("nan"), float("inf")])
    @pytest.mark.parametrize("name", ["additions", "deletions", "changedFiles"])
    def test_figures_are_high(self, name: str, figure: object) -> None:
        risk = risk_of("a.py", **{name: figure})
        assert "unreadable_figures" in codes(risk)
        assert risk.level == "High"

    def test_figures_too_long_to_be_written_are_high(self) -> None:
        for name in ("additions", "deletions", "changedFiles"):
            assert risk_of("a.py", **{name: 10**6000}).level == "High"

    @pytest.mark.parametrize("meta", [[], "paths", 7, ["a.py"]])
    def test_meta_is_high(self, meta: object) -> None:
        risk = assess(goal="Go", constraints=[], success="", pr_meta=meta)  # type: ignore[arg-type]  # hostile
        assert (codes(risk), risk.level) == ({"unreadable_pr_meta"}, "High")

    @pytest.mark.parametrize("value", [b"bytes", {1, 2}, object()])
    def test_values_are_high(self, value: object) -> None:
        risk = assess(goal="Go", constraints={"a": [value]}, success="", pr_meta=None)
        assert (codes(risk), risk.level) == ({"unreadable_values"}, "High")

    @pytest.mark.parametrize("text", [None, 7, ["x"]])
    def test_goal_and_success_are_high(self, text: object) -> None:
        for texts in ({"goal": text, "success": ""}, {"goal": "", "success": text}):
            risk = assess(constraints=[], pr_meta=None, **texts)  # type: ignore[arg-type]  # hostile
            assert "unreadable_values" in codes(risk)
            assert risk.level == "High"

    def test_nesting_without_end_is_high(self) -> None:
        endless: list[object] = []
        endless.append(endless)
        deep: object = "x"
        for _ in range(5000):
            deep = [deep]
        for constraints in (endless, deep):
            risk = assess(goal="Go", constraints=constraints, success="", pr_meta=None)
            assert (codes(risk), risk.score) == ({"too_much_text"}, 100)

    def test_nesting_of_twenty_levels_is_read(self) -> None:
        nested: object = "refunds"
        for level in range(19):
            nested = {"a": nested} if level % 2 else [nested]
        assert codes(assess(goal="Go", constraints=nested, success="", pr_meta=None)) == {"payments"}


class TestFigures:
    @pytest.mark.parametrize("told", [0, 1, 3, 200])
    def test_that_contradict_the_paths_are_high(self, told: int) -> None:
        risk = risk_of("a.py", "b.py", changedFiles=told)
        assert "contradictory_files" in codes(risk)
        assert risk.level == "High"

    def test_that_count_files_which_nobody_names_are_high(self) -> None:
        for meta in ({"changedFiles": 3}, {"changedFiles": 3, "paths": []}, {"changedFiles": 0, "additions": 4}):
            risk = assess(goal="Go", constraints=[], success="", pr_meta=meta)
            assert "contradictory_files" in codes(risk)
            assert risk.level == "High"

    def test_that_agree_with_the_paths_say_nothing(self) -> None:
        assert risk_of("a.py", "b.py", changedFiles=2, additions=3, deletions=0).factors == ()
        assert risk_of("a.py", "a.py", changedFiles=1).factors == ()
        assert risk_of("a.py", changedFiles=None, additions=None).factors == ()

    @pytest.mark.parametrize(("lines", "level"), [(999, "Low"), (1000, "Med"), (49_999, "Med"), (50_000, "High")])
    def test_of_large_changes_need_approval(self, lines: int, level: str) -> None:
        assert risk_of("a.py", additions=lines - 1, deletions=1).level == level

    @pytest.mark.parametrize(("files", "level"), [(19, "Low"), (20, "Med"), (300, "Med"), (301, "High")])
    def test_of_many_files_need_approval(self, files: int, level: str) -> None:
        assert risk_of(*(f"src/{number}.c" for number in range(files))).level == level


class TestIdentities:
    def test_say_nothing_about_the_risk(self) -> None:
        url = "https://github.com/auth/payments/pull/5"
        identities = {"repoFullName": "auth/payments", "prNumber": 5, "prUrl": url, "diffHash": HASH}
        assert risk_of("a.py", **identities, baseSHA="b" * 40, headSHA="c" * 40).factors == ()

    def test_are_all_that_is_skipped(self) -> None:
        for name in ("title", "body", "branch", "riskLevel"):
            assert codes(risk_of("a.py", **{name: {"what": ["payments"]}})) == {"payments"}
        assert codes(risk_of("a.py", refunds=1)) == {"payments"}

    @pytest.mark.parametrize("name", ["riskLevel", "risk_level", "level", "score", "requiresApproval", "policyVersion"])
    def test_of_the_answer_can_not_be_set(self, name: str) -> None:
        risk = risk_of("src/auth/a.py", **{name: "Low"})
        assert (risk.level, risk.policy_version) == ("High", policy().version)

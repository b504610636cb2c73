"""Does each rule of the offline reviewer find what it is for, and stay silent where a reviewer would?"""

import pytest

from local.github import Change
from tests.diffs import added, changed, found, reviewed

CONFLICT, BREAKPOINT, DEBUG = "Conflict marker", "Breakpoint", "Debug output"
FOCUSED, DISABLED, SKIPS = "Focused test", "Test disabled", "Test that skips"
TLS, TOKEN, CODE, SHELL = "TLS certificates", "Signature of a token", "Text is run", "Command goes"
LOADING, MARKUP, SQL, OPEN, HASH = "Loading", "Markup", "SQL", "Everybody may write", "Passwords under"
RANDOM, CSRF, ALL, ORIGIN, MODE = "Guessable", "Protection against", "Open to everybody", "Every origin", "Debug mode"
PIPED, TODO, SWALLOWED, DROPPED, EVERYTHING = (
    "Script from",
    "Unfinished",
    "Error swallowed",
    "Error dropped",
    "Everything",
)
WRITES, TARGET, PRINTED, SCRIPT, ACTION = "Workflow may", "Workflow of", "Secret is", "Text of strangers", "Action of"
WORKFLOW = ".github/workflows/build.yml"

SILENT = [
    (CONFLICT, "src/a.py", "=======", "x = 1 <<<<<<< 2"),
    (CONFLICT, "docs/a.rst", "Title", "======="),
    (BREAKPOINT, "src/a.py", "set_breakpoint(3)", "# breakpoint()", 'help = "call breakpoint()"'),
    (BREAKPOINT, "src/a.js", "config.debugger = true;", "// debugger"),
    (DEBUG, "src/a.py", "pprint(x)", "self.print(x)", '"""', "print(x)", '"""', "# print(x)", ">>> print(x)"),
    (DEBUG, "src/a.py", "print(x, file=stream)"),
    (DEBUG, "src/a.py", "import argparse", "print(x)"),
    (DEBUG, "cli/run.py", "print(x)"),
    (DEBUG, "scripts/run.js", "console.log(x)"),
    (DEBUG, "tests/test_a.py", "print(x)"),
    (DEBUG, "src/a.js", "console.error(x)", "myconsole.log(x)"),
    (DEBUG, "docs/a.md", "print(x)", "console.log(x)"),
    (FOCUSED, "src/a.js", "it.only('x')"),
    (DISABLED, "tests/test_a.py", "@pytest.mark.skipif(WINDOWS)", "# @pytest.mark.skip"),
    (SKIPS, "a_test.go", "if testing.Short() { t.Skip() }"),
    (TLS, "src/a.py", "verify=True", "verify(False)", "# verify=False"),
    (TLS, "src/a.js", "x ? !!options.rejectUnauthorized : false"),
    (TLS, "run.sh", "curl -sSk2 x", "checker -k x"),
    (CODE, "src/a.py", "model.eval()", "re.exec(x)", "ast.literal_eval(x)", "def eval(x):"),
    (CODE, "tests/test_a.py", "exec(code)"),
    (SHELL, "src/a.py", "shell=False", "subprocess.run([x])"),
    (SHELL, "src/a.js", "regex.exec(`a`)"),
    (LOADING, "src/a.py", "yaml.safe_load(x)", "yaml.load(x, Loader=SafeLoader)", "json.loads(x)"),
    (MARKUP, "src/a.js", "el.innerHTML = '';", "if (el.innerHTML == x) {}"),
    (SQL, "src/a.py", 'db.execute("select * from t where id = ?", [x])', 'f"Please select a colour from {menu}"[0]'),
    (SQL, "src/a.py", 'log.info("select one from the list")', 'raise Error("update it or delete from here")'),
    (OPEN, "run.sh", "chmod 755 x", "echo 777"),
    (HASH, "src/a.py", "hashlib.md5(content)", "password = argon2(x)"),
    (RANDOM, "src/a.js", "const delay = Math.random();"),
    (RANDOM, "src/a.py", "token = secrets.choice(x)"),
    (ORIGIN, "src/a.py", 'allow_origins=["https://a.sample.invalid"]'),
    (MODE, "src/a.py", "app.run(debug=False)"),
    (PIPED, "run.sh", "curl x | jq .", "curl x -o y"),
    (TODO, "src/a.py", "TODO = 1", "# todo lists are kept here", "# NOTE: no"),
    (SWALLOWED, "src/a.py", "except Exception:", "    log.exception('no')"),
    (SWALLOWED, "src/a.py", "except Exception:  # the queue may be gone", "    pass"),
    (DROPPED, "src/a.py", "except KeyError:", "    pass"),
    (EVERYTHING, "src/a.py", "except Exception:", "    cleanup()", "    raise"),
    (EVERYTHING, "src/a.py", "except OSError:", "    return None"),
    (EVERYTHING, "tests/test_a.py", "except Exception:", "    return None"),
    (DROPPED, "src/a.js", "} catch (e) {", "  log(e);", "}"),
    (DROPPED, "src/a.go", "if err != nil {", "\treturn err", "}"),
    (WRITES, WORKFLOW, "permissions:", "  contents: read"),
    (WRITES, "config/other.yml", "permissions: write-all"),
    (TARGET, WORKFLOW, "on: pull_request", "# pull_request_target"),
    (
        SCRIPT,
        WORKFLOW,
        "  if: contains(github.event.pull_request.title, 'x')",
        "  TITLE: ${{ github.event.issue.title }}",
    ),
    (ACTION, WORKFLOW, "- uses: actions/checkout@v4", "- uses: ./here", f"- uses: a/b@{'a' * 40}"),
]

LOUD = [
    (CONFLICT, "high", "src/a.py", "<<<<<<< HEAD"),
    (CONFLICT, "high", "docs/a.md", ">>>>>>> feature"),
    (BREAKPOINT, "medium", "src/a.py", "    breakpoint()"),
    (BREAKPOINT, "medium", "tests/test_a.py", "import pdb; pdb.set_trace()"),
    (BREAKPOINT, "medium", "src/a.ts", "  debugger;"),
    (BREAKPOINT, "medium", "app/a.rb", "binding.pry"),
    (DEBUG, "low", "src/a.py", "    print(user)"),
    (DEBUG, "low", "src/a.tsx", "console.log('here')"),
    (DEBUG, "low", "src/a.rs", "dbg!(x);"),
    (DEBUG, "low", "src/a.php", "var_dump($x);"),
    (DEBUG, "low", "src/A.java", "e.printStackTrace();"),
    (FOCUSED, "medium", "src/a.test.ts", "describe.only('x', () => {"),
    (DISABLED, "medium", "tests/test_a.py", "@pytest.mark.skip(reason='later')"),
    (DISABLED, "medium", "tests/test_a.py", "@pytest.mark.xfail"),
    (DISABLED, "medium", "src/a.spec.js", "it.skip('x', () => {"),
    (DISABLED, "medium", "src/a.spec.js", "xdescribe('x', () => {"),
    (DISABLED, "medium", "src/a.rs", "#[ignore]"),
    (DISABLED, "medium", "src/test/ATest.java", "@Disabled"),
    (DISABLED, "medium", "a_test.cpp", "TEST(Parser, DISABLED_Reads) {"),
    (SKIPS, "low", "a_test.go", "\tt.Skip()"),
    (TLS, "high", "src/a.py", "requests.get(url, verify=False)"),
    (TLS, "info", "tests/test_a.py", "requests.get(url, verify=False)"),
    (TLS, "high", "src/a.go", "InsecureSkipVerify: true,"),
    (TLS, "high", "src/a.js", "{ rejectUnauthorized: false }"),
    (TLS, "high", "run.sh", "curl -fsSk https://a.sample.invalid"),
    (TOKEN, "high", "src/a.py", 'jwt.decode(t, options={"verify_signature": False})'),
    (TOKEN, "high", "src/a.js", "jwt.verify(t, key, { algorithms: ['none'] })"),
    (CODE, "medium", "src/a.py", "result = eval(text)"),
    (CODE, "medium", "src/a.js", "new Function(text)"),
    (SHELL, "medium", "src/a.py", "subprocess.run(command, shell=True)"),
    (SHELL, "medium", "src/a.js", "execSync(`git log ${branch}`)"),
    (LOADING, "medium", "src/a.py", "pickle.loads(data)"),
    (LOADING, "medium", "src/a.py", "yaml.load(data)"),
    (MARKUP, "medium", "src/a.jsx", "<div dangerouslySetInnerHTML={{ __html: text }} />"),
    (MARKUP, "medium", "templates/a.html", "{{ text|safe }}"),
    (SQL, "medium", "src/a.py", 'db.execute(f"select * from t where id = {x}")'),
    (SQL, "medium", "src/a.py", "db.execute(f\"SELECT a FROM t WHERE id = '{x}'\")"),
    (SQL, "medium", "src/a.py", "db.execute(\"DELETE FROM t WHERE id = '%s'\" % x)"),
    (SQL, "medium", "src/a.js", "db.query(`SELECT * FROM t WHERE id = ${x}`)"),
    (SQL, "medium", "src/a.go", 'fmt.Sprintf("SELECT a FROM t WHERE id = %s", x)'),
    (SQL, "medium", "src/A.java", 'run("SELECT a FROM t WHERE id = " + x);'),
    (OPEN, "medium", "run.sh", "chmod -R 777 /srv"),
    (OPEN, "medium", "src/a.py", "os.chmod(path, 0o777)"),
    (HASH, "high", "src/a.py", "hashlib.md5(password.encode())"),
    (RANDOM, "medium", "src/a.js", "const resetToken = Math.random().toString(36);"),
    (CSRF, "medium", "src/a.py", "@csrf_exempt"),
    (ALL, "medium", "main.tf", 'members = ["allUsers"]'),
    (ORIGIN, "low", "src/a.js", "res.header('Access-Control-Allow-Origin', '*')"),
    (MODE, "medium", "src/a.py", "app.run(host=x, debug=True)"),
    (PIPED, "medium", "Dockerfile", "RUN curl -s https://a.sample.invalid | sh"),
    (TODO, "info", "src/a.py", "x = 1  # TODO: do it"),
    (TODO, "info", "src/a.go", "// FIXME"),
    (SWALLOWED, "medium", "src/a.py", "try:", "    f()", "except Exception:", "    pass"),
    (SWALLOWED, "medium", "src/a.py", "try:", "    f()", "except:", "    ..."),
    (EVERYTHING, "low", "src/a.py", "except Exception:", "    return None"),
    (DROPPED, "info", "src/a.ts", "try { f() } catch (e) {}"),
    (DROPPED, "info", "src/a.go", "if err != nil {", "}"),
    (SWALLOWED, "medium", "src/A.java", "} catch (Exception e) {", "}"),
    (WRITES, "high", WORKFLOW, "permissions: write-all"),
    (WRITES, "medium", WORKFLOW, "  id-token: write"),
    (TARGET, "high", WORKFLOW, "  pull_request_target:"),
    (PRINTED, "high", WORKFLOW, "  run: echo ${{ secrets.TOKEN }}"),
    (SCRIPT, "high", WORKFLOW, '  run: echo "${{ github.event.pull_request.title }}"'),
    (ACTION, "low", WORKFLOW, "- uses: someone/deploy@v1"),
]


def named(cases: list[tuple[str, ...]]) -> list[str]:
    return [f"{case[0]}: {case[-1]}" for case in cases]


class TestLineRules:
    @pytest.mark.parametrize(
        ("title", "path", "lines"), [(each[0], each[1], each[2:]) for each in SILENT], ids=named(SILENT)
    )
    def test_stay_silent(self, title: str, path: str, lines: tuple[str, ...]) -> None:
        assert not found(added(path, *lines), title=title)

    @pytest.mark.parametrize(
        ("title", "severity", "path", "lines"),
        [(*each[:3], each[3:]) for each in LOUD],
        ids=named(LOUD),
    )
    def test_find(self, title: str, severity: str, path: str, lines: tuple[str, ...]) -> None:
        (finding,) = found(added(path, "first", *lines), title=title)
        assert (finding.severity, finding.path) == (severity, path)
        assert 2 <= finding.start_line <= 1 + len(lines)

    def test_say_nothing_of_lines_that_only_move(self) -> None:
        line = "    print(user)\n"
        assert not found(changed("src/a.py", f"{line}x = 1\n", f"x = 1\n{line}"), title=DEBUG)
        moved = (changed("src/a.py", f"x = 1\n{line}", "x = 1\n"), changed("src/b.py", "y = 1\n", f"y = 1\n    {line}"))
        assert not found(*moved, title=DEBUG)
        assert found(moved[1], title=DEBUG)

    def test_say_nothing_of_a_file_that_prints_anyway(self) -> None:
        before = "print(1)\nx = 1\n"
        assert not found(changed("src/a.py", before, before + "print(2)\n"), title=DEBUG)

    def test_say_nothing_of_removed_lines(self) -> None:
        assert not reviewed(changed("src/a.py", "breakpoint()\nx = 1\n", "x = 1\n")).findings

    def test_tell_of_many_lines_at_once(self) -> None:
        lines = [f"print(x{number})" if number in (2, 3, 7, 9) else f"x{number} = 1" for number in range(1, 12)]
        (finding,) = found(added("src/a.py", *lines), title=DEBUG)
        assert (finding.start_line, finding.end_line) == (2, 3)
        assert finding.detail.endswith("Also on lines 7, 9.")


class TestGuards:
    BEFORE = "def f():\n    x = 1\n\n@login_required\ndef show(request):\n    return page\n\ny = 2\n"

    def test_that_go_are_told_of(self) -> None:
        (finding,) = found(
            changed("src/views.py", self.BEFORE, self.BEFORE.replace("@login_required\n", "")), title="Check"
        )
        assert (finding.severity, finding.start_line) == ("high", 4)
        assert "login" in finding.detail

    def test_that_go_from_many_files_are_told_of_once(self) -> None:
        changes = [
            changed(f"src/v{number}.py", self.BEFORE, self.BEFORE.replace("@login_required\n", ""))
            for number in range(4)
        ]
        (finding,) = found(*changes, title="Check")
        assert "`src/v3.py`" in finding.detail

    @pytest.mark.parametrize(
        ("path", "after"),
        [
            ("src/views.py", BEFORE.replace("@login_required\ndef show(request):\n    return page\n", "")),
            ("src/views.py", BEFORE.replace("    x = 1\n", "    x = 2\n")),
            ("src/views.py", BEFORE.replace("@login_required\n", "") + "app.wrap(login_required)\n"),
            ("tests/test_views.py", BEFORE.replace("@login_required\n", "")),
            ("docs/views.md", BEFORE.replace("@login_required\n", "")),
        ],
        ids=["with their function", "not at all", "to another place", "from tests", "from documents"],
    )
    def test_that_do_not_really_go_are_not(self, path: str, after: str) -> None:
        assert not found(changed(path, self.BEFORE, after), title="Check")


class TestTests:
    CODE = (
        "def total(rows):",
        "    kept = [row for row in rows if row.paid]",
        "    tax = rate(kept)",
        "    log(tax)",
    ) * 2

    @pytest.mark.parametrize(
        "others",
        [
            [added("tests/test_total.py", "def test_total():", "    assert total([]) == 0")],
            [added("tests/data/total.json", "{}")],
        ],
        ids=["a test", "data of tests"],
    )
    def test_that_come_with_code_are_enough(self, others: list[Change]) -> None:
        assert not found(added("src/total.py", *self.CODE), *others, title="Changed code")

    def test_of_another_language_are_not(self) -> None:
        other = added("web/total.test.js", "it('adds', () => { expect(1) })")
        (finding,) = found(added("src/total.py", *self.CODE), other, title="Changed code")
        assert (finding.path, finding.severity) == ("src/total.py", "low")

    def test_may_stand_beside_the_code(self) -> None:
        lines = [f"let x{number} = f({number});" for number in range(9)]
        assert not found(added("src/a.rs", *lines, "#[test]", "fn adds() {}"), title="Changed code")
        assert found(added("src/a.rs", *lines), title="Changed code")

    @pytest.mark.parametrize(
        "path", ["docs/a.md", "setup.cfg", "Dockerfile", "schema.sql", "examples/a.py", "style.css"]
    )
    def test_are_not_asked_for_what_is_no_code(self, path: str) -> None:
        assert not found(added(path, *self.CODE), title="Changed code")

    def test_are_not_asked_for_what_only_moves(self) -> None:
        code = "\n".join(self.CODE) + "\n"
        moved = (changed("src/a.py", code + "x = 1\n", "x = 1\n"), changed("src/b.py", "y = 1\n", "y = 1\n" + code))
        assert not found(*moved, title="Changed code")

    def test_that_go_are_told_of(self) -> None:
        gone = Change("tests/test_a.py", before="def test_adds():\n    pass\n\ndef test_b():\n    pass\n", after=None)
        (finding,) = found(gone, title="2 tests removed")
        assert (finding.severity, finding.start_line) == ("medium", 1)
        assert "`test_adds`, `test_b`" in finding.detail

    def test_that_move_are_not(self) -> None:
        test = "def test_adds():\n    assert add(1, 2) == 3\n"
        moved = (Change("tests/test_a.py", before=test, after=None), Change("tests/test_b.py", before=None, after=test))
        assert not found(*moved, title="Test removed")


class TestDependencies:
    @pytest.mark.parametrize(
        ("path", "before", "after", "name", "severity"),
        [
            ("requirements.txt", "flask==3.0\n", "flask==3.0\nrequests==2.0\n", "requests", "info"),
            ("requirements.in", "flask\n", "flask\nrequests\n", "requests", "low"),
            (
                "pyproject.toml",
                'dependencies = [\n  "flask>=3",\n]\n',
                'dependencies = [\n  "flask>=3",\n  "httpx>=0.2,<1",\n]\n',
                "httpx",
                "info",
            ),
            (
                "package.json",
                '"dependencies": {\n}\n',
                '"dependencies": {\n  "left-pad": "^1.3.0"\n}\n',
                "left-pad",
                "info",
            ),
            ("package.json", '"dependencies": {\n}\n', '"dependencies": {\n  "left-pad": "*"\n}\n', "left-pad", "low"),
            (
                "go.mod",
                "go 1.22\n",
                "go 1.22\n\nrequire github.com/sample/thing v1.2.3\n",
                "github.com/sample/thing",
                "info",
            ),
            ("Cargo.toml", "[dependencies]\n", '[dependencies]\nserde = "1.0"\n', "serde", "info"),
            (
                "Cargo.toml",
                "[dependencies]\n",
                '[dependencies]\nserde = { version = "1", features = ["x"] }\n',
                "serde",
                "info",
            ),
            ("Gemfile", "source 'x'\n", "source 'x'\ngem 'rack'\n", "rack", "low"),
            (
                "build.gradle",
                "dependencies {\n",
                "dependencies {\n  implementation 'org.sample:thing:1.0'\n",
                "org.sample:thing",
                "info",
            ),
            (
                "pom.xml",
                "<dependencies>\n</dependencies>\n",
                "<dependencies>\n<dependency>\n<artifactId>thing</artifactId>\n</dependency>\n</dependencies>\n",
                "thing",
                "info",
            ),
        ],
    )
    def test_that_are_new_are_named(self, path: str, before: str, after: str, name: str, severity: str) -> None:
        (finding,) = found(changed(path, before, after), title="New dependency")
        assert (finding.title, finding.severity) == (f"New dependency: `{name}`", severity)

    @pytest.mark.parametrize(
        ("path", "before", "after"),
        [
            ("requirements.txt", "flask==3.0\n", "flask==3.1\n"),
            ("requirements.txt", "a==1\n", "a==1\nb==2\n    # via a\n"),
            ("package.json", '"version": "1.0.0",\n', '"version": "1.0.1",\n'),
            ("package.json", '"scripts": {\n}\n', '"scripts": {\n  "build": "1.0"\n}\n'),
            ("Cargo.toml", '[package]\nversion = "1.0"\n', '[package]\nversion = "1.1"\nedition = "2024"\n'),
            ("go.mod", "require github.com/a/b v1.0.0\n", "require github.com/a/b v1.1.0 // indirect\n"),
            ("pyproject.toml", "[tool.ruff]\nselect = [\n]\n", '[tool.ruff]\nselect = [\n  "ALL",\n]\n'),
            ("docs/requirements.md", "flask\n", "flask\nrequests\n"),
        ],
    )
    def test_that_are_known_or_none_are_not(self, path: str, before: str, after: str) -> None:
        assert not [each for each in reviewed(changed(path, before, after)).findings if "dependenc" in each.title]

    def test_that_come_together_are_told_of_at_once(self) -> None:
        (finding,) = found(added("requirements.txt", "flask==3", "requests==2", "rich"), title="3 new dependencies")
        assert "Any version will do for `rich`" in finding.detail


class TestWorkflows:
    def test_may_use_an_action_that_they_used_before(self) -> None:
        before = "- uses: someone/deploy@v1\n"
        assert not found(changed(WORKFLOW, before, "- uses: someone/deploy@v2\n"), title=ACTION)

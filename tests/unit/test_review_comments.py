"""Comments: each finding is told once, the gravest at their lines."""

from functions.agent_runner.comments import MOST_COMMENTS, apart
from shared.domain.review import Coverage, Finding, Review


def finding(line: int, *, title: str = "Check this", detail: str = "") -> Finding:
    return Finding(path="a.py", start_line=line, end_line=line, severity="low", title=title, detail=detail)


def review(*findings: Finding) -> Review:
    return Review(summary="Read it.", findings=findings, coverage=Coverage(files=1, reviewed=1))


class TestComments:
    def test_are_not_made_for_findings_about_a_whole_file(self) -> None:
        above, comments = apart(review(finding(0), finding(3)))
        assert [each.start_line for each in above.findings] == [0]
        assert [each.line for each in comments] == [3]

    def test_are_so_many_and_the_text_tells_the_rest(self) -> None:
        above, comments = apart(review(*map(finding, range(1, MOST_COMMENTS + 3))))
        assert [each.line for each in comments] == list(range(1, MOST_COMMENTS + 1))
        assert [each.start_line for each in above.findings] == [MOST_COMMENTS + 1, MOST_COMMENTS + 2]

    def test_say_their_words_literally(self) -> None:
        _, (comment,) = apart(review(finding(1, title="<b>*x*", detail="> quoted | row")))
        assert comment.body == "**Low: \\<b\\>\\*x\\***\n\n\\> quoted \\| row"

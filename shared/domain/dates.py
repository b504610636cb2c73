"""Dates: which day, month or year does an English or Japanese text name?"""

import re

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(?P<month>Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|"
    r"Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)(?![A-Za-z])"
)
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_FORMS = tuple(
    re.compile(form)
    for form in (
        r"(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})(?:T[\d:.]{4,20}(?:Z|[+-]\d{2}:?\d{2})?)?(?![\w-])",
        r"(?P<year>\d{4})/(?P<month>\d{1,2})/(?P<day>\d{1,2})(?![\w/])",
        r"(?P<year>\d{4})年[ ]?(?P<month>\d{1,2})月(?:[ ]?(?P<day>\d{1,2})日)?",
        r"(?P<month>\d{1,2})月(?P<day>\d{1,2})日",
        r"(?P<year>\d{4})年(?!間)",
        rf"{_DAY}[ ]{_MONTH}(?:,?[ ](?P<year>\d{{4}}))?(?![A-Za-z0-9])",
        rf"{_MONTH}[ ]{_DAY}(?:,?[ ](?P<year>\d{{4}}))?(?![A-Za-z0-9.:])",
        rf"{_MONTH}[ ](?P<year>\d{{4}})(?![A-Za-z0-9])",
    )
)


def date_at(text: str, position: int) -> tuple[str, int] | None:
    """The date that begins at `position`, as so much of ISO 8601 as it names, and where it ends.

    "2026-03-18", "2026-03", "2026", and "--03-18" where no year is given. The digits of `text` are ASCII.
    """
    for form in _FORMS:
        match = form.match(text, position)
        if match:
            parts = match.groupdict()
            month = parts.get("month") or ""
            number = _MONTHS.index(month[:3].lower()) + 1 if month.isalpha() else int(month or 0)
            rest = (f"{number:02}" if number else "", f"{int(parts['day']):02}" if parts.get("day") else "")
            return "-".join(part for part in (parts.get("year") or "-", *rest) if part), match.end()
    return None

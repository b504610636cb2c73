"""Does a test notice when a guard is gone? `python -m tests.mutants` takes each away, one at a time, and sees.

The guards stand in `guards/*.toml`. A guard is five lines: what it holds (`guard`), the `file`, the text `old` that is
there exactly once, the text `new` that lacks the guard, and the `tests` that must turn red (files or node ids; the
narrower, the faster). Its name is the table's.
"""

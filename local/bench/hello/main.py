"""The least that functions-framework can serve: what everything else is compared with."""

from flask import Request


def main(_request: Request) -> str:
    """Answer every request."""
    return "hello"

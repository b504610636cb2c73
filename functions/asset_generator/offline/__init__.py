"""The offline writer: cards without a model, made of what the author wrote and what the files show."""

from functions.asset_generator.offline.writer import write

__all__ = ["write"]

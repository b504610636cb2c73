"""The Gemini writer: a card in the model's words, grounded like any other."""

from functions.asset_generator.gemini.writer import GeminiWriter

__all__ = ["GeminiWriter"]

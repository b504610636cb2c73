"""The Gemini reviewer: a review in the model's words, checked against the diff like any other."""

from functions.agent_runner.gemini.reviewer import GeminiReviewer

__all__ = ["GeminiReviewer"]

"""The offline reviewer: what can be found in a diff without a model."""

from functions.agent_runner.offline.reviewer import review

__all__ = ["review"]

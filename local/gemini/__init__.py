"""The Gemini API on one machine: it answers every prompt, writes down what it was sent, and fails when it is told to.

    with Gemini(api_key="k") as gemini:
        rule = gemini.behave(behaviours.exhausted_quota("53s"), times=2)
        ...  # google.genai.Client(api_key="k", http_options=HttpOptions(base_url=gemini.url))
        assert rule.fired == 2
        assert not gemini.seen(secret)

Its usual answer is a small value that follows the schema of the request and is made of words from the last text of the
prompt. Where it differs from the real thing: nothing is understood, streamed, cached or billed; tokens are counted at
four bytes each; and of a call only its key, model, contents and response schema are looked at.
"""

from local.gemini import behaviours
from local.gemini.behaviours import Behaviour
from local.gemini.request import Prompt
from local.gemini.service import API_KEY, Gemini

__all__ = ["API_KEY", "Behaviour", "Gemini", "Prompt", "behaviours"]

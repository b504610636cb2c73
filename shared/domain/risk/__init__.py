"""Risk: how risky is what a person wants to have done?

The answer depends on the words and paths of an intent and on the policy, `policy.json`, alone. It is monotone: no word
and no path lowers it, so "does not touch payments" is as risky as "touches payments".
"""

from shared.domain.risk.assessment import assess
from shared.domain.risk.model import Risk, RiskFactor, RiskLevel

__all__ = ["Risk", "RiskFactor", "RiskLevel", "assess"]

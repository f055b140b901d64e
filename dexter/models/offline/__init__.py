"""The model that needs no key: it computes and recalls, and says that it is no language model.

Pure functions, the same answer for the same input, no clock, no disk, no network. `plan` reads a question and
names the tools to call; `phrase` makes the answer of what they returned; `summarise` shortens an exchange by
its own words.
"""

from dexter.models.offline.phrasing import phrase
from dexter.models.offline.plans import Call, Earlier, Plan, Result
from dexter.models.offline.reading import plan
from dexter.models.offline.summary import summarise

__all__ = ["Call", "Earlier", "Plan", "Result", "phrase", "plan", "summarise"]

"""How many tokens of a model's window each part of a request may have."""

from dataclasses import dataclass

from dexter.agent.setting import Setting
from dexter.agent.window.tokens import estimate
from dexter.models.catalogue import OLLAMA, window
from dexter.models.choice import fast_model

# Of what is left after prompt and tools: the most that a single query may take, and what earlier exchanges
# may, so that there is room for the tool results to come.
QUERY_SHARE = 0.7
HISTORY_SHARE = 0.8
CONTEXT_VARIABLE = "OLLAMA_CONTEXT_LENGTH"


@dataclass(frozen=True)
class Budget:
    """Tokens: for the whole request without prompt and tools, for its query, for the exchanges before it."""

    request: int
    query: int
    history: int

    def divided(self, by: int) -> "Budget":
        """A fraction of this budget, for a window that turned out smaller than thought."""
        return Budget(self.request // by, self.query // by, self.history // by)


def budget_of(setting: Setting, *, fixed: int, query: str) -> Budget:
    """The budget of a request.

    Args:
        setting: The model and the limits.
        fixed: Tokens of prompt and tools, which are in every request.
        query: What is asked; what it does not need is the history's.
    """
    whole = window_of(setting)
    # Even where prompt and tools nearly fill a small window, the query gets its chance.
    request = max(whole - min(setting.limits.answer_tokens, whole // 4) - fixed, whole // 8)
    longest = int(request * QUERY_SHARE)
    rest = request - min(estimate(query), longest)
    return Budget(request, longest, min(setting.limits.history_tokens, int(rest * HISTORY_SHARE)))


def window_of(setting: Setting) -> int:
    """The model's window in tokens; an Ollama server's is what its own variable says."""
    return _window(setting, setting.choice.model)


def window_of_quick(setting: Setting) -> int:
    """The window of the provider's quick model in tokens."""
    return _window(setting, fast_model(setting.choice).model)


def _window(setting: Setting, model: str) -> int:
    if setting.choice.provider == OLLAMA:
        told = setting.keys.get(CONTEXT_VARIABLE) or ""
        if told.isdigit() and int(told) >= 1024:
            return int(told)
    return window(setting.choice.provider, model)

"""What a run has used so far: tokens, calls, money, and time without that in which a person was asked."""

from collections.abc import Sequence

from pydantic_ai import AgentRun
from pydantic_ai.messages import ModelMessage, ModelResponse

from dexter.agent.bounds import Spent
from dexter.agent.run import Progress
from dexter.agent.setting import Setting
from dexter.agent.window.fitting import Fitting
from dexter.agent.window.messages import tokens_of
from dexter.sessions import TokenUsageRecord


class Spending:
    """Counts for one run, from when it is made."""

    def __init__(self, setting: Setting, progress: Progress) -> None:
        self._setting = setting
        self._progress = progress
        self._began = setting.clock()
        self._waited = setting.waited()

    def spent(self, steps: int, calls: int) -> Spent:
        """What the run has come to, its helpers among it, after so many model calls and tool calls."""
        used = sum(
            (each for each in (self._progress.usage, *(run.usage for run in self._progress.helpers)) if each),
            TokenUsageRecord(0, 0, 0),
        )
        setting = self._setting
        price = setting.price if setting.limits.dollars is not None else None
        return Spent(
            steps,
            calls,
            used.total_tokens,
            setting.clock() - self._began - (setting.waited() - self._waited),
            price(self._progress.choice or setting.choice, used) if price else None,
        )

    def usage(self, run: AgentRun[None, str], fitting: Fitting) -> TokenUsageRecord | None:
        """The tokens of a run so far; for the built-in model, for which nobody counts, an estimate."""
        if not self._setting.choice.offline:
            used = run.usage
            return _record(
                used.input_tokens, used.output_tokens, used.cache_read_tokens, used.cache_write_tokens
            )
        messages = run.all_messages()
        return _estimated(len(messages) - len(run.new_messages()), fitting.fit(messages))


def _record(taken: int, given: int, read: int = 0, written: int = 0) -> TokenUsageRecord | None:
    return TokenUsageRecord(taken, given, taken + given, read, written) if taken or given else None


def _estimated(before: int, messages: Sequence[ModelMessage]) -> TokenUsageRecord | None:
    """The tokens of the responses after the first `before` messages, and of the requests that led to them."""
    places = [place for place in range(before, len(messages)) if isinstance(messages[place], ModelResponse)]
    taken = sum(tokens_of(messages[:place]) for place in places)
    return _record(taken, sum(tokens_of([messages[place]]) for place in places))

"""How far a run may go: steps, tokens, seconds."""

import msgspec


class Limits(msgspec.Struct, frozen=True):
    """The bounds of one run.

    Attributes:
        steps: Model calls in a run; the last one has to answer, without tools.
        calls: Tool calls in a run, None for any number; as with all limits of a run, then it has to answer.
        tokens: Tokens that a run may take, in and out, before it has to answer.
        seconds: Seconds of a run before it has to answer; those in which a person is asked are left out.
        dollars: What a run may cost by the list, in US dollars, before it has to answer.
        continuations: How often an answer is gone on with whose stream was cut.
        history_tokens: The most of the session's earlier exchanges that go into a request, however large
        the
            model's window: beyond it a request gets slow and dear, and answers get no better.
        answer_tokens: Kept free in the window for reasoning and answer.
        result_tokens: The most of one tool result that the model gets to see.
        silence: Seconds without a single byte from the provider before it counts as not answering.
        connecting: Seconds to reach the provider.
        tool_seconds: Seconds that a tool may take.
        retries: How often a request is sent again that a provider could not take at the moment.
        longest_wait: Seconds; a provider that asks for a longer wait is not waited for.
        recall_wait: Seconds that a run waits at its beginning for what earlier sessions have.
        first_wait: Seconds before the first retry if the provider names none; doubles with each.
        helpers: How many helpers a run may have, all of its calls together.
        helper_steps: Model calls of a helper.
        helper_seconds: What a helper may take; then it is ended with what it has.
    """

    steps: int = 20
    calls: int | None = None
    tokens: int | None = None
    seconds: float | None = None
    dollars: float | None = None
    continuations: int = 2
    history_tokens: int = 200_000
    answer_tokens: int = 8_000
    result_tokens: int = 20_000
    silence: float = 300.0
    connecting: float = 10.0
    tool_seconds: float = 60.0
    retries: int = 2
    longest_wait: float = 20.0
    recall_wait: float = 0.015
    first_wait: float = 0.5
    helpers: int = 12
    helper_steps: int = 8
    helper_seconds: float = 300.0

"""What of a session goes into a request, as laws and as situations."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_ai.messages import (
    ModelMessage,
    ModelRequest,
    ModelResponse,
    TextPart,
    ToolCallPart,
    ToolReturnPart,
    UserPromptPart,
)

from dexter.agent.window.context import assemble
from dexter.agent.window.memory import Memory
from dexter.agent.window.messages import to_messages, tokens_of, within
from dexter.agent.window.relevance import relevances
from dexter.agent.window.tokens import cut, estimate
from dexter.agent.window.turns import Turn
from dexter.sessions import ReasoningStep, SessionExchange, Step, TextStep, ToolStep

# Whatever may stand in a stored exchange: blank, long, other scripts, control characters.
texts = st.one_of(
    st.text(max_size=40),
    st.sampled_from(["", " \n", "What is AAPL's P/E?", "x" * 5_000, "数" * 2_000, "a\0b\x1b[2J"]),
)
statuses = st.sampled_from(["complete", "error", "interrupted"])


@st.composite
def step_lists(draw: st.DrawFn) -> tuple[Step, ...]:
    """Steps as a run leaves them, and some as no run would."""
    steps: list[Step] = []
    for number in draw(st.lists(st.integers(1, 4), max_size=4)):
        kind = draw(st.sampled_from(["reasoning", "text", "tool"]))
        if kind == "reasoning":
            steps.append(ReasoningStep(number, draw(texts)))
        elif kind == "text":
            steps.append(TextStep(number, draw(texts)))
        else:
            name = draw(st.sampled_from(["calculate", "odd name.with$signs", "", "n" * 100]))
            arguments = draw(st.dictionaries(st.text(max_size=5), st.integers() | texts, max_size=3))
            steps.append(ToolStep(number, "id", name, arguments, draw(texts), draw(st.booleans()), 1))
    return tuple(steps)


@st.composite
def memories(draw: st.DrawFn, least: int = 0) -> Memory:
    """A session of up to 12 exchanges."""
    count = draw(st.integers(least, 12))
    exchanges = tuple(
        SessionExchange(
            id=f"e{number:03d}",
            timestamp=number,
            query=draw(texts),
            answer=draw(texts),
            summary=draw(st.none() | texts),
            status=draw(statuses),
        )
        for number in range(count)
    )
    steps = {exchange.id: draw(step_lists()) for exchange in exchanges}
    return Memory(exchanges, lambda identifier: steps[identifier])


def exchange(number: int, query: str, answer: str, summary: str | None = "in short") -> SessionExchange:
    """A complete exchange."""
    return SessionExchange(id=f"e{number:04d}", timestamp=number, query=query, answer=answer, summary=summary)


def check_valid(messages: list[ModelMessage]) -> None:
    """Fail unless every provider would accept these messages before a new question."""
    for place, message in enumerate(messages):
        assert isinstance(message, ModelRequest if place % 2 == 0 else ModelResponse), "they alternate"
        assert message.parts
        open_calls: set[str] = set()
        if place and isinstance(message, ModelRequest):
            before = messages[place - 1]
            open_calls = {part.tool_call_id for part in before.parts if isinstance(part, ToolCallPart)}
        answered = {part.tool_call_id for part in message.parts if isinstance(part, ToolReturnPart)}
        assert answered == open_calls, "each call has its result in the next message, and only there"
        for part in message.parts:
            if isinstance(part, TextPart | UserPromptPart):
                assert str(part.content).strip(), "nothing is blank"
            if isinstance(part, ToolCallPart):
                assert isinstance(json.loads(part.args_as_json_str()), dict)
                assert part.tool_name
                assert part.tool_name.replace("_", "a").replace("-", "a").isalnum()
                assert part.tool_name.isascii()
                assert len(part.tool_name) <= 64
    if messages:
        assert isinstance(messages[-1], ModelResponse)
        assert not [part for part in messages[-1].parts if isinstance(part, ToolCallPart)]
    ids = [part.tool_call_id for each in messages for part in each.parts if isinstance(part, ToolCallPart)]
    assert len(ids) == len(set(ids))


@given(memory=memories(), query=texts, budget=st.integers(0, 6_000))
def test_whatever_is_in_a_session_what_goes_in_fits_and_is_valid(memory: Memory, query: str, budget: int):
    turns = assemble(memory, query, budget)
    assert sum(turn.tokens for turn in turns) <= budget
    ids = [turn.exchange_id for turn in turns]
    assert ids == sorted(set(ids)), "in the order in which they happened, each once"
    check_valid(to_messages(turns))


@given(
    memory=memories().filter(lambda memory: bool(memory.exchanges)),
    query=texts,
    budget=st.integers(150, 6_000),
)
def test_the_newest_exchange_is_always_there(memory: Memory, query: str, budget: int):
    assert assemble(memory, query, budget)[-1].exchange_id == memory.exchanges[-1].id


@given(memory=memories(), query=texts, budget=st.integers(0, 6_000))
def test_the_same_session_gives_the_same_request(memory: Memory, query: str, budget: int):
    assert assemble(memory, query, budget) == assemble(memory, query, budget)
    assert to_messages(assemble(memory, query, budget)) == to_messages(assemble(memory, query, budget))


@given(memory=memories(), query=texts)
def test_with_room_for_all_everything_goes_in_in_full(memory: Memory, query: str):
    turns = assemble(memory, query, 10_000_000)
    assert [turn.exchange_id for turn in turns] == [each.id for each in memory.exchanges]
    for turn, each in zip(turns, memory.exchanges, strict=True):
        assert each.query.strip() == turn.query.strip() or not each.query.strip()
        tools = [step for step in memory.steps_of(each.id) if isinstance(step, ToolStep)]
        assert sum(len(made.calls) for made in turn.rounds) == len(tools)


@given(text=st.text(max_size=300), tokens=st.integers(0, 120))
def test_a_text_that_is_cut_has_no_more_tokens_than_it_may(text: str, tokens: int):
    shorter = cut(text, tokens)
    assert estimate(shorter) <= tokens
    assert (shorter == text) == (estimate(text) <= tokens) or not text


def test_the_middle_of_a_cut_text_goes_and_its_length_is_told():
    shorter = cut("start " + "x" * 10_000 + " end", 50)
    assert shorter.startswith("start ")
    assert shorter.endswith(" end")
    assert "10,010 characters" in shorter


def many(count: int, words: int = 60) -> Memory:
    """Exchanges on many subjects, one of them, far back, on copper."""
    subject = {5: "copper futures"}
    return Memory(
        tuple(
            exchange(
                number,
                f"Tell me about {subject.get(number, f'subject {number}')}",
                "word " * words,
                summary=f"summary {number}",
            )
            for number in range(count)
        )
    )


def fulls(turns: tuple[Turn, ...]) -> list[str]:
    """The exchanges that are in full."""
    return [turn.exchange_id for turn in turns if "[summary" not in turn.answer]


def test_the_newest_are_in_full_the_relevant_too_and_the_rest_are_summaries():
    turns = assemble(many(60), "And what of copper?", 3_000)
    whole = fulls(turns)
    assert "e0005" in whole, "copper is far back, and asked about"
    newest = [f"e{number:04d}" for number in range(60 - (len(whole) - 1), 60)]
    assert whole[1:] == newest, "the others in full are the newest in a row"
    assert len(turns) > len(whole), "the rest is there as summaries"
    rest = [turn.answer for turn in turns if turn.exchange_id not in whole]
    assert all(answer.startswith("[summary of the answer] summary") for answer in rest)


def test_the_oldest_summaries_go_first():
    turns = assemble(many(400), "Something else entirely", 3_000)
    ids = [turn.exchange_id for turn in turns]
    assert ids == [f"e{number:04d}" for number in range(400 - len(ids), 400)]
    assert len(ids) < 400


def test_a_smaller_window_gets_less_of_the_same_session():
    sizes = [len(assemble(many(100), "x", budget)) for budget in (200, 1_000, 4_000, 100_000)]
    assert sizes == sorted(sizes)
    assert sizes[-1] == 100


def test_a_newer_summary_counts_more_than_the_exchanges_own():
    memory = many(30).summarised({"e0000": "written by a model"})
    turns = assemble(memory, "x", 2_000)
    assert turns[0].answer == "[summary of the answer] written by a model"


def test_an_interrupted_and_a_failed_exchange_are_told_as_such():
    memory = Memory(
        (
            SessionExchange(id="a", timestamp=1, query="first", answer="half an ans", status="interrupted"),
            SessionExchange(id="b", timestamp=2, query="second", answer="", status="error"),
        )
    )
    first, second = assemble(memory, "third", 1_000)
    assert first.answer == "half an ans\n[interrupted by the user]"
    assert second.answer == "[failed: the model could not be asked]"


def test_one_exchange_larger_than_the_window_loses_of_its_results_first():
    steps = (ToolStep(1, "c", "look", {"a": 1}, "y" * 10_000_000, ok=True, duration=1),)
    memory = Memory((exchange(0, "small question", "small answer"),), lambda _: steps)
    (turn,) = assemble(memory, "next", 1_000)
    assert (turn.query, turn.answer) == ("small question", "small answer")
    assert 'read_result("e0000.1", start=' in turn.rounds[0].calls[0].result
    assert 500 < turn.tokens <= 1_000


def test_a_query_of_a_megabyte_is_remembered_cut():
    (turn,) = assemble(Memory((exchange(0, "q" * 1_000_000, "short"),)), "next", 500)
    assert turn.answer == "short"
    assert turn.query.startswith("qqq")
    assert turn.tokens <= 500


@pytest.mark.parametrize("query", ["", "   ", "the of and", "?!"])
def test_a_query_without_words_of_its_own_finds_nothing_relevant(query: str):
    assert set(relevances(query, many(10).exchanges)) == {0.0}


def test_a_rare_word_counts_more_than_a_common_one():
    exchanges = [exchange(n, "revenue of Apple", "x") for n in range(8)]
    exchanges.append(exchange(8, "revenue of Nvidia", "x"))
    scores = relevances("Nvidia revenue", exchanges)
    assert scores[8] > scores[0] > 0


def running(results: list[str]) -> list[ModelMessage]:
    """The messages of a query whose tools returned these."""
    messages: list[ModelMessage] = [ModelRequest(parts=[UserPromptPart("question")])]
    for number, result in enumerate(results):
        call = ToolCallPart("look", "{}", tool_call_id=f"c{number}")
        messages += [
            ModelResponse(parts=[call]),
            ModelRequest(parts=[ToolReturnPart("look", result, f"c{number}")]),
        ]
    return messages


def test_results_that_pile_up_in_one_run_lose_the_oldest_first():
    messages = running(["a" * 7_000, "b" * 7_000, "c" * 7_000])
    shorter = within(messages, 4_500)
    kept = [part.content for each in shorter for part in each.parts if isinstance(part, ToolReturnPart)]
    assert tokens_of(shorter) <= 4_500
    assert "cut to fit" in str(kept[0])
    assert kept[1:] == ["b" * 7_000, "c" * 7_000]
    assert within(messages, 100_000) is messages


@given(sizes=st.lists(st.integers(0, 5_000), max_size=6), budget=st.integers(100, 6_000))
def test_shrinking_a_running_query_keeps_every_call_with_its_result(sizes: list[int], budget: int):
    messages = running(["r" * size for size in sizes])
    shorter = within(messages, budget)
    assert tokens_of(shorter) <= max(tokens_of(messages), budget)
    ids = [part.tool_call_id for each in shorter for part in each.parts if isinstance(part, ToolReturnPart)]
    assert ids == [f"c{number}" for number in range(len(sizes))]

from dexter.sessions import InMemoryChatHistory


def test_a_query_waits_for_its_answer():
    memory = InMemoryChatHistory()
    assert not memory.has_messages()
    memory.save_user_query("a?")
    assert [(each.query, each.answer) for each in memory.get_messages()] == [("a?", None)]
    memory.save_answer("a!", "short")
    assert [(each.answer, each.summary) for each in memory.messages] == [("a!", "short")]


def test_an_answer_without_a_query_changes_nothing():
    memory = InMemoryChatHistory()
    memory.save_answer("a")
    memory.save_user_query("q")
    memory.save_answer("a")
    memory.save_answer("b")
    assert [each.answer for each in memory.messages] == ["a"]


def test_the_last_turn_can_be_taken_back():
    memory = InMemoryChatHistory()
    memory.save_user_query("a?")
    memory.save_answer("a!")
    memory.save_user_query("b?")
    taken = memory.prune_last_turn()
    assert taken is not None
    assert taken.query == "b?"
    assert [each.query for each in memory.messages] == ["a?"]


def test_recent_turns_are_the_last_answered_ones_in_order():
    memory = InMemoryChatHistory()
    for number in range(5):
        memory.save_user_query(str(number))
        memory.save_answer("!")
    memory.save_user_query("open")
    assert [each.query for each in memory.recent_turns(2)] == ["3", "4"]
    assert list(memory.recent_turns(0)) == []


def test_cleared_is_empty_and_counts_anew():
    memory = InMemoryChatHistory()
    memory.set_model("gpt-5")
    memory.save_user_query("a")
    memory.clear()
    assert not memory.has_messages()
    assert memory.prune_last_turn() is None
    assert memory.save_user_query("b").id == 0
    assert memory.model == "gpt-5"

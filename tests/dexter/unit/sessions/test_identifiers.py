import uuid

from hypothesis import given
from hypothesis import strategies as st

from dexter.sessions import generate_session_id, new_exchange_id
from dexter.sessions.records.identifiers import ALPHABET, is_exchange_id, is_session_id

NOW = 1_771_770_600_000


def test_session_ids_are_eight_lower_case_letters_and_digits():
    made = [generate_session_id() for _ in range(1000)]
    assert all(len(each) == 8 and set(each) <= set(ALPHABET) for each in made)
    assert len(set(made)) == 1000


def test_every_letter_and_digit_is_used():
    assert set("".join(generate_session_id() for _ in range(1000))) == set(ALPHABET)


def test_an_exchange_id_is_a_uuid_of_version_7_with_its_time():
    made = uuid.UUID(new_exchange_id(None, NOW))
    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert made.int >> 80 == NOW


@given(st.lists(st.integers(min_value=-1000, max_value=2**48 + 5), min_size=2, max_size=30))
def test_exchange_ids_sort_by_the_order_of_writing_whatever_the_clock_does(times: list[int]):
    made: list[str] = []
    for now in times:
        made.append(new_exchange_id(made[-1] if made else None, now))
    assert made == sorted(made)
    assert len(set(made)) == len(made)


def test_an_id_follows_one_from_a_clock_that_was_years_ahead():
    ahead = new_exchange_id(None, NOW * 2)
    assert new_exchange_id(ahead, NOW) > ahead


def test_a_foreign_id_and_the_very_last_one_do_not_stop_new_ids():
    last = "ffffffff-ffff-7fff-bfff-ffffffffffff"
    for after in ("zzz", "", "../..", last):
        assert uuid.UUID(new_exchange_id(after, NOW)).int >> 80 == NOW


@given(st.text())
def test_only_eight_letters_and_digits_are_a_session_id(text: str):
    assert is_session_id(text) == (len(text) == 8 and set(text) <= set(ALPHABET))


def test_nothing_that_leaves_a_directory_is_an_id():
    for text in ("..", ".", "", "a/b", "../../x", "a\0b", "ABCDEFGH", "a7k3m9x2\n", "a7k3m9x", "a7k3m9x22"):
        assert not is_session_id(text)
    for text in ("..", ".", "", "a/b", "../../x", "a\0b", "a\n", "-x", "x" * 65):
        assert not is_exchange_id(text)

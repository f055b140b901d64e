import pyte
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dexter.terminal.cleaning import _cleaned, clean, one_line

HOSTILE = st.lists(
    st.one_of(
        st.sampled_from(
            [
                "\x1b[31m", "\x1b[2J", "\x1b[10;10H", "\x1b]0;title\x07", "\x1b]8;;http://x\x1b\\link",
                "\x1bc", "\x1b7",
                "\x1b(0", "\x9b1A", "\x9d0;t\x9c", "\x1bP1$r\x1b\\", "\x1b[?1049h", "\x1b", "\x1b[",
                "\x9b", "\b\b", "\r", "\r\n", "\t", "\x0e", "\x0f", "\x7f", "\u202e", "\u2066", "\u200d",
                "\u200b", "\ufeff", "\ud800", "\U000e0041", "\u0301" * 9, "m", "31m", "[", "]0;", "\x07",
                "\x00", "漢", "e", "\u2028",
            ]
        ),
        st.text(max_size=5),
    ),
    max_size=12,
).map("".join)  # fmt: skip


@given(HOSTILE)
def test_cleaned_text_in_a_terminal_stays_in_its_line_and_sets_no_attribute(text: str):
    cleaned = clean(text, keep_newlines=False)
    screen = pyte.Screen(400, 5)
    stream = pyte.Stream(screen)
    title = screen.title
    stream.feed("\n\r>" + cleaned)
    assert screen.cursor.y == 1
    assert screen.title == title
    plain = screen.default_char
    for row in range(5):
        for column, char in screen.buffer[row].items():
            assert char._replace(data=" ") == plain._replace(data=" ")
            assert row == 1 or char.data == " ", (row, column)
    assert (screen.cursor.attrs.fg, screen.cursor.attrs.bold, screen.cursor.attrs.reverse) == (
        "default",
        False,
        False,
    )


@given(HOSTILE)
def test_cleaning_twice_changes_nothing_more(text: str):
    assert clean(clean(text)) == clean(text)


@given(HOSTILE)
def test_cleaned_text_can_be_encoded_and_holds_no_control_character_but_the_newline(text: str):
    cleaned = clean(text)
    cleaned.encode("utf-8")
    assert not [char for char in cleaned if (ord(char) < 0x20 or 0x7F <= ord(char) < 0xA0) and char != "\n"]
    assert "\n" not in clean(text, keep_newlines=False)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("\x1b[1;31mred\x1b[0m alert", "red alert"),
        ("\x1b]8;;https://evil.example\x1b\\bank\x1b]8;;\x1b\\", "bank"),
        ("a\x1b]0;no end of the title", "a\u241b]0;no end of the title"),
        ("ding\x07", "ding\u2407"),
        ("one\r\ntwo\rthree\x85four", "one\ntwo\nthree\nfour"),
        ("a\tb", "a    b"),
        ("pay \u202e00.1\u202c", "pay 00.1"),
        ("pass\u200bword", "password"),
        ("a\u200db", "ab"),
        ("\U0001f469\u200d\U0001f52c", "\U0001f469\u200d\U0001f52c"),
        (
            "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
            "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        ),
        ("half \ud83d", "half \ufffd"),
        ("z\u0301\u0302\u0303\u0304\u0305\u0306", "z\u0301\u0302\u0303\u0304"),
        ("a\n\u0301b", "a\n\u25cc\u0301b"),
        ("\x1b\x1b[31m[32mx", "\u241b[32mx"),
    ],
)
def test_each_kind_of_foreign_character_is_shown_or_dropped(text: str, shown: str):
    assert clean(text) == shown


def test_a_text_on_one_line_has_single_spaces():
    assert one_line("  what is\n\n\t this?\r\n") == "what is this?"


def test_a_megabyte_of_openings_without_an_end_is_cleaned_in_linear_time():
    text = "\x1b]" * 200_000 + "\x1b[" * 200_000
    assert clean(text).count("\u241b") == 400_000


@given(HOSTILE | st.text("aé\n漢 \u0301\u034f\u180b\ufe0f\U000e0101\u20dd", max_size=9), st.booleans())
def test_text_that_is_plain_at_a_glance_is_what_cleaning_would_make_of_it(text: str, keep: bool):
    assert clean(text, keep) == _cleaned(text, keep_newlines=keep)

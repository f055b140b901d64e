"""Command lines taken apart, compared with what a real shell makes of them."""

import shlex
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dexter.permissions.lines import CommandLine

TEXT = st.text(st.sampled_from("ab c\t'\"\\$`|&;<>()\n*?[]{}~#!=:-/.é^%@,+\x00\x1b\u202e"), max_size=20)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("git status", ("git", "status")),
        ("  ls   -l\t reports ", ("ls", "-l", "reports")),
        ("grep 'two words' \"and more\" a'b'c", ("grep", "two words", "and more", "abc")),
        ("echo ''", ("echo", "")),
        ("git diff HEAD~1 HEAD^", ("git", "diff", "HEAD~1", "HEAD^")),
        ("echo 'a\nb'", ("echo", "a\nb")),
        ("prog a#b", ("prog", "a#b")),
    ],
)
def test_a_plain_command_is_its_words(text: str, words: tuple[str, ...]):
    assert CommandLine.read(text).words == words


@pytest.mark.parametrize(
    "text",
    ["ls; rm x", "ls && rm x", "ls | sh", "ls\nrm x", "ls > x", "ls < x", "(ls)", "ls & rm x", "cd ..",
     "A=1 ls",
     "'A=1' ls", "export A=1", "source x", "'' ls", "eval ls"],
)  # fmt: skip
def test_what_a_shell_has_to_do_is_no_plain_command_and_yet_read(text: str):
    line = CommandLine.read(text)
    assert line.words == ()
    assert not line.unclear


@pytest.mark.parametrize(
    "text",
    ["ls $(rm x)", "ls `rm x`", "ls $HOME", 'ls "$HOME"', "ls *.csv", "ls ?", "ls [a]", "ls {a,b}",
     "ls ~", "ls ~root/x",
     "ls a\\ b", "'open", '"open', "cat << X", "ls \x1b[2J", "ls \u202e", "ls \x00",
     "if true; then ls; fi", "! ls",
     "for a in b; do ls; done", "ls # hidden", "", "   ", "x" * 5000, "ls\rrm x", "ls\u00a0x", "a=~ b"],
)  # fmt: skip
def test_what_nobody_can_tell_beforehand_is_unclear(text: str):
    assert CommandLine.read(text).unclear


@given(TEXT)
def test_a_plain_command_is_what_a_shell_would_have_started(text: str):
    line = CommandLine.read(text)
    if line.words:
        # A function of the words' name would hide the command, so it is an argument here.
        done = subprocess.run(
            ["/bin/sh", "-c", f"printf '%s\\0' {line.text}"], capture_output=True, check=True
        )
        assert done.stdout.decode().split("\0")[:-1] == list(line.words)


@given(st.lists(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1), min_size=1, max_size=5))
def test_quoted_words_are_read_as_they_were(words: list[str]):
    read = CommandLine.read(" ".join("'" + word.replace("'", "") + "'" for word in words))
    assert read.unclear or read.commands == (tuple(word.replace("'", "") for word in words),)


@settings(max_examples=300)
@given(TEXT, st.sampled_from(["|", "&", ";", "\n", "<", ">", "(", ")", "$(x)", "`x`"]), TEXT)
def test_no_line_with_an_operator_outside_of_quotes_is_plain(before: str, operator: str, after: str):
    text = f"a {before.replace(chr(39), '').replace(chr(34), '')}{operator}{after}"
    # White space at the ends is cut off, a line's end there included.
    if operator != "\n" or after.strip(" \t\n"):
        assert CommandLine.read(text).words == ()


@given(st.text(max_size=40))
def test_any_text_can_be_read(text: str):
    line = CommandLine.read(text)
    assert line.words == () or (not line.unclear and not line.joined)


def test_what_shlex_joins_is_read_or_asked_for():
    assert CommandLine.read(shlex.join(["grep", "-r", "net income", "reports"])).words[2] == "net income"

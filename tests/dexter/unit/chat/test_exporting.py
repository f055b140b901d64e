"""What `/export` means: a format, a file, both or nothing."""

import pytest

from dexter.chat.exporting import named


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("", ("md", "dexter-a7k3m9x2.md")),
        ("html", ("html", "dexter-a7k3m9x2.html")),
        ("JSON my notes.json", ("json", "my notes.json")),
        ("jsonl x.txt", ("jsonl", "x.txt")),
        ("my notes.html", ("html", "my notes.html")),
        ("./html", ("md", "./html")),
        ("notes", ("md", "notes")),
        ("notes.pdf", None),
    ],
)
def test_format_and_name_follow_from_what_was_typed(typed: str, meant: tuple[str, str] | None):
    assert named(typed, "a7k3m9x2") == meant

"""RULES.md: told to the model whole lines at a time, bounded, and shown to its user."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dexter.rules import MOST_BYTES, load_rules, shown


def test_without_a_file_there_are_no_rules_and_the_user_is_told_how_to_begin(tmp_path: Path):
    rules = load_rules(tmp_path / "none" / "RULES.md")
    assert (rules.text, rules.told, rules.trouble) == ("", "", None)
    assert f"Write some into {tmp_path / 'none' / 'RULES.md'}" in shown(rules)


def test_rules_are_told_without_what_nobody_sees(tmp_path: Path):
    path = tmp_path / "RULES.md"
    path.write_text("\ufeff- Amounts in EUR.\r\n- No\u200b\u202e \x1b[31mcolours.\n\n")
    rules = load_rules(path)
    assert rules.text == "- Amounts in EUR.\n- No [31mcolours."
    assert rules.told.endswith(f"<rules>\n{rules.text}\n</rules>")
    assert shown(rules).startswith(f"Standing rules, from {path}:\n\n- Amounts in EUR.")


def test_a_file_that_is_empty_has_no_rules(tmp_path: Path):
    path = tmp_path / "RULES.md"
    path.write_text(" \n")
    assert load_rules(path).told == ""


def test_what_is_too_long_is_cut_at_a_line_and_said(tmp_path: Path):
    path = tmp_path / "RULES.md"
    path.write_text("".join(f"- Rule {number:04}\n" for number in range(2_000)))
    rules = load_rules(path)
    assert rules.text.endswith("- Rule 0665")
    assert (
        rules.trouble
        == f"{path} is longer than the 8,000 bytes that the model is told: it gets the first 666 lines."
    )
    small = load_rules(path, 30)
    assert small.text == "- Rule 0000\n- Rule 0001"
    assert rules.trouble in shown(rules)


def test_what_is_no_text_or_no_file_is_not_used_and_said(tmp_path: Path):
    path = tmp_path / "RULES.md"
    path.write_bytes(b"\x89PNG\0\0")
    assert load_rules(path).trouble == f"{path} is not used: it is no text."
    path.unlink()
    path.mkdir()
    assert load_rules(path).trouble == f"{path} is not used: it is no file."
    path.rmdir()
    os.mkfifo(path)
    assert load_rules(path).trouble == f"{path} is not used: it is no file."


@given(st.binary(max_size=300), st.integers(0, 200))
def test_whatever_is_in_the_file_what_is_told_has_a_bound(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, most: int
):
    path = tmp_path_factory.mktemp("rules") / "RULES.md"
    path.write_bytes(content)
    rules = load_rules(path, most)
    assert len(rules.text.encode()) <= 3 * max(most, 0)
    assert rules.trouble or len(content) <= min(most, MOST_BYTES)

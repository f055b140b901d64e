"""Patterns of the user's: which ones are used, and what they find."""

import pytest

from dexter.secrets import Masks, PatternUnfit, check


@pytest.mark.parametrize(
    "pattern",
    [
        r"corp-[a-z]{1,10}\d+",
        r"EMP\d{6}",
        r"(?i)internal-(?:one|two)-\w+",
        r"(?<=id=)[0-9a-f]{16}",
        r"(?:ab)+c",
    ],
)
def test_an_ordinary_pattern_can_be_used(pattern: str):
    check(pattern)


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("(a+)+$", "take very long"),
        ("(a|a)*b", "take very long"),
        ("(a|aa){1,60}b", "take very long"),
        (r"\w*\w*\w*!", "take very long"),
        (r"(\w)\1", "take very long"),
        ("(?:a?){30}a{30}", "take very long"),
        ("a*", "matches where nothing is"),
        ("", "matches where nothing is"),
        ("(unclosed", "no regular expression"),
        ("x" * 501, "more than 500 characters"),
        ("(" * 400, "no regular expression"),
        ("a{1,99999999999}", "no regular expression"),
    ],
)
def test_a_pattern_that_cannot_be_used_is_refused_with_the_reason(pattern: str, reason: str):
    with pytest.raises(PatternUnfit, match=reason):
        check(pattern)


def test_what_own_patterns_match_is_masked_in_each_line_wherever_it_stands():
    masks = Masks(own=(r"corp-[a-z]{1,10}\d+", r"^start \d+"))
    line = "x" * 700 + "corp-abc123" + "y" * 700
    masked = masks.mask(f"start 12\n{line}\nstart 34").text
    assert masked.count("[masked: own pattern]") == 1 + 1 + 1
    assert "corp-abc" not in masked


def test_the_worst_text_for_an_allowed_pattern_is_done_in_pieces():
    assert Masks(own=(r"a+X",)).mask("a" * 100_000).findings == set()

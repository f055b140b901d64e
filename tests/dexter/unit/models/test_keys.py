"""Keys: where they come from, how one is stored, and that none shows."""

import stat
from pathlib import Path

import pytest
from dotenv import dotenv_values
from hypothesis import given
from hypothesis import strategies as st

from dexter.keys import HIDDEN, Keys, env_file_to_write, env_files, load_keys, store_key

printable = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=60)


def test_the_environment_counts_more_than_a_file_unless_it_is_blank(tmp_path: Path):
    file = tmp_path / ".env"
    file.write_text("A=file\nB=file\nC=file\n")
    keys = load_keys({"A": "environment", "B": "  "}, [file])
    assert (keys.get("A"), keys.get("B"), keys.get("C")) == ("environment", "file", "file")


def test_an_earlier_file_counts_more_than_a_later_one_and_a_missing_one_counts_as_empty(tmp_path: Path):
    (tmp_path / "first").write_text("A=1\n")
    (tmp_path / "second").write_text("A=2\nB=2\n")
    keys = load_keys({}, [tmp_path / "none", tmp_path / "first", tmp_path / "second"])
    assert (keys.get("A"), keys.get("B")) == ("1", "2")


def test_a_file_that_is_no_text_or_a_directory_counts_as_empty(tmp_path: Path):
    (tmp_path / "bytes").write_bytes(b"A=\xff\xfe\n")
    (tmp_path / "folder").mkdir()
    assert load_keys({"B": "1"}, [tmp_path / "bytes", tmp_path / "folder"]).get("A", "B") == "1"


def test_the_first_variable_that_is_set_counts():
    assert Keys({"SECOND": " x "}).get("FIRST", "SECOND") == "x"
    assert Keys({}).get("FIRST") is None


def test_storing_a_key_keeps_the_other_lines_and_leaves_the_file_to_its_owner_alone(tmp_path: Path):
    file = tmp_path / ".env"
    file.write_bytes(b"# mine\nOTHER='a b'  # why\nexport OPENAI_API_KEY=old\nLAST=1")
    file.chmod(0o644)
    store_key(file, "OPENAI_API_KEY", "sk-new")
    assert file.read_bytes() == b"# mine\nOTHER='a b'  # why\nOPENAI_API_KEY=sk-new\nLAST=1"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    store_key(file, "XAI_API_KEY", "xai-1")
    assert file.read_bytes().endswith(b"LAST=1\nXAI_API_KEY=xai-1\n")
    assert {path.name for path in tmp_path.iterdir()} == {".env", "cwd"}


def test_a_key_stored_twice_by_hand_stands_once_afterwards(tmp_path: Path):
    file = tmp_path / ".env"
    file.write_text("A=1\nB=2\nA=3\n")
    store_key(file, "A", "4")
    assert file.read_text() == "A=4\nB=2\n"


def test_a_link_to_a_file_elsewhere_stays_a_link(tmp_path: Path):
    real = tmp_path / "real.env"
    real.write_text("A=1\n")
    link = tmp_path / ".env"
    link.symlink_to(real)
    store_key(link, "A", "2")
    assert link.is_symlink()
    assert real.read_text() == "A=2\n"


@pytest.mark.parametrize(("name", "value"), [("A B", "x"), ("", "x"), ("A", "two\nlines"), ("A", "nul\0")])
def test_what_does_not_fit_into_one_line_changes_nothing(tmp_path: Path, name: str, value: str):
    file = tmp_path / ".env"
    file.write_text("A=1\n")
    with pytest.raises(ValueError):
        store_key(file, name, value)
    assert file.read_text() == "A=1\n"


@given(value=printable)
def test_every_printable_key_is_read_back_as_it_was_stored(
    tmp_path_factory: pytest.TempPathFactory, value: str
):
    file = tmp_path_factory.mktemp("env") / ".env"
    store_key(file, "SOME_KEY", value)
    assert load_keys({}, [file]).get("SOME_KEY") == value
    assert dotenv_values(file, interpolate=False)["SOME_KEY"] == value


def test_known_secrets_and_what_looks_like_one_are_masked():
    keys = Keys({"MY_API_KEY": "plain-looking-value", "SHORT_KEY": "abc", "NAME": "visible value"})
    text = (
        "plain-looking-value abc visible value sk-ant-api03-0123456789 AIzaSyA0123456789012345678901234567 "
        "Authorization: Bearer abcdefgh.123 https://x.example/?key=hidden-too&b=1 https://me:pass@host/"
    )
    masked = keys.mask(text)
    for secret in ("plain-looking-value", "0123456789", "AIza", "abcdefgh", "hidden-too", "me:pass"):
        assert secret not in masked
    assert "visible value" in masked
    assert " abc " in masked
    assert masked.count(HIDDEN) == 6


def test_a_key_is_in_no_representation():
    assert "secret" not in repr(Keys({"A_KEY": "secret"}))


def test_a_projects_own_home_has_its_env_file_beside_it_and_any_other_home_inside(tmp_path: Path):
    project = tmp_path / "project"
    below = project / "deep"
    assert env_file_to_write(below, project / ".dexter") == project / ".env"
    assert env_file_to_write(project, project / ".dexter") == project / ".env"
    assert env_file_to_write(below, tmp_path / "other" / "data") == tmp_path / "other" / "data" / ".env"
    assert env_file_to_write(below, project / ".dexter") in env_files(below, project / ".dexter")
    assert env_files(project, project / ".dexter") == (project / ".env", project / ".dexter" / ".env")

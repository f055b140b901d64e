"""A bit flips, a file is cut or gone: the truth, or a word about what cannot be read; never wrong data."""

from pathlib import Path

import pytest

from gitstore import BranchDamaged, Damaged, JournalDamaged, NotAStore
from tests.gitstore.crash.damage.campaign import Damage, Sound
from tests.support.stores import open_store, save

SHARE, SEED = 6000, 1


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Sound:
    return Sound(tmp_path_factory.mktemp("damage"))


def test_every_file_removed_cut_and_flipped_here_and_there_is_told_or_does_no_harm(sound: Sound) -> None:
    damages = sound.damages(SHARE, SEED)
    assert {damage.path for damage in damages} == set(sound.contents)
    assert {damage.kind for damage in damages} == {"flip", "cut", "remove"}
    broken, became = [], set()
    for damage in damages:
        try:
            became.add(sound.hold(damage))
        except AssertionError as error:
            broken.append(f"{damage}: {error}")
    assert broken == []
    assert {"truth, saved", "error, saved"} <= became


def test_wrong_data_is_found_out_by_this_very_check(sound: Sound, monkeypatch: pytest.MonkeyPatch) -> None:
    path = next(path for path in sound.truth if path.endswith("history.jsonl"))
    monkeypatch.setitem(sound.truth, path, b"something else")
    with pytest.raises(AssertionError, match="is wrong"):
        sound.hold(Damage(".git/gitstore/gate", "remove"))


def test_a_branch_that_names_no_commit_is_an_error_that_names_it(sound: Sound, tmp_path: Path) -> None:
    path = _copy(sound, tmp_path)
    Damage(".git/refs/heads/main", "cut", 0).do(path)
    with open_store(path, create=False) as store:
        with pytest.raises(BranchDamaged) as told:
            store.snapshot()
        assert told.value.place == "refs/heads/main"
        receipt = save(store, "aaaaaaaa", 9)
        assert receipt.commit is None
        assert receipt.delayed == "damaged"


def test_damage_in_a_journal_before_its_end_is_told_and_kept(sound: Sound, tmp_path: Path) -> None:
    path = _copy(sound, tmp_path)
    name = next(name for name in sound.contents if name.endswith(".wal"))
    Damage(name, "flip", 8 * 40).do(path)
    with open_store(path, create=False) as store:
        assert any(isinstance(notice, JournalDamaged) for notice in store.notices)
        assert "cccccccc" in store.snapshot().names("cli")


def test_without_its_objects_a_store_says_what_is_missing(sound: Sound, tmp_path: Path) -> None:
    path = _copy(sound, tmp_path)
    for name in sound.contents:
        if name.endswith((".pack", ".idx")):
            (path / name).unlink()
    with open_store(path, create=False) as store, pytest.raises(Damaged, match="missing"):
        store.snapshot().names("cli")


def test_a_repository_whose_settings_are_those_of_another_kind_is_left_alone(
    sound: Sound, tmp_path: Path
) -> None:
    path = _copy(sound, tmp_path)
    config = path / ".git/config"
    config.write_text(config.read_text().replace("bare = false", "bare = true"))
    with pytest.raises(NotAStore, match="bare"):
        open_store(path, create=False)


def _copy(sound: Sound, folder: Path) -> Path:
    import shutil

    shutil.copytree(sound.path, folder / "sessions")
    return folder / "sessions"

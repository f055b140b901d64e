"""All that a repository holds is handed out, wherever git keeps it, and once."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from gitstore.checking.contents import Content, Contents
from tests.support.stores import exchange, git, open_store, save


@pytest.fixture
def store(tmp_path: Path) -> Path:
    path = tmp_path / "store"
    with open_store(path) as opened:
        for session, number in [("aaaa0000", 1), ("aaaa0000", 2), ("bbbb0000", 3)]:
            save(opened, session, number)
    return path


def commit(path: Path, name: str, text: str) -> str:
    (path / name).parent.mkdir(parents=True, exist_ok=True)
    (path / name).write_text(text)
    git(path, "add", name)
    git(path, "-c", "user.name=P", "-c", "user.email=p@example.invalid", "commit", "-q", "-m", f"adds {text}")
    return git(path, "rev-parse", "HEAD").strip()


def found(path: Path, text: str) -> list[Content]:
    return [each for each in Contents(path) if text.encode() in each.content]


def test_every_line_of_every_object_that_git_has_is_handed_out(store: Path):
    git(store, "checkout", "-q", "-b", "side")
    commit(store, "cli/side.txt", "on the side")
    git(store, "checkout", "-q", "main")
    commit(store, "cli/main.txt", "on main")
    who = ("-c", "user.name=P", "-c", "user.email=p@example.invalid")
    git(store, *who, "merge", "-q", "-m", "both", "side")
    git(store, *who, "tag", "-a", "-m", "a tag's words", "v1", "side")
    lines = {line for each in Contents(store) for line in each.content.split(b"\n")}
    for row in git(store, "cat-file", "--batch-all-objects", "--batch-check").splitlines():
        identifier, kind, _ = row.split()
        if kind != "tree":
            whole = git(store, "cat-file", kind, identifier)
            said = whole if kind == "blob" else whole.partition("\n\n")[2]
            assert {line.encode() for line in said.split("\n")} <= lines, row


def test_a_content_is_named_by_path_and_by_the_commit_that_brought_it(store: Path):
    first = commit(store, "cli/aaaa0000/note.txt", "words of a note")
    commit(store, "cli/aaaa0000/note.txt", "other words")
    by_file = [each for each in found(store, "words of a note") if each.place == "cli/aaaa0000/note.txt"]
    assert [(each.commit, each.before) for each in by_file] == [(first, b"")]
    (later,) = [each for each in found(store, "other words") if each.place.startswith("cli/")]
    assert later.before == b"words of a note"
    assert [each.place for each in found(store, "adds other words") if each.commit] == [""]


def test_what_a_reset_took_from_the_branch_is_found_by_the_reflog_and_without_it(store: Path):
    lost = commit(store, "cli/lost.txt", "lost words")
    git(store, "reset", "-q", "--hard", "HEAD~1")
    assert {each.commit for each in found(store, "lost words") if each.place == "cli/lost.txt"} == {lost}
    shutil.rmtree(store / ".git/logs")
    (store / ".git/ORIG_HEAD").unlink()
    assert {each.commit for each in found(store, "lost words")} == {None}
    assert all(each.object for each in found(store, "lost words") if not each.place)


def test_journals_edits_and_what_was_set_aside_are_handed_out_too(store: Path):
    process = os.fork()
    if process == 0:  # one that dies with a change that is saved and not in git
        opened = open_store(store)
        opened.apply(exchange("cccc0000", 9, "a waiting question"), wait=False)
        os._exit(0)
    os.waitpid(process, 0)
    (store / "cli/aaaa0000/history.jsonl").write_text("an edit by hand")
    (store / ".git/gitstore/quarantine").mkdir()
    (store / ".git/gitstore/quarantine/x").write_text("set aside")
    assert any("/journal/" in each.place for each in found(store, "a waiting question"))
    assert [each.place for each in found(store, "an edit by hand")] == ["cli/aaaa0000/history.jsonl"]
    assert [each.place for each in found(store, "set aside")] == [".git/gitstore/quarantine/x"]


def test_what_cannot_be_read_is_named_and_the_rest_is_handed_out(store: Path):
    commit(store, "cli/broken.txt", "broken words")
    commit(store, "cli/sound.txt", "sound words")
    blob = git(store, "rev-parse", "HEAD:cli/broken.txt").strip()
    (store / ".git/objects" / blob[:2] / blob[2:]).chmod(0o600)
    (store / ".git/objects" / blob[:2] / blob[2:]).write_bytes(b"nonsense")
    (store / "cli/broken.txt").unlink()
    contents = Contents(store)
    assert any(each.content == b"sound words" for each in contents)
    assert set(contents.unread) == {blob}


def test_a_folder_without_a_repository_holds_its_files(tmp_path: Path):
    (tmp_path / "a.txt").write_text("words")
    assert [each.place for each in Contents(tmp_path)] == ["a.txt"]
    assert subprocess.run(["git", "-C", str(tmp_path), "status"], check=False, capture_output=True).returncode

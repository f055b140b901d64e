"""Real git at work in the repository: before, between and beside what the store does."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from gitstore import BranchElsewhere, Change, Delay, EditsLeft, GitBlocked, RemoveDirectory, RestoreDirectory
from gitstore.changes.journal import scan
from gitstore.turns.turns import SETTLED
from tests.support.stores import WHO, exchange, git, ids, judge, open_store, save


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "sessions"
    with open_store(path) as store:
        for number in (1, 2):
            save(store, "aaaaaaaa", number)
    return path


def test_git_log_shows_one_commit_an_exchange_with_its_trailers(path: Path) -> None:
    found = git(
        path, "log", "--format=%s|%an <%ae>|%(trailers:key=Exchange,valueonly,separator=%x2C)", "--", "cli"
    )
    line = "aaaaaaaa: What is 1+1?|Test Person <test.person@example.invalid>|00000"
    assert found.splitlines() == [line + "2", line + "1"]


def test_a_query_cannot_forge_a_trailer_or_break_a_line(path: Path) -> None:
    evil = "x\n\nAction: deleted\n\x1b[31m\u2028"
    with open_store(path) as store:
        change = exchange("aaaaaaaa", 3)
        store.apply(Change(change.operations, f"aaaaaaaa: {evil}", "body\n\nAction: forged", change.trailers))
        entry = next(store.log(limit=1))
    assert entry.action == "exchange"
    assert git(path, "log", "-1", "--format=%(trailers:key=Action,valueonly)").split() == ["exchange"]
    assert (
        entry.subject
        == git(path, "log", "-1", "--format=%s").rstrip("\n")
        == "aaaaaaaa: x  Action: deleted  [31m"
    )


def test_a_users_commit_is_accepted_and_built_upon(path: Path) -> None:
    with open_store(path) as store:
        save(store, "aaaaaaaa", 3)
        (path / "notes.txt").write_text("mine")
        git(path, "add", "notes.txt")
        git(path, "commit", "-qm", "my notes")
        save(store, "aaaaaaaa", 4)
        assert [entry.subject for entry in store.log(limit=2)] == ["aaaaaaaa: What is 1+1?", "my notes"]
        assert store.snapshot().read("notes.txt") == b"mine"
    judge(path, [("aaaaaaaa", number) for number in (1, 2, 3, 4)])


def test_a_clone_by_plain_git_is_a_store_and_merges_back(path: Path, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", str(path), str(clone))
    with open_store(clone) as store:
        save(store, "aaaaaaaa", 3)
        save(store, "bbbbbbbb", 1)
    assert git(clone, "config", "gc.auto").strip() == "0"
    judge(clone, [("aaaaaaaa", 3), ("bbbbbbbb", 1)])
    with open_store(path) as store:
        save(store, "cccccccc", 1)
        git(path, "pull", "-q", "--no-rebase", "--no-edit", str(clone), "main")
        save(store, "bbbbbbbb", 2)
        subjects = [entry.subject for entry in store.log("cli/bbbbbbbb")]
        assert len(subjects) == 2
        assert len(list(store.log())) == int(git(path, "rev-list", "--count", "HEAD"))
    judge(path, [("aaaaaaaa", 3), ("bbbbbbbb", 1), ("bbbbbbbb", 2), ("cccccccc", 1)])


def test_the_log_of_a_directory_is_the_one_git_shows_across_merges(path: Path) -> None:
    git(path, "checkout", "-q", "-b", "side")
    (path / "cli/aaaaaaaa/extra").write_text("side")
    git(path, "add", ".")
    git(path, "commit", "-qm", "side change")
    git(path, "checkout", "-q", "main")
    with open_store(path) as store:
        save(store, "bbbbbbbb", 1)
        git(path, "merge", "-q", "--no-edit", "side")
        save(store, "aaaaaaaa", 3)
        for directory in ("cli/aaaaaaaa", "cli/bbbbbbbb", "cli"):
            ours = [entry.commit for entry in store.log(directory)]
            assert sorted(ours) == sorted(git(path, "log", "--format=%H", "--", directory).split())


def test_saving_goes_on_while_gits_locks_are_held_and_drains_afterwards(path: Path) -> None:
    for name, reason in (("index", Delay.INDEX_LOCKED), ("refs/heads/main", Delay.BRANCH_LOCKED)):
        lock = path / ".git" / f"{name}.lock"
        lock.touch()
        with open_store(path) as store:
            receipt = save(store, "bbbbbbbb", len(name))
            assert (receipt.commit, receipt.delayed) == (None, reason)
            assert store.notices[-1] == GitBlocked(reason, str(lock))
            assert store.snapshot().read(f"cli/bbbbbbbb/steps/{len(name):06}.jsonl") == b'{"step": 1}\n'
            assert save(store, "bbbbbbbb", len(name) + 1).delayed is reason
        assert lock.exists()
        lock.unlink()
        with open_store(path) as store:
            assert len(ids(path, "bbbbbbbb")) >= 2
            assert "journal-recovered" in [notice.__struct_config__.tag for notice in store.notices]
    judge(path, [("bbbbbbbb", number) for number in (5, 6, 15, 16)])


def _work_files(path: Path) -> list[str]:
    return sorted(str(name) for name in path.rglob("*") if ".git" not in name.relative_to(path).parts)


@pytest.mark.parametrize("where", ["other", "detached"])
def test_with_another_branch_checked_out_ours_moves_and_the_files_stay(path: Path, where: str) -> None:
    git(path, "checkout", "-q", *(("--detach",) if where == "detached" else ("-b", "other")))
    before = _work_files(path)
    with open_store(path) as store:
        assert save(store, "bbbbbbbb", 1).commit == git(path, "rev-parse", "main").strip()
        assert isinstance(store.notices[-1], BranchElsewhere)
        assert store.snapshot().names("cli") == ["aaaaaaaa", "bbbbbbbb"]
    assert git(path, "status", "--porcelain") == ""
    assert _work_files(path) == before
    git(path, "checkout", "-q", "main")
    judge(path, [("aaaaaaaa", 2), ("bbbbbbbb", 1)])


def test_a_merge_under_way_is_left_alone_and_what_is_saved_waits_for_its_end(path: Path) -> None:
    git(path, "checkout", "-q", "-b", "side")
    (path / "cli/aaaaaaaa/session.json").write_text("{}\n")
    git(path, "commit", "-qam", "side")
    git(path, "checkout", "-q", "main")
    (path / "cli/aaaaaaaa/session.json").write_text('{"count": 2}\n')
    git(path, "commit", "-qam", "mine")
    git(path, "merge", "side", succeeds=False)
    conflict = (path / "cli/aaaaaaaa/session.json").read_text()
    assert "<<<<" in conflict
    with open_store(path) as store:
        assert save(store, "aaaaaaaa", 3).delayed is Delay.MERGE
        assert (path / "cli/aaaaaaaa/session.json").read_text() == conflict
        assert b"000003" in (store.snapshot().read("cli/aaaaaaaa/history.jsonl") or b"")
    (path / "cli/aaaaaaaa/session.json").write_text('{"count": 2}\n')
    git(path, "commit", "-qam", "merged")
    with open_store(path):
        pass
    judge(path, [("aaaaaaaa", number) for number in (1, 2, 3)])


def test_a_users_edits_are_named_and_left_and_never_show_as_staged(path: Path) -> None:
    history = path / "cli/aaaaaaaa/history.jsonl"
    mine = history.read_bytes() + b'{"id": "mine"}\n'
    history.write_bytes(mine)
    (path / "cli/bbbbbbbb").mkdir()
    (path / "cli/bbbbbbbb/session.json").write_text("mine")
    with open_store(path) as store:
        assert save(store, "aaaaaaaa", 3).left == ("cli/aaaaaaaa/history.jsonl",)
        assert save(store, "bbbbbbbb", 1).left == ("cli/bbbbbbbb/session.json",)
        assert EditsLeft(("cli/aaaaaaaa/history.jsonl",)) in store.notices
    assert history.read_bytes() == mine
    assert (path / "cli/bbbbbbbb/session.json").read_text() == "mine"
    assert git(path, "status", "--porcelain").splitlines() == [
        " M cli/aaaaaaaa/history.jsonl",
        " M cli/bbbbbbbb/session.json",
    ]
    assert ids(path, "aaaaaaaa") == ["000001", "000002", "000003"]


def test_what_a_user_staged_stays_staged(path: Path) -> None:
    (path / "cli/aaaaaaaa/session.json").write_text("staged")
    git(path, "add", ".")
    with open_store(path) as store:
        assert save(store, "aaaaaaaa", 3).left == ("cli/aaaaaaaa/session.json",)
    assert git(path, "show", ":cli/aaaaaaaa/session.json") == "staged"
    assert git(path, "status", "--porcelain") == "M  cli/aaaaaaaa/session.json\n"


def test_nothing_is_written_through_a_link(path: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (path / "cli/bbbbbbbb").symlink_to(outside)
    with open_store(path) as store:
        assert len(save(store, "bbbbbbbb", 1).left) == 3
    assert list(outside.iterdir()) == []
    assert ids(path, "bbbbbbbb") == ["000001"]


def test_deleting_leaves_a_users_own_files_and_restoring_brings_the_session_back(path: Path) -> None:
    (path / "cli/aaaaaaaa/mine.txt").write_text("mine")
    with open_store(path) as store:
        store.apply(Change((RemoveDirectory("cli/aaaaaaaa"),), "aaaaaaaa: deleted"))
        assert git(path, "status", "--porcelain") == "?? cli/\n"
        assert [name.name for name in (path / "cli/aaaaaaaa").iterdir()] == ["mine.txt"]
        (path / "cli/aaaaaaaa/mine.txt").unlink()
        (deletion,) = store.deletions("cli")
        store.apply(Change((RestoreDirectory(deletion.path, deletion.tree),), "aaaaaaaa: restored"))
        assert list(store.deletions("cli")) == []
    judge(path, [("aaaaaaaa", 1), ("aaaaaaaa", 2)])


@pytest.mark.parametrize("version", ["2", "3", "4"])
def test_each_version_of_gits_index_is_kept_up(path: Path, version: str) -> None:
    git(path, "update-index", "--index-version", "4" if version == "4" else "2")
    if version == "3":
        (path / "later.txt").write_text("later")
        git(path, "add", "-N", "later.txt")
    with open_store(path) as store:
        save(store, "aaaaaaaa", 3)
        save(store, "bbbbbbbb", 1)
    if version == "3":
        assert git(path, "status", "--porcelain") == " A later.txt\n"
        git(path, "rm", "-qf", "--cached", "later.txt")
        (path / "later.txt").unlink()
    judge(path, [("aaaaaaaa", 3), ("bbbbbbbb", 1)])


@pytest.mark.parametrize(
    "command", [("gc", "-q", "--prune=now"), ("repack", "-adfq"), ("pack-refs", "--all")]
)
def test_git_may_tidy_up_between_two_changes(path: Path, command: tuple[str, ...]) -> None:
    with open_store(path) as store:
        for number in range(3, 8):
            save(store, "aaaaaaaa", number)
            git(path, *command)
            assert len(store.snapshot().files("cli/aaaaaaaa/steps")) == number
    judge(path, [("aaaaaaaa", number) for number in range(1, 8)])


def test_git_can_repack_bundle_and_export_what_we_wrote(path: Path, tmp_path: Path) -> None:
    with open_store(path) as store:
        for number in range(3, 50):
            save(store, "aaaaaaaa", number)
    bundle = tmp_path / "all.bundle"
    git(path, "bundle", "create", "-q", str(bundle), "main")
    git(path, "bundle", "verify", "-q", str(bundle))
    stream = subprocess.run(
        ["git", "-C", str(path), "fast-export", "main"], capture_output=True, check=True
    ).stdout
    assert stream.count(b"\ncommit refs/heads/main") == 50
    shallow = tmp_path / "shallow"
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{path}", str(shallow))
    assert len(ids(shallow, "aaaaaaaa")) == 49


def test_the_number_of_packs_stays_bounded_and_old_versions_can_be_read(path: Path) -> None:
    with open_store(path) as store:
        for number in range(3, 120):
            commit = save(store, "aaaaaaaa", number).commit
            assert len(list((path / ".git/objects/pack").glob("*.pack"))) <= 18
            if number == 40:
                early = commit
        old = store.snapshot(early).read("cli/aaaaaaaa/history.jsonl")
        assert old is not None
        assert json.loads(old.splitlines()[-1])["id"] == "000040"
    judge(path, [("aaaaaaaa", number) for number in range(1, 120)])


def test_an_identity_with_odd_letters_makes_a_commit_that_git_accepts(tmp_path: Path) -> None:
    path = tmp_path / "sessions"
    odd = type(WHO)("Ünal <x>\n\x00Öz", " <a@b>\n")
    with open_store(path) as store:
        store._identity = lambda: odd
        save(store, "aaaaaaaa", 1)
    judge(path)


@pytest.mark.parametrize("content", [None, b"", b"\0" * 300, b"DIRC torn"])
def test_an_index_that_is_gone_or_damaged_is_made_anew(path: Path, content: bytes | None) -> None:
    index = path / ".git/index"
    index.unlink()
    if content is not None:
        index.write_bytes(content)
    with open_store(path) as store:
        assert save(store, "bbbbbbbb", 1).commit
    assert git(path, "status", "--porcelain") == ""
    kept = list((path / ".git/gitstore").glob("quarantine/*"))
    assert [found.read_bytes() for found in kept] == ([] if content is None else [content])


def test_a_form_of_index_that_we_cannot_keep_is_left_alone(path: Path) -> None:
    git(path, "update-index", "--split-index")
    before = (path / ".git/index").read_bytes()
    with open_store(path) as store:
        assert save(store, "bbbbbbbb", 1).delayed is Delay.INDEX_UNKNOWN
    assert (path / ".git/index").read_bytes() == before
    git(path, "update-index", "--no-split-index")
    with open_store(path):
        pass
    judge(path, [("bbbbbbbb", 1)])


def test_what_a_commit_of_an_old_index_undid_is_put_back(path: Path) -> None:
    """`git commit` reads the index before it locks it: what it does when a turn comes between, step by
    step."""
    old = (path / ".git/index").read_bytes()
    with open_store(path) as store:
        save(store, "aaaaaaaa", 3)
        save(store, "bbbbbbbb", 1)
        (path / ".git/index").write_bytes(old)
        git(path, "commit", "-qm", "mine, of an old index")
        assert ids(path, "aaaaaaaa") == ["000001", "000002"]
        assert store.snapshot().files("cli/bbbbbbbb/steps") == ["cli/bbbbbbbb/steps/000001.jsonl"]
    with open_store(path, create=False) as store:
        assert next(store.log()).action == "repaired"
    judge(path, [("aaaaaaaa", 3), ("bbbbbbbb", 1)])


def test_a_reader_sees_what_such_a_commit_undid_of_a_turn_that_was_not_noted_as_done(path: Path) -> None:
    """The committer was killed after files and index had followed and before it could note that."""
    old = (path / ".git/index").read_bytes()
    log = path / ".git/gitstore/turns"
    with open_store(path) as reader:
        with open_store(path) as store:
            save(store, "aaaaaaaa", 3)
        *_, last, done = scan(log.read_bytes()).frames
        assert done.type == SETTLED
        assert done.payload.startswith(git(path, "rev-parse", "main").strip().encode())
        os.truncate(log, last.end)
        (path / ".git/index").write_bytes(old)
        git(path, "commit", "-qm", "mine, of an old index")
        assert b'"000003"' in (reader.snapshot().read("cli/aaaaaaaa/history.jsonl") or b"")
    with open_store(path):
        pass
    judge(path, [("aaaaaaaa", 3)])


def test_what_is_saved_right_after_such_a_commit_does_not_leave_the_index_behind(path: Path) -> None:
    """Git does not write its index if it finds it unchanged: then the index is newer than the commit."""
    with open_store(path) as store:
        save(store, "aaaaaaaa", 3)
        old = git(path, "commit-tree", "main~1^{tree}", "-p", "main", "-m", "of an old index").strip()
        git(path, "update-ref", "refs/heads/main", old)
        store.apply(exchange("aaaaaaaa", 4), wait=False)
        assert save(store, "aaaaaaaa", 5).left == ()
    judge(path, [("aaaaaaaa", number) for number in (1, 2, 3, 4, 5)])


def test_what_a_person_reverts_stays_reverted(path: Path) -> None:
    with open_store(path) as store:
        save(store, "aaaaaaaa", 3)
    git(path, "revert", "--no-edit", "HEAD")
    with open_store(path) as store:
        save(store, "bbbbbbbb", 1)
    assert ids(path, "aaaaaaaa") == ["000001", "000002"]


def test_an_index_that_git_set_back_is_set_right_with_the_next_change(path: Path) -> None:
    old = (path / ".git/index").read_bytes()
    with open_store(path) as store:
        save(store, "aaaaaaaa", 3)
        (path / ".git/index").write_bytes(old)
        assert git(path, "status", "--porcelain") != ""
        assert save(store, "aaaaaaaa", 4).left == ()
    judge(path, [("aaaaaaaa", number) for number in (1, 2, 3, 4)])

"""Each kind of damage is found and named, and after a repair real git and a second look are content."""

import shutil
import subprocess
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

import gitstore.checking
from gitstore import Store
from gitstore.git.refs import BRANCH
from gitstore.problems import Kind
from tests.support import damage
from tests.support.damage import cut, flip, loose, mend, offset_of, pack_with, problems, unpack, write
from tests.support.stores import git, ids, judge, leftovers, open_store, save

_SAVED = [("aaaa0000", 1), ("aaaa0000", 2), ("aaaa0000", 3), ("bbbb0000", 4), ("bbbb0000", 5)]
_HISTORY = "cli/aaaa0000/history.jsonl"


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gitstore.checking, "_PAUSE", 0)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    path = tmp_path / "store"
    with open_store(path) as opened:
        for session, number in _SAVED:
            save(opened, session, number)
    return path


def swap(path: Path) -> None:
    one, other = sorted((path / ".git/objects/pack").glob("*.pack"))[:2]
    content = one.read_bytes()
    write(one, other.read_bytes())
    write(other, content)


def misname(path: Path) -> None:
    unpack(path)
    one, other = loose(path, f"HEAD:{_HISTORY}"), loose(path, "HEAD~1:cli/bbbb0000/history.jsonl")
    write(one, other.read_bytes())


def lose_everything(path: Path) -> None:
    shutil.rmtree(path / ".git/objects")


DAMAGE: dict[str, tuple[Callable[[Path], object], Kind]] = {
    "HEAD gone": (lambda path: (path / ".git/HEAD").unlink(), Kind.HEAD),
    "HEAD of NULs": (lambda path: write(path / ".git/HEAD", bytes(21)), Kind.HEAD),
    "branch empty": (lambda path: write(path / ".git" / BRANCH, b""), Kind.BRANCH),
    "branch of NULs": (lambda path: write(path / ".git" / BRANCH, bytes(41)), Kind.BRANCH),
    "branch garbage": (lambda path: write(path / ".git" / BRANCH, b"ref: nowhere\n"), Kind.BRANCH),
    "branch gone": (lambda path: (path / ".git" / BRANCH).unlink(), Kind.BRANCH),
    "branch names nothing": (lambda path: write(path / ".git" / BRANCH, b"1" * 40 + b"\n"), Kind.BRANCH),
    "all refs gone": (lambda path: shutil.rmtree(path / ".git/refs"), Kind.BRANCH),
    "packed-refs garbage": (lambda path: write_new(path / ".git/packed-refs", b"garbage\n"), Kind.REF),
    "a ref to nothing": (lambda path: write_new(path / ".git/refs/heads/x", b"2" * 40 + b"\n"), Kind.REF),
    "config of NULs": (lambda path: write(path / ".git/config", bytes(200)), Kind.REPOSITORY),
    "a bit of the config": (lambda path: flip(path / ".git/config", 3), Kind.REPOSITORY),
    "a bit of a history": (lambda path: flip_object(path, f"HEAD:{_HISTORY}"), Kind.PACK),
    "a bit of a commit": (lambda path: flip_object(path, "HEAD"), Kind.PACK),
    "a bit of an older commit": (lambda path: flip_object(path, "HEAD~3"), Kind.PACK),
    "a bit of a tree": (lambda path: flip_object(path, "HEAD:cli"), Kind.PACK),
    "a bit of a pack's end": (lambda path: flip(pack_with(path, "HEAD~2"), -3), Kind.PACK),
    "a bit of a pack's count": (lambda path: flip(pack_with(path, "HEAD~2"), 11), Kind.PACK),
    "NULs after a pack": (lambda path: append(pack_with(path, "HEAD~2"), bytes(50)), Kind.PACK),
    "newest pack cut": (lambda path: cut(pack_with(path, "HEAD"), 60), Kind.PACK),
    "newest pack empty": (lambda path: cut(pack_with(path, "HEAD"), 0), Kind.PACK),
    "newest pack gone": (lambda path: pack_with(path, "HEAD").unlink(), Kind.PACK),
    "pack index gone": (lambda path: pack_with(path, "HEAD~2").with_suffix(".idx").unlink(), Kind.PACK),
    "a bit of a pack index": (
        lambda path: flip(pack_with(path, "HEAD~2").with_suffix(".idx"), 1040),
        Kind.PACK,
    ),
    "pack index cut": (lambda path: cut(pack_with(path, "HEAD~2").with_suffix(".idx"), 900), Kind.PACK),
    "packs swapped": (swap, Kind.PACK),
    "wrong object under the right name": (misname, Kind.COPY),
    "everything gone": (lose_everything, Kind.REPOSITORY),
    "a bit of the index": (lambda path: flip(path / ".git/index", 100), Kind.INDEX),
    "NULs after the index": (lambda path: append(path / ".git/index", bytes(40)), Kind.INDEX),
    "index gone": (lambda path: (path / ".git/index").unlink(), Kind.INDEX),
    "a bit of the turns": (lambda path: flip(path / ".git/gitstore/turns", 60), Kind.TURNS),
    "a line of a reflog": (lambda path: append(path / ".git/logs/HEAD", b"garbage\n"), Kind.REFLOG),
    "a lock of ours": (lambda path: left_lock(path), Kind.LEFTOVER),  # noqa: PLW0108  it is defined below
    "marker gone": (
        lambda path: git(path, "rm", "-q", "gitstore.json") + git(path, "commit", "-qm", "x"),
        Kind.FILE,
    ),
}


def write_new(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def append(path: Path, content: bytes) -> None:
    write(path, path.read_bytes() + content)


def flip_object(path: Path, revision: str) -> None:
    flip(pack_with(path, revision), offset_of(path, revision) + 6)


def left_lock(path: Path) -> None:
    lock = path / ".git/gitstore/locks/1-0123456789ab"
    lock.write_bytes(b"")
    (path / ".git/refs/heads/main.lock").hardlink_to(lock)


@pytest.mark.parametrize("name", DAMAGE)
def test_damage_is_named_and_repaired(store: Path, name: str) -> None:
    do, kind = DAMAGE[name]
    do(store)
    found = problems(store)
    assert kind in {problem.kind for problem in found}, found
    outcome = mend(store)
    assert outcome.actions
    assert outcome.after.problems == ()
    assert problems(store) == ()
    git(store, "fsck", "--full", "--strict")
    assert git(store, "status", "--porcelain") == ""
    for session in ("aaaa0000", "bbbb0000"):
        wanted = [f"{number:06}" for owner, number in _SAVED if owner == session]
        assert ids(store, session) == wanted
    with open_store(store) as opened:
        save(opened, "aaaa0000", 9)
    assert ids(store, "aaaa0000")[-1] == "000009"


def test_a_sound_store_has_no_problems_and_nothing_is_changed(store: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in store.rglob("*")}
    report = gitstore.checking.check(store, now=0)
    assert report.problems == report.notes == ()
    assert report.checked.commits == len(_SAVED) + 1
    assert {path: path.stat().st_mtime_ns for path in store.rglob("*")} == before
    assert mend(store).actions == ()
    judge(store, _SAVED)


@pytest.mark.parametrize("name", ["branch gone", "packs swapped", "everything gone", "HEAD gone"])
def test_looking_at_damage_changes_nothing(store: Path, name: str) -> None:
    DAMAGE[name][0](store)
    before = {path: path.read_bytes() for path in store.rglob("*") if path.is_file()}
    assert problems(store)
    assert {path: path.read_bytes() for path in store.rglob("*") if path.is_file()} == before


def test_no_git_is_needed(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flip_object(store, "HEAD")
    with monkeypatch.context() as without:
        without.setenv("PATH", "")
        assert problems(store)
        assert mend(store).after.problems == ()
    git(store, "fsck", "--full", "--strict")


def test_what_is_taken_out_is_kept_with_a_note(store: Path) -> None:
    write(store / ".git" / BRANCH, b"garbage that somebody may want\n")
    outcome = mend(store)
    assert outcome.quarantine is not None
    assert (outcome.quarantine / BRANCH).read_bytes() == b"garbage that somebody may want\n"
    assert BRANCH in (outcome.quarantine / "note.txt").read_text()


def test_a_damaged_pack_is_kept_byte_for_byte(store: Path) -> None:
    pack = pack_with(store, "HEAD~2")
    flip_object(store, "HEAD~2")
    damaged = pack.read_bytes()
    outcome = mend(store)
    assert outcome.quarantine is not None
    assert (outcome.quarantine / "objects/pack" / pack.name).read_bytes() == damaged


def test_a_lost_file_comes_from_a_remote(store: Path, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", "--bare", store, clone], check=True)
    unpack(store)
    git(store, "remote", "add", "elsewhere", str(clone))
    loose(store, "HEAD~4:cli/aaaa0000/session.json").unlink()
    assert [problem.heal for problem in problems(store)] == ["the remote elsewhere"]
    assert mend(store).after.problems == ()
    git(store, "fsck", "--full", "--strict")


def test_all_objects_come_from_a_remote_that_only_git_can_reach(store: Path, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", "--bare", store, clone], check=True)
    lose_everything(store)
    (store / ".git/objects").mkdir()
    git(store, "config", f"url.{clone}.insteadOf", "far:away")
    git(store, "config", "--global", f"url.{clone}.insteadOf", "far:away")
    git(store, "remote", "add", "far", "far:away")
    try:
        assert mend(store).after.problems == ()
    finally:
        git(store, "config", "--global", "--unset-all", f"url.{clone}.insteadOf")
    git(store, "fsck", "--full", "--strict")
    assert len(git(store, "log", "--oneline").splitlines()) == len(_SAVED) + 1
    assert leftovers(store) == [] or all("quarantine" in name for name in leftovers(store))


def test_an_older_version_comes_from_a_later_one(store: Path) -> None:
    unpack(store)
    loose(store, f"HEAD~3:{_HISTORY}").unlink()
    loose(store, f"HEAD~4:{_HISTORY}").unlink()
    assert mend(store).after.problems == ()
    git(store, "fsck", "--full", "--strict")


def test_a_lost_history_is_replaced_by_the_newest_whole_one_and_the_loss_is_named(store: Path) -> None:
    unpack(store)
    lost = git(store, "rev-parse", f"HEAD:{_HISTORY}").strip()
    loose(store, f"HEAD:{_HISTORY}").unlink()
    (store / _HISTORY).unlink()
    outcome = mend(store)
    assert ids(store, "aaaa0000") == ["000001", "000002"]
    assert [(problem.place, problem.object, problem.heal) for problem in outcome.after.problems] == [
        (_HISTORY, lost, None)
    ]
    assert lost in git(store, "log", "-1", "--format=%B")
    with open_store(store) as opened:
        assert save(opened, "aaaa0000", 7).commit is not None
    assert ids(store, "aaaa0000") == ["000001", "000002", "000007"]


@pytest.mark.parametrize("revision", ["HEAD^{tree}", "HEAD:cli", "HEAD:cli/bbbb0000"])
def test_without_a_tree_the_branch_goes_on_from_what_is_whole(store: Path, revision: str) -> None:
    unpack(store)
    loose(store, revision).unlink()
    (store / ".git/index").unlink()
    assert mend(store).after.problems == ()
    git(store, "fsck", "--full", "--strict")
    assert git(store, "status", "--porcelain") == ""
    assert ids(store, "aaaa0000") == ["000001", "000002", "000003"]
    assert ids(store, "bbbb0000") == ["000004", "000005"]


def test_changes_that_wait_in_a_journal_come_in_with_the_repair(store: Path) -> None:
    with Store.open(store, identity=damage.WHO) as opened:
        write(store / ".git" / BRANCH, b"")
        assert save(opened, "aaaa0000", 6).delayed is not None
    mend(store)
    judged = git(store, "show", f"HEAD:{_HISTORY}")
    assert '"000006"' in judged
    git(store, "fsck", "--full", "--strict")


def test_a_foreign_repository_is_refused(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", tmp_path / "other"], check=True)
    with pytest.raises(gitstore.NotAStore):
        mend(tmp_path / "other")


def test_edits_are_told_and_are_no_problems(store: Path) -> None:
    (store / _HISTORY).write_text("edited\n")
    git(store, "rm", "-q", "--cached", "cli/bbbb0000/session.json")
    report = gitstore.checking.check(store, now=0)
    assert report.problems == ()
    assert {note.place for note in report.notes if note.kind is Kind.EDIT} == {
        _HISTORY,
        "cli/bbbb0000/session.json",
    }


def test_a_tree_that_git_would_refuse_is_a_problem(store: Path) -> None:
    blob = git(store, "rev-parse", f"HEAD:{_HISTORY}").strip()
    raw = bytes.fromhex(blob)
    content = b"".join(b"100644 " + name + b"\0" + raw for name in (b"b", b"a", b".git"))
    tree = git(store, "hash-object", "-t", "tree", "-w", "--literally", "--stdin", stdin=content).strip()
    commit = git(store, "commit-tree", "-p", "HEAD", "-m", "bad", tree).strip()
    git(store, "update-ref", BRANCH, commit)
    told = [problem for problem in problems(store) if problem.kind is Kind.TREE]
    assert [(problem.commit, problem.object) for problem in told] == [(commit, tree)]


def test_a_corrupt_loose_copy_is_set_aside_where_a_sound_one_is(store: Path) -> None:
    identifier = git(store, "rev-parse", f"HEAD:{_HISTORY}").strip()
    path = store / ".git/objects" / identifier[:2] / identifier[2:]
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(zlib.compress(b"blob 3\0abd"))
    assert [problem.kind for problem in problems(store)] == [Kind.COPY]
    assert mend(store).after.problems == ()
    assert not path.exists()

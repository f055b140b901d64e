"""What is purged is in no ref, index, file or object any more, by real git's word; what is not stays."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from gitstore import NotPurged
from gitstore.disk.files import Files
from gitstore.purging import naming
from tests.support.erasers import STRUCK, Striking, all_objects, everything
from tests.support.stores import exchange, git, judge, open_store, save

SECRET = "sk-live-4711-secret"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A store with three sessions, of which one tells a secret in its second exchange."""
    path = tmp_path / "sessions"
    with open_store(path) as store:
        for number in range(4):
            save(store, "aaaaaaaa", number)
            save(store, "bbbbbbbb", number)
            text = f"Is {SECRET} mine?" if number == 1 else "What is 1+1?"
            store.apply(exchange("cccccccc", number, text))
    return path


def purge(path: Path, eraser: Striking) -> tuple[str, ...]:
    with open_store(path) as store:
        return store.purge(eraser).left


def nowhere(path: Path, text: str = SECRET) -> None:
    assert text.encode() not in everything(path)


def numbered(*numbers: int) -> list[str]:
    return [f"{number:06}" for number in numbers]


def test_a_session_goes_with_all_that_told_of_it(path: Path) -> None:
    before = int(git(path, "rev-list", "--count", "HEAD"))
    assert purge(path, Striking(sessions=("cccccccc",))) == ()
    judge(path, [(name, number) for name in ("aaaaaaaa", "bbbbbbbb") for number in range(4)])
    assert int(git(path, "rev-list", "--count", "HEAD")) == before - 4
    assert not (path / "cli/cccccccc").exists()
    nowhere(path)
    assert b"cccccccc" not in everything(path)


def test_a_text_is_struck_out_of_files_messages_and_the_work_tree(path: Path) -> None:
    old = all_objects(path)
    assert purge(path, Striking(SECRET.encode())) == ()
    judge(path, [("cccccccc", number) for number in range(4)])
    nowhere(path)
    assert STRUCK in (path / "cli/cccccccc/history.jsonl").read_bytes()
    gone = old - all_objects(path)
    assert gone
    for each in gone:
        assert git(path, "cat-file", "-t", each, succeeds=False) == ""


def test_doing_it_again_changes_nothing(path: Path) -> None:
    eraser = Striking(SECRET.encode(), sessions=("aaaaaaaa",))
    purge(path, eraser)
    tip, objects = git(path, "rev-parse", "HEAD"), all_objects(path)
    with open_store(path) as store:
        found = store.purge(eraser)
    assert (found.rewritten, found.left_out, found.objects, found.left) == (0, 0, 0, ())
    assert (git(path, "rev-parse", "HEAD"), all_objects(path)) == (tip, objects)
    judge(path)


def test_one_after_the_other_in_either_order_is_both_at_once(path: Path, tmp_path: Path) -> None:
    one, other = Striking(SECRET.encode()), Striking(sessions=("aaaaaaaa",))
    orders = ((one, other), (other, one), (Striking(SECRET.encode(), sessions=("aaaaaaaa",)),))
    tips = set()
    for number, order in enumerate(orders):
        copy = tmp_path / f"copy-{number}"
        shutil.copytree(path, copy)
        for eraser in order:
            purge(copy, eraser)
        tips.add(git(copy, "rev-parse", "HEAD"))
        judge(copy)
    assert len(tips) == 1


def test_two_clones_come_to_the_same_commits(path: Path, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", str(path), str(clone))
    for each in (path, clone):
        purge(each, Striking(SECRET.encode(), sessions=("bbbbbbbb",)))
    assert git(path, "rev-parse", "main") == git(clone, "rev-parse", "main")
    nowhere(clone)


def test_every_kind_of_ref_names_the_new_history(path: Path) -> None:
    middle = git(path, "rev-list", "HEAD").split()[3]
    git(path, "branch", "side", middle)
    git(path, "branch", "deep/er", "HEAD")
    git(path, "tag", "light", "HEAD")
    git(path, "tag", "-a", "-m", f"about {SECRET}", "told", "HEAD")
    git(path, "tag", "-a", "-m", "a tag of a tag", "nested", "told")
    git(
        path,
        "tag",
        "-a",
        "-m",
        f"old, and {SECRET} all the same",
        "first",
        git(path, "rev-list", "--max-parents=0", "HEAD").strip(),
    )
    git(path, "update-ref", "refs/remotes/far/main", middle)
    git(path, "symbolic-ref", "refs/remotes/far/HEAD", "refs/remotes/far/main")
    git(path, "update-ref", "refs/notes/commits", middle)
    names = git(path, "for-each-ref", "--format=%(refname)")
    subjects = git(path, "log", "--format=%s", "side")
    assert purge(path, Striking(SECRET.encode())) == ()
    judge(path)
    nowhere(path)
    assert git(path, "for-each-ref", "--format=%(refname)") == names
    assert (
        git(path, "rev-parse", "told^{commit}", "nested^{commit}", "light").split()
        == [git(path, "rev-parse", "HEAD").strip()] * 3
    )
    assert (
        git(path, "rev-parse", "refs/remotes/far/main", "side").split()
        == [git(path, "rev-parse", "refs/notes/commits").strip()] * 2
    )
    assert git(path, "symbolic-ref", "refs/remotes/far/HEAD").strip() == "refs/remotes/far/main"
    assert git(path, "log", "--format=%s", "side") == subjects.replace(SECRET, STRUCK.decode())
    assert git(path, "cat-file", "tag", "told").endswith(f"about {STRUCK.decode()}\n")


@pytest.mark.parametrize("move_on", [False, True], ids=["as packed", "moved since"])
def test_packed_refs_hold_no_old_id(path: Path, move_on: bool) -> None:
    git(path, "branch", "side", "HEAD~2")
    git(path, "branch", "still", git(path, "rev-list", "--max-parents=0", "HEAD").strip())
    git(path, "tag", "-a", "-m", "a tag", "told", "HEAD")
    git(path, "pack-refs", "--all")
    if move_on:  # then the line in packed-refs is older than the ref
        with open_store(path) as store:
            save(store, "aaaaaaaa", 7)
        git(path, "update-ref", "refs/heads/side", "HEAD~1")
    assert purge(path, Striking(SECRET.encode())) == ()
    known = all_objects(path)
    named = re.findall(r"\b[0-9a-f]{40}\b", (path / ".git/packed-refs").read_text())
    assert set(named) <= known
    assert git(path, "rev-parse", "told^{commit}", "side", "still")
    judge(path)
    git(path, "pack-refs", "--all")
    assert git(path, "for-each-ref").count("refs/") == 4
    judge(path)


def test_a_ref_that_git_is_packing_stays(path: Path) -> None:
    """Git writes packed-refs, gives its lock back, and only then removes the files of what it packed."""
    git(path, "branch", "side", "HEAD")
    before = naming.tips(path / ".git")
    loose = (path / ".git/refs/heads/side").read_bytes()
    git(path, "pack-refs", "--all")
    (path / ".git/refs/heads/side").write_bytes(loose)  # about to be removed
    naming.move(Files(), path / ".git", before, before)
    (path / ".git/refs/heads/side").unlink()
    assert git(path, "rev-parse", "side") == git(path, "rev-parse", "main")


def test_who_signed_what_changes_signs_it_no_more(path: Path, tmp_path: Path) -> None:
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    signing = ("-c", "gpg.format=ssh", "-c", f"user.signingkey={key}")
    (path / "note.txt").write_text("by hand\n")
    git(path, "add", "note.txt")
    git(path, *signing, "commit", "-q", "-S", "-m", "by hand")
    git(path, *signing, "tag", "-s", "-m", "signed", "sealed", "HEAD")
    git(
        path,
        *signing,
        "tag",
        "-s",
        "-m",
        "signed",
        "root",
        git(path, "rev-list", "--max-parents=0", "HEAD").strip(),
    )
    assert "gpgsig" in git(path, "cat-file", "commit", "HEAD")
    root = git(path, "rev-parse", "root")
    assert purge(path, Striking(SECRET.encode())) == ()
    judge(path)
    assert "gpgsig" not in git(path, "cat-file", "commit", "HEAD")
    assert "SIGNATURE" not in git(path, "cat-file", "tag", "sealed")
    assert git(path, "rev-parse", "root") == root
    assert "SIGNATURE" in git(path, "cat-file", "tag", "root")
    assert git(path, "log", "-1", "--format=%s%n%B").startswith("by hand\nby hand")


def test_what_a_person_edited_or_staged_is_kept_and_named(path: Path) -> None:
    edited = path / "cli/cccccccc/history.jsonl"
    mine = edited.read_bytes() + b'{"mine": true}\n'
    edited.write_bytes(mine)
    (path / "new.txt").write_text("staged, never committed\n")
    git(path, "add", "new.txt")
    (path / "plain.txt").write_text(f"{SECRET} untracked\n")
    left = purge(path, Striking(SECRET.encode()))
    assert {"cli/cccccccc/history.jsonl", "plain.txt"} == set(left)
    assert edited.read_bytes() == mine
    assert git(path, "diff", "--cached", "--name-only") == "new.txt\n"
    assert git(path, "show", ":new.txt") == "staged, never committed\n"
    git(path, "fsck", "--full", "--strict")
    git(path, "commit", "-q", "-m", "at last")
    assert git(path, "show", "HEAD:new.txt") == "staged, never committed\n"


def test_what_is_staged_and_holds_it_is_told(path: Path) -> None:
    (path / "new.txt").write_text(f"{SECRET}\n")
    git(path, "add", "new.txt")
    blob = git(path, "rev-parse", ":new.txt").strip()
    assert set(purge(path, Striking(SECRET.encode()))) == {f"object {blob}", "new.txt"}
    assert git(path, "show", ":new.txt") == f"{SECRET}\n"
    git(path, "fsck", "--full", "--strict")


def test_what_git_made_to_be_faster_is_gone_or_right(path: Path) -> None:
    git(path, "repack", "-a", "-d", "-q", "--write-bitmap-index")
    with open_store(path) as store:
        save(store, "aaaaaaaa", 8)
    git(path, "multi-pack-index", "write")
    git(path, "commit-graph", "write", "--reachable", "--split")
    assert purge(path, Striking(SECRET.encode())) == ()
    judge(path)
    nowhere(path)
    git(path, "log", "--graph", "--all")
    git(path, "commit-graph", "write", "--reachable")
    git(path, "repack", "-a", "-d", "-q", "--write-bitmap-index")
    git(path, "multi-pack-index", "write")
    judge(path)
    nowhere(path)
    purge(path, Striking(sessions=("aaaaaaaa",)))
    judge(path)


def test_kept_packs_of_others_and_loose_objects_go_as_well(path: Path) -> None:
    for index in sorted((path / ".git/objects/pack").glob("*.idx")):
        index.with_suffix(".keep").write_text("mine\n")
    (path / "loose.txt").write_text(f"{SECRET} as a loose object\n")
    git(path, "add", "loose.txt")
    git(path, "commit", "-q", "-m", f"with {SECRET}")
    git(path, "hash-object", "-w", "--stdin", stdin=f"dangling {SECRET}".encode())
    assert purge(path, Striking(SECRET.encode())) == ()
    judge(path)
    nowhere(path)
    assert "with (struck)" in git(path, "log", "-1", "--format=%s")


def test_merges_and_branches_by_hand_stay_as_they_are(path: Path) -> None:
    git(path, "checkout", "-q", "-b", "side", "HEAD~5")
    (path / "side.txt").write_text("a file from the side\n")
    git(path, "add", "side.txt")
    git(path, "commit", "-q", "-m", "aside")
    git(path, "checkout", "-q", "main")
    git(path, "merge", "-q", "--no-edit", "side")
    graph = git(path, "log", "--graph", "--format=%s")
    purge(path, Striking(SECRET.encode()))
    judge(path)
    assert git(path, "log", "--graph", "--format=%s") == graph.replace(SECRET, STRUCK.decode())
    first, second = git(path, "log", "-1", "--format=%p").split()
    assert git(path, "log", "-1", "--format=%s", second) == "aside\n"
    assert first != second


def test_content_of_another_kind_in_another_branch_is_not_touched(path: Path) -> None:
    git(path, "checkout", "-q", "--orphan", "elsewhere")
    git(path, "rm", "-rq", "--cached", ".")
    (path / "binär.bin").write_bytes(bytes(range(256)) * 50)
    (path / "deep/er").mkdir(parents=True)
    (path / "deep/er/текст.txt").write_text("Привет\r\n" * 30, encoding="utf-8")
    (path / "link").symlink_to("deep/er/текст.txt")
    git(path, "add", "binär.bin", "deep", "link")
    git(path, "-c", "i18n.commitEncoding=latin1", "commit", "-q", "-m", "caf\u00e9")
    before = git(path, "rev-parse", "elsewhere")
    git(path, "checkout", "-q", "-f", "main")
    purge(path, Striking(SECRET.encode(), sessions=("aaaaaaaa",)))
    assert git(path, "rev-parse", "elsewhere") == before
    judge(path)


def test_a_tag_of_no_commit_is_kept(path: Path) -> None:
    blob = git(path, "hash-object", "-w", "--stdin", stdin=b"a key to check with\n").strip()
    git(path, "tag", "blob", blob)
    git(path, "tag", "tree", git(path, "rev-parse", "HEAD~3^{tree}").strip())
    git(path, "tag", "-a", "-m", "of a blob", "about", blob)
    purge(path, Striking(sessions=("aaaaaaaa",)))
    git(path, "fsck", "--full", "--strict")
    assert git(path, "cat-file", "blob", "about^{blob}") == "a key to check with\n"


def _shallow(path: Path) -> None:
    clone = path.with_name("shallow")
    git(path.parent, "clone", "-q", "--depth", "2", f"file://{path}", str(clone))
    shutil.rmtree(path)
    clone.rename(path)


def _borrowing(path: Path) -> None:
    clone = path.with_name("borrowing")
    git(path.parent, "clone", "-q", "--shared", str(path), str(clone))
    path.rename(path.with_name("lender"))
    (clone / ".git/objects/info/alternates").write_text(f"{path.with_name('lender')}/.git/objects\n")
    clone.rename(path)


def _stash(path: Path) -> None:
    (path / "cli/aaaaaaaa/history.jsonl").write_text("changed\n")
    git(path, "stash", "-q")


def _merging(path: Path) -> None:
    git(path, "checkout", "-q", "-b", "side", "HEAD~5")
    (path / "side.txt").write_text("a file from the side\n")
    git(path, "add", "side.txt")
    git(path, "commit", "-q", "-m", "aside")
    git(path, "checkout", "-q", "main")
    git(path, "merge", "-q", "--no-commit", "--no-ff", "side")


STATES = {
    "shallow": _shallow,
    "alternates": _borrowing,
    "worktree": lambda path: git(path, "worktree", "add", "-q", "--detach", str(path.with_name("more"))),
    "stash": _stash,
    "branch": lambda path: git(path, "checkout", "-q", "-b", "side"),
    "detached": lambda path: git(path, "checkout", "-q", "--detach"),
    "merge": _merging,
    "broken ref": lambda path: (path / ".git/refs/heads/side").write_bytes(b""),
    "index": lambda path: (path / ".git/index.lock").touch(),
    "ref": lambda path: (git(path, "branch", "side"), (path / ".git/refs/heads/side.lock").touch()),
}


@pytest.mark.parametrize("state", STATES)
def test_a_state_in_which_not_all_can_be_reached_is_refused_and_nothing_changes(
    path: Path, state: str
) -> None:
    STATES[state](path)
    before = git(path, "for-each-ref"), git(path, "status", "--porcelain"), git(path, "ls-files", "-s")
    objects = all_objects(path)
    with open_store(path) as store:
        with pytest.raises(NotPurged) as error:
            store.purge(Striking(SECRET.encode()))
        if state != "ref":
            assert not error.value.moved
            assert not store.purge_is_unfinished or state == "index"
    if state != "ref":
        after = git(path, "for-each-ref"), git(path, "status", "--porcelain"), git(path, "ls-files", "-s")
        assert (after, all_objects(path)) == (before, objects)
        return
    assert error.value.moved
    (path / ".git/refs/heads/side.lock").unlink()
    with open_store(path) as store:
        assert store.purge_is_unfinished
        assert store.purge(Striking(SECRET.encode())).left == ()
    nowhere(path)
    judge(path)

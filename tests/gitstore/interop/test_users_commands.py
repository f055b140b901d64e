"""What a person does with git in a store, and a store in what git makes of one."""

import functools
import http.server
import json
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from gitstore import BranchElsewhere, CommitNotFound, Delay, ObjectMissing
from tests.support.stores import git, ids, judge, open_store, save

EARLIER = [("aaaaaaaa", number) for number in range(1, 10)] + [
    ("bbbbbbbb", number) for number in range(1, 10)
]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("made") / "sessions"
    with open_store(path) as store:
        for session, number in EARLIER:
            save(store, session, number)
    return path


@pytest.fixture
def path(made: Path, tmp_path: Path) -> Path:
    path = tmp_path / "sessions"
    subprocess.run(["cp", "-a", str(made), str(path)], check=True)
    return path


def goes_on(path: Path, *, clean: bool = True, lost: int = 0) -> None:
    """Open a store, find the truth in it, save, and let git judge."""
    kept = EARLIER[: len(EARLIER) - lost]
    with open_store(path, create=False) as store:
        now = store.snapshot()
        for session in ("aaaaaaaa", "bbbbbbbb"):
            content = now.read(f"cli/{session}/history.jsonl") or b""
            found = [json.loads(line)["id"] for line in content.splitlines()]
            assert found == [f"{number:06}" for name, number in kept if name == session]
        for session in ("aaaaaaaa", "cccccccc"):
            assert save(store, session, 100).delayed is None
        assert len(list(store.log())) == int(git(path, "--no-replace-objects", "rev-list", "--count", "main"))
    judge(path, [*kept, ("aaaaaaaa", 100), ("cccccccc", 100)], clean=clean)


@pytest.mark.parametrize(
    "command",
    [
        "gc --quiet",
        "gc --quiet --aggressive --prune=now",
        "repack -adfq",
        "repack -dq --geometric=2",
        "repack -dq --geometric=2 --write-midx --write-bitmap-index",
        "repack -adq --cruft",
        "maintenance run --quiet --task=gc",
        "maintenance run --quiet --task=commit-graph --task=loose-objects --task=incremental-repack",
        "maintenance run --quiet --task=pack-refs",
        "pack-refs --all",
        "multi-pack-index write --bitmap",
        "commit-graph write --reachable",
        "commit-graph write --reachable --split",
        "prune --expire=now",
        "prune-packed",
        "reflog expire --expire=now --all",
        "tag -a -m told v1",
        "notes add -m told",
        "notes --ref=mine add -m told main~2",
        "replace main~1 main~2",
        "config core.compression 9",
        "config core.autocrlf true",
        "config core.commentChar ;",
        "config extensions.worktreeConfig true",
        "config index.version 4",
        "config core.splitIndex false",
        "config core.fsmonitor false",
        "config core.untrackedCache true",
        "config gc.auto 1",
        "update-index --index-version 4",
        "update-index --untracked-cache",
        "branch side main~3",
        "stash push --include-untracked --quiet",
        "update-server-info",
        "sparse-checkout list",
    ],
)
def test_after_a_persons_git_the_store_goes_on(path: Path, command: str) -> None:
    with open_store(path) as store:
        store.snapshot().files("cli")
        git(path, *command.split(), succeeds=command != "sparse-checkout list")
        assert len(store.snapshot().files("cli")) == 22
        assert store.snapshot().read("cli/aaaaaaaa/steps/000009.jsonl") == b'{"step": 1}\n'
        assert save(store, "dddddddd", 1).commit
    goes_on(path)
    git(path, "gc", "-q", "--prune=now")
    judge(path, [*EARLIER, ("aaaaaaaa", 100)])


def test_objects_that_all_lie_loose_are_read_like_any_other(path: Path) -> None:
    packs, away = path / ".git/objects/pack", path.with_name("away")
    packs.rename(away)
    packs.mkdir()
    for pack in away.glob("*.pack"):
        with pack.open("rb") as content:
            subprocess.run(["git", "-C", str(path), "unpack-objects", "-q"], stdin=content, check=True)
    goes_on(path)


def test_stashed_edits_come_back_on_top_of_what_was_saved_meanwhile(path: Path) -> None:
    notes = path / "notes.txt"
    notes.write_text("mine")
    document = path / "cli/bbbbbbbb/session.json"
    document.write_text(document.read_text().replace("{", '{\n  "mine": 1,', 1))
    git(path, "stash", "push", "-q", "--include-untracked")
    goes_on(path)
    git(path, "stash", "pop", "-q")
    assert notes.read_text() == "mine"
    assert json.loads(document.read_text())["mine"] == 1
    assert git(path, "status", "--porcelain").splitlines() == [" M cli/bbbbbbbb/session.json", "?? notes.txt"]


def test_what_a_person_takes_back_stays_taken_back(path: Path) -> None:
    git(path, "reset", "-q", "--hard", "HEAD~1")
    goes_on(path, lost=1)


def test_a_branch_that_is_reset_under_an_open_store_is_taken_as_it_is(path: Path) -> None:
    with open_store(path) as store:
        save(store, "dddddddd", 1)
        git(path, "reset", "-q", "--hard", "HEAD~2")
        assert "dddddddd" not in store.snapshot().names("cli")
        assert save(store, "dddddddd", 2).commit
    assert ids(path, "dddddddd") == ["000002"]
    goes_on(path, lost=1)


def test_a_reset_that_leaves_the_files_is_no_wish_to_lose_what_they_hold(path: Path) -> None:
    git(path, "reset", "-q", "--soft", "HEAD~1")
    assert git(path, "status", "--porcelain")
    goes_on(path)


def test_a_reset_that_leaves_the_files_and_clears_the_index_is_none_either(path: Path) -> None:
    git(path, "reset", "-q", "--mixed", "HEAD~2")
    goes_on(path)


def test_a_revert_and_a_cherry_pick_of_it_are_commits_like_any_other(path: Path) -> None:
    git(path, "revert", "--no-edit", "HEAD")
    goes_on(path, lost=1)
    git(path, "cherry-pick", git(path, "rev-parse", "main~3").strip(), succeeds=False)
    git(path, "cherry-pick", "--abort", succeeds=False)
    assert git(path, "status", "--porcelain") == ""


def test_history_that_is_rebased_is_gone_on_with(path: Path) -> None:
    old = git(path, "rev-parse", "main").strip()
    git(path, "rebase", "-q", "--force-rebase", "main~4")
    git(
        path,
        "commit",
        "--amend",
        "-q",
        "-m",
        "another subject",
        "--date=2000-01-01T00:00:00Z",
        "--reset-author",
    )
    assert git(path, "rev-parse", "main").strip() != old
    goes_on(path)


def test_history_that_is_squashed_into_one_commit_is_gone_on_with(path: Path) -> None:
    new = git(path, "commit-tree", "main^{tree}", "-m", "all of it").strip()
    git(path, "reset", "-q", "--hard", new)
    git(path, "reflog", "expire", "--expire=now", "--all")
    git(path, "gc", "-q", "--prune=now")
    goes_on(path)


def test_an_interactive_rebase_that_waits_is_waited_for(path: Path) -> None:
    git(path, "-c", "sequence.editor=sed -i 1s/pick/edit/", "rebase", "-q", "-i", "main~2")
    with open_store(path) as store:
        assert save(store, "aaaaaaaa", 50).delayed is Delay.MERGE
    git(path, "rebase", "--continue")
    with open_store(path):
        pass
    assert ids(path, "aaaaaaaa")[-1] == "000050"
    judge(path, [*EARLIER, ("aaaaaaaa", 50)])


def test_a_bisection_is_another_place_that_is_left_alone(path: Path) -> None:
    git(path, "bisect", "start", "main", "main~8")
    with open_store(path) as store:
        assert save(store, "aaaaaaaa", 100).commit
        assert isinstance(store.notices[-1], BranchElsewhere)
    git(path, "bisect", "reset")
    judge(path, [*EARLIER, ("aaaaaaaa", 100)])


def test_a_merge_takes_the_lines_of_both_sides(path: Path) -> None:
    other = path.with_name("other")
    git(path, "worktree", "add", "-q", "-b", "side", str(other), "main")
    history = other / "cli/aaaaaaaa/history.jsonl"
    history.write_text(history.read_text() + '{"id": "000200", "query": "of a side"}\n')
    git(other, "commit", "-qam", "a line of another machine")
    with open_store(path) as store:
        save(store, "aaaaaaaa", 50)
        git(path, "merge", "-q", "--no-edit", "side")
        assert save(store, "aaaaaaaa", 300).commit
        content = store.snapshot().read("cli/aaaaaaaa/history.jsonl") or b""
    found = {json.loads(line)["id"] for line in content.splitlines()}
    assert {"000050", "000200", "000300"} <= found
    git(path, "fsck", "--full", "--strict")
    assert git(path, "status", "--porcelain") == ""


def test_saving_goes_on_beside_other_work_trees_whatever_is_done_there(path: Path) -> None:
    other = path.with_name("other")
    git(path, "worktree", "add", "-q", "--detach", str(other), "main~3")
    before = (other / "cli/bbbbbbbb/history.jsonl").read_bytes()
    goes_on(path)
    assert (other / "cli/bbbbbbbb/history.jsonl").read_bytes() == before
    assert git(other, "status", "--porcelain") == ""
    git(path, "worktree", "remove", str(other))
    git(path, "worktree", "prune")
    judge(path)


def test_a_work_tree_of_git_that_has_our_branch_is_left_as_it_is(path: Path) -> None:
    """Ours is at another branch, and `main` is checked out beside it: git would not move it, either."""
    other = path.with_name("other")
    git(path, "checkout", "-q", "-b", "side")
    git(path, "worktree", "add", "-q", str(other), "main")
    files = sorted(found.name for found in (other / "cli/aaaaaaaa/steps").iterdir())
    with open_store(path) as store:
        assert save(store, "aaaaaaaa", 100).delayed is None
        assert [notice for notice in store.notices if isinstance(notice, BranchElsewhere)]
    assert sorted(found.name for found in (other / "cli/aaaaaaaa/steps").iterdir()) == files
    git(other, "reset", "-q", "--hard")
    git(path, "worktree", "remove", str(other))
    git(path, "checkout", "-q", "main")
    judge(path, [*EARLIER, ("aaaaaaaa", 100)])


@pytest.mark.parametrize("options", [(), ("--local",), ("--no-local",), ("--shared",)])
def test_each_clone_is_a_store_of_its_own(path: Path, options: tuple[str, ...]) -> None:
    clone = path.with_name("clone")
    git(path, "clone", "-q", *options, str(path), str(clone))
    goes_on(clone)
    goes_on(path)
    git(path, "gc", "-q", "--prune=now")
    goes_on_again(clone)


def goes_on_again(path: Path) -> None:
    with open_store(path) as store:
        assert save(store, "eeeeeeee", 1).commit
    judge(path, [*EARLIER, ("aaaaaaaa", 100), ("eeeeeeee", 1)])


@pytest.mark.parametrize("options", [("--bare",), ("--mirror",), ("--no-checkout", "--depth=3")])
def test_what_is_cloned_without_files_holds_the_truth(path: Path, options: tuple[str, ...]) -> None:
    clone = path.with_name("clone")
    git(path, "clone", "-q", *options, f"file://{path}", str(clone))
    assert len(ids(clone, "aaaaaaaa")) == 9
    git(clone, "fsck", "--full", "--strict")
    assert git(clone, "rev-parse", "main^{tree}") == git(path, "rev-parse", "main^{tree}")


def test_a_shallow_clone_is_a_store_whose_history_begins_where_it_was_cut(path: Path) -> None:
    clone = path.with_name("clone")
    git(path, "clone", "-q", "--depth=3", f"file://{path}", str(clone))
    with open_store(clone) as store:
        assert save(store, "aaaaaaaa", 100).commit
        assert len(store.snapshot().files("cli/aaaaaaaa/steps")) == 10
        assert len(list(store.log())) == 4
        assert len(list(store.log("cli/bbbbbbbb"))) == 3
        assert list(store.deletions("cli")) == []
        assert store.resolve("main~3") == git(clone, "rev-parse", "main~3").strip()
        with pytest.raises(CommitNotFound):
            store.resolve("main~4")
        with pytest.raises(CommitNotFound):
            store.resolve("2000-01-01")
    judge(clone, [*EARLIER, ("aaaaaaaa", 100)])
    git(path, "pull", "-q", "--no-rebase", str(clone), "main")
    assert ids(path, "aaaaaaaa")[-1] == "000100"
    git(clone, "fetch", "-q", "--unshallow")
    judge(clone, [*EARLIER, ("aaaaaaaa", 100)])


@pytest.mark.parametrize("missing", ["blob:none", "tree:0"])
def test_a_partial_clone_is_a_store_and_what_it_lacks_is_named(path: Path, missing: str) -> None:
    git(path, "config", "uploadpack.allowFilter", "true")
    git(path, "config", "uploadpack.allowAnySHA1InWant", "true")
    clone = path.with_name("clone")
    git(path, "clone", "-q", f"--filter={missing}", f"file://{path}", str(clone))
    with open_store(clone) as store:
        assert save(store, "aaaaaaaa", 100).commit
        assert len(store.snapshot().files("cli/aaaaaaaa/steps")) == 10
        with pytest.raises(ObjectMissing):
            store.snapshot(git(clone, "rev-parse", "main~15").strip()).read("cli/aaaaaaaa/history.jsonl")
    judge(clone, [*EARLIER, ("aaaaaaaa", 100)])
    git(clone, "show", "main~15:cli/aaaaaaaa/history.jsonl")


@pytest.fixture
def served(path: Path) -> Iterator[str]:
    """The address of a web server that knows nothing of git."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *arguments: object) -> None:
            """Say nothing."""

    handler = functools.partial(Quiet, directory=str(path / ".git"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()
        thread.join()


def test_a_web_server_that_knows_nothing_of_git_serves_it(path: Path, served: str) -> None:
    clone = path.with_name("clone")
    git(path, "update-server-info")
    git(path, "clone", "-q", served, str(clone))
    goes_on(clone)


def test_a_bundle_carries_it(path: Path) -> None:
    bundle, clone = path.with_name("all.bundle"), path.with_name("clone")
    git(path, "bundle", "create", "-q", str(bundle), "--all")
    git(path, "bundle", "verify", "-q", str(bundle))
    git(path, "clone", "-q", str(bundle), str(clone))
    goes_on(clone)
    git(path, "fetch", "-q", str(clone), "main")
    git(path, "merge", "-q", "--ff-only", "FETCH_HEAD")
    judge(path, [*EARLIER, ("aaaaaaaa", 100)])


def test_exported_and_imported_again_it_is_the_same_to_the_last_commit(path: Path) -> None:
    other = path.with_name("other")
    stream = subprocess.run(["git", "-C", str(path), "fast-export", "--all"], capture_output=True, check=True)
    git(path, "init", "-q", str(other))
    subprocess.run(["git", "-C", str(other), "fast-import", "--quiet"], input=stream.stdout, check=True)
    assert git(other, "rev-parse", "main") == git(path, "rev-parse", "main")
    git(other, "reset", "-q", "--hard", "main")
    goes_on(other)


def test_what_is_pushed_to_it_is_refused_by_git_and_loses_nothing(path: Path) -> None:
    """A push to the branch that is checked out: git refuses it by itself."""
    clone = path.with_name("clone")
    git(path, "clone", "-q", str(path), str(clone))
    with open_store(clone) as store:
        save(store, "dddddddd", 1)
    before = git(path, "rev-parse", "main")
    git(clone, "push", "-q", "origin", "main", succeeds=False)
    assert git(path, "rev-parse", "main") == before
    git(clone, "push", "-q", "origin", "main:incoming")
    goes_on(path)

"""After whatever was done, by us or with git, what is asked is answered as a fresh scan would."""

import contextlib
import shutil
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from dexter.errors import DexterError
from dexter.sessions import SessionManager, SessionStore, Wanted, parse_query
from dexter.sessions.archive import Archive
from dexter.sessions.catalog.listing import read_all
from dexter.sessions.reading.reading import read_exchanges
from dexter.sessions.reading.session_files import session_ids
from tests.support.sessions import commit_file, git, save

SESSIONS = ("aaaa0000", "bbbb0000")
WORDS = ("apple", "banana")
OURS = ("save apple", "save banana", "delete", "restore", "rename", "tag")
WITH_GIT = ("remove", "cut", "revert", "reset", "merge")
STEP = st.tuples(st.sampled_from([*OURS, *WITH_GIT, "forget", "ask"]), st.sampled_from(SESSIONS))


@settings(max_examples=6, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(STEP, min_size=4, max_size=9))
@example([(step, SESSIONS[0]) for step in ("save apple", "delete", "ask", "restore", "cut", "ask", "delete")])
@example(
    [(step, SESSIONS[0]) for step in ("tag", "merge", "ask", "rename", "reset", "remove", "ask", "reset")]
)
@example(
    [(step, SESSIONS[0]) for step in ("remove", "merge", "forget", "ask", "revert", "save banana", "merge")]
)
def test_the_answers_are_those_of_a_fresh_scan(steps: list[tuple[str, str]]):
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder, ".dexter")
        for session in SESSIONS:
            _do(home, "save apple", session)
        for step, session in steps:
            _do(home, step, session)
        assert _told(home) == _scanned(home)


def _do(home: Path, step: str, session: str) -> None:
    """Do one thing; what can't be done now is not."""
    if step in WITH_GIT:
        _do_with_git(home, step, f"cli/{session}")
    elif step == "forget":
        shutil.rmtree(home / "catalog", ignore_errors=True)
    elif step == "ask":
        assert _told(home) == _scanned(home)
    else:
        with contextlib.suppress(DexterError), SessionManager(home) as manager:
            if step.startswith("save"):
                if (home / "sessions" / "cli" / session).is_dir():
                    manager.resume(session)
                else:
                    manager.start_new("m", "p", session)
                save(manager, f"What of {step.split()[1]}?", "Much")
            elif step == "delete":
                manager.delete_session(session)
            elif step == "restore":
                manager.restore_session(session)
            elif step == "rename":
                manager.rename_session(session, "A title")
            else:
                _tag(home, session)


def _tag(home: Path, session: str) -> None:
    with SessionStore(home) as store:
        store.update(session, tags=["fruit"])


def _do_with_git(home: Path, step: str, path: str) -> None:
    there = (home / "sessions" / path).is_dir()
    merged = len(git(home, "log", "-1", "--format=%P").split()) > 1
    if step == "remove" and there:
        git(home, "rm", "-rq", path)
        git(home, "commit", "-qm", "removed")
    elif step == "cut" and there:
        lines = (home / "sessions" / path / "history.jsonl").read_bytes().splitlines(keepends=True)
        if len(lines) > 1:
            commit_file(home, f"{path}/history.jsonl", b"".join(lines[1:]))
    elif step == "revert" and not merged:
        git(home, "revert", "--no-edit", "HEAD")
    elif step == "reset":
        git(home, "reset", "-q", "--hard", "HEAD~1")
    elif step == "merge":
        git(home, "checkout", "-qb", "side")
        number = git(home, "rev-list", "--count", "HEAD").encode()
        commit_file(home, f"{path}/aside", number)
        git(home, "checkout", "-q", "main")
        commit_file(home, "note", number)
        git(home, "merge", "-q", "--no-edit", "side")
        git(home, "branch", "-qD", "side")


def _told(home: Path) -> dict[str, Any]:
    """What the program answers."""
    with SessionManager(home) as manager:
        found = {
            word: {hit.exchange_id for hit in manager.look_up(Wanted(parse_query(word), limit=99)).hits}
            for word in WORDS
        }
        gone = [(each.metadata.id, each.commit, each.tree) for each in manager.deleted_sessions()]
        logs = {}
        for session in SESSIONS:
            with contextlib.suppress(DexterError):
                logs[session] = [event.commit for event in manager.log(session)]
                assert [event.commit for event in manager.log(session, limit=2)] == logs[session][:2]
        return {"list": manager.list_sessions(), "search": found, "deleted": gone, "log": logs}


def _scanned(home: Path) -> dict[str, Any]:
    """The same from the tree as it is read anew, and from the history as git tells it."""
    with Archive(home) as archive:
        snapshot = archive.snapshot()
        assert snapshot is not None
        exchanges = [each for name in session_ids(snapshot) for each in read_exchanges(snapshot, name)[0]]
        found = {
            word: {each.id for each in exchanges if word in f"{each.query} {each.answer}"} for word in WORDS
        }
        listed = list(read_all(snapshot).sessions)
    logs = {name: git(home, "log", "--format=%H", "main", "--", f"cli/{name}").split() for name in SESSIONS}
    there = git(home, "ls-tree", "--name-only", "main", "cli/").split()
    gone = [_last_deletion(home, name) for name in SESSIONS if f"cli/{name}" not in there]
    order = git(home, "rev-list", "main").split()
    return {
        "list": listed,
        "search": found,
        "deleted": sorted((each for each in gone if each), key=lambda each: order.index(each[1])),
        "log": {name: commits for name, commits in logs.items() if commits},
    }


def _last_deletion(home: Path, name: str) -> tuple[str, str, str] | None:
    """The session, the commit that deleted it and the tree that it had, as git tells them."""
    path = f"cli/{name}"
    for row in git(home, "log", "--format=%H %P", "main", "--", path).splitlines():
        commit, *parents = row.split()
        if not git(home, "ls-tree", commit, path):
            before = [git(home, "ls-tree", parent, path).split() for parent in parents]
            tree = next((found[2] for found in before if found), None)
            if tree is not None:
                return (name, commit, tree) if git(home, "ls-tree", tree, "session.json") else None
    return None

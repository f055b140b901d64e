"""What one machine purges is purged on every machine that syncs, and in remotes on request."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from dexter.cli.app import main
from dexter.sessions import SessionManager
from dexter.sessions.archive import Archive
from dexter.sessions.machines.afar import write_anew
from dexter.sessions.purging.purge import Purging, purge
from gitstore.transport import Access
from tests.support.remotes import serve
from tests.support.sessions import everything_below, git, is_sound, make_session, save

SECRET = "the Müller-47 merger"
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def run_(home: Path, *arguments: str) -> tuple[int, str, str]:
        code = main(["--home", str(home), *arguments])
        out, err = capsys.readouterr()
        return code, out, err

    return run_


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    path = tmp_path / "far.git"
    subprocess.run(["git", "init", "-q", "--bare", str(path)], check=True)
    return path


@pytest.fixture
def homes(tmp_path: Path, bare: Path, run: Run) -> list[Path]:
    """Three machines that know the same empty remote."""
    found = [tmp_path / name / ".dexter" for name in ("one", "two", "three")]
    for home in found:
        assert run(home, "sessions", "remote", "add", "origin", str(bare))[0] == 0
    return found


def sync(run: Run, *machines: Path, code: int = 0) -> None:
    for home in machines:
        found = run(home, "sessions", "sync")
        assert found[0] == code, found


def go_on(home: Path, session_id: str, *queries: str) -> None:
    with SessionManager(home) as manager:
        manager.resume(session_id)
        for query in queries:
            save(manager, query)


def purged(run: Run, home: Path, *arguments: str, code: int = 0) -> str:
    found = run(home, "sessions", "purge", *arguments, "--yes")
    assert found[0] == code, found
    return found[1]


def queries(home: Path, session_id: str) -> list[str]:
    with SessionManager(home) as manager:
        return [each.query for each in manager.show(session_id).exchanges]


def ids(home: Path) -> set[str]:
    with SessionManager(home) as manager:
        return {each.id for each in manager.list_sessions()}


def exchange(home: Path, session_id: str, query: str) -> str:
    with SessionManager(home) as manager:
        return next(each.id for each in manager.show(session_id).exchanges if each.query == query)


def nowhere(text: str, *homes: Path, bare: Path | None = None) -> None:
    raw = [text.encode(), json.dumps(text)[1:-1].encode()]
    for home in homes:
        found = [place for place, content in everything_below(home) if any(each in content for each in raw)]
        assert found == [], home
    if bare is not None:
        assert not any(each in objects(bare) for each in raw)


def objects(bare: Path) -> bytes:
    command = ["git", "-C", str(bare), "cat-file", "--batch-all-objects", "--batch"]
    return subprocess.run(command, check=True, capture_output=True).stdout


def settled(run: Run, bare: Path, *homes: Path) -> None:
    """All machines have the same, are sound, and have nothing more to tell each other."""
    sync(run, *homes, *homes)
    assert len({git(home, "rev-parse", "main") for home in homes}) == 1
    tip = subprocess.run(
        ["git", "-C", str(bare), "rev-parse", "main"], check=True, capture_output=True, text=True
    )
    assert tip.stdout == git(homes[0], "rev-parse", "main")
    for home in homes:
        assert is_sound(home)
        assert run(home, "sessions", "verify")[0] == 0
        assert "Nothing to do" in run(home, "sessions", "sync")[1]


def test_every_machine_purges_it_and_what_it_did_meanwhile_survives(
    homes: list[Path], run: Run, bare: Path
) -> None:
    one, two, three = homes
    session, other = make_session(one, SECRET, "second"), make_session(one, "stays")
    sync(run, *homes)
    go_on(two, session, "asked there, unsynced")
    go_on(three, other, "asked elsewhere")
    out = purged(run, one, session, "--remote", "origin")
    assert "origin: its history is the new one, too." in out
    nowhere(SECRET, one, bare=bare)
    sync(run, two, three, one, two)
    assert queries(two, session) == ["asked there, unsynced"]
    settled(run, bare, *homes)
    nowhere(SECRET, *homes, bare=bare)
    assert queries(one, session) == ["asked there, unsynced"]
    assert queries(one, other) == ["stays", "asked elsewhere"]


def test_without_the_remote_nothing_is_sent_until_it_is_purged_there_as_well(
    homes: list[Path], run: Run, bare: Path
) -> None:
    one, two, _ = homes
    session, _ = make_session(one, SECRET), make_session(one, "stays")
    sync(run, one, two)
    out = purged(run, one, session)
    assert "origin still has it: dexter sessions purge --finish --remote origin" in out
    code, out, _ = run(one, "sessions", "sync")
    assert code == 1
    assert "Nothing was sent: origin still has what was purged here." in out
    nowhere(SECRET, one)
    assert SECRET.encode() in objects(bare)
    go_on(two, session, "later")
    sync(run, two)
    sync(run, one, code=1)
    assert queries(one, session) == ["later"]
    assert run(one, "sessions", "purge", "--finish", "--remote", "origin")[0] == 0
    nowhere(SECRET, one, bare=bare)
    settled(run, bare, one, two)
    nowhere(SECRET, one, two, bare=bare)
    assert queries(two, session) == ["later"]


def test_a_text_that_only_one_machine_knows_is_found_on_the_others_by_its_fingerprint(
    homes: list[Path], run: Run, bare: Path
) -> None:
    one, two, three = homes
    session = make_session(one, f"What of {SECRET}?", "second")
    sync(run, *homes)
    go_on(two, session, f"Once more: {SECRET}!")
    purged(run, one, "--pattern", "the M.ller-47 merger", "--remote", "origin")
    settled(run, bare, *homes)
    nowhere(SECRET, *homes, bare=bare)
    assert [each[:15] for each in queries(three, session)] == ["What of [purged", "second", "Once more: [pur"]
    again = make_session(two, f"Again {SECRET}, typed anew")
    settled(run, bare, two, one, three)
    nowhere(SECRET, *homes, bare=bare)
    assert queries(three, again)[0].startswith("Again [purged]")


def test_two_machines_purge_different_things_at_once(homes: list[Path], run: Run, bare: Path) -> None:
    one, two, three = homes
    first, second = make_session(one, SECRET, "keep"), make_session(one, "Hummingbird", "stays")
    sync(run, *homes)
    purged(run, one, f"{first}@{exchange(one, first, SECRET)}")
    purged(run, two, "--pattern", "Hummingbird")
    assert run(one, "sessions", "purge", "--finish", "--remote", "origin")[0] == 0
    assert run(two, "sessions", "purge", "--finish", "--remote", "origin")[0] == 0
    sync(run, one, three)
    settled(run, bare, *homes)
    for text in (SECRET, "Hummingbird"):
        nowhere(text, *homes, bare=bare)
    assert queries(three, first) == ["keep"]
    assert queries(three, second)[1] == "stays"


def test_a_machine_with_two_heads_keeps_those_that_were_not_purged(
    homes: list[Path], run: Run, bare: Path
) -> None:
    one, two, three = homes
    session = make_session(one, "root", SECRET)
    sync(run, *homes)
    go_on(one, session, "here")
    go_on(two, session, "there")
    sync(run, two, one, three)
    gone = exchange(one, session, SECRET)
    purged(run, three, f"{session}@{gone}", "--remote", "origin")
    settled(run, bare, *homes)
    nowhere(SECRET, *homes, bare=bare)
    assert sorted(queries(one, session)) == ["here", "root", "there"]
    with SessionManager(one) as manager:
        shown = manager.show(session)
    root = shown.exchanges[0].id
    assert [each.parent_id for each in shown.exchanges] == [None, root, root]
    assert len(shown.metadata.heads) == 2


def test_who_pushes_the_old_history_by_force_brings_nothing_back(
    homes: list[Path], run: Run, bare: Path
) -> None:
    one, two, three = homes
    session = make_session(one, SECRET)
    make_session(one, "stays")
    sync(run, *homes)
    go_on(three, session, "asked offline")
    purged(run, one, session, "--remote", "origin")
    sync(run, one)
    git(three, "push", "-q", "--force", "origin", "main:main")
    sync(run, one, code=1)
    assert queries(one, session) == ["asked offline"]
    nowhere(SECRET, one)
    assert run(one, "sessions", "purge", "--finish", "--remote", "origin")[0] == 0
    settled(run, bare, *homes)
    nowhere(SECRET, *homes, bare=bare)
    assert queries(two, session) == ["asked offline"]


@pytest.mark.parametrize("what", ["session", "text"])
def test_who_joins_old_and_new_by_plain_git_brings_nothing_back(
    homes: list[Path], run: Run, bare: Path, what: str
) -> None:
    one, two, three = homes
    session = make_session(one, SECRET, "second")
    make_session(one, "stays")
    sync(run, *homes)
    go_on(two, session, "asked offline")
    purged(run, one, *([session] if what == "session" else ["--pattern", SECRET]), "--remote", "origin")
    git(two, "fetch", "-q", "origin")
    git(two, "merge", "-q", "-X", "ours", "--allow-unrelated-histories", "-m", "by hand", "origin/main")
    if what == "session":
        assert SECRET in git(two, "show", f"HEAD:cli/{session}/history.jsonl")
    git(two, "push", "-q", "origin", "HEAD:main")  # no force is needed
    sync(run, one, code=1)
    nowhere(SECRET, one)
    assert run(one, "sessions", "purge", "--finish", "--remote", "origin")[0] == 0
    nowhere(SECRET, one, bare=bare)
    sync(run, three)
    nowhere(SECRET, three)
    sync(run, two)
    run(two, "sessions", "repair")  # by plain git both versions of a line stay, and now they are the same
    settled(run, bare, *homes)
    nowhere(SECRET, *homes, bare=bare)
    assert "asked offline" in queries(three, session)
    assert len(queries(three, session)) == (1 if what == "session" else 3)


def test_a_remote_that_somebody_moves_meanwhile_is_met_again(homes: list[Path], run: Run, bare: Path) -> None:
    one, two, _ = homes
    session, other = make_session(one, SECRET), make_session(one, "stays")
    sync(run, one, two)
    with Archive(one, identity=lambda: ("Ada", "ada@example.invalid")) as archive:
        from dexter.sessions.machines.sync import sync as meet

        access = Access(Path("/usr/bin/git"))
        expected = meet(archive, "origin", access).there
        assert purge(archive, Purging(sessions=(session,))).left == ()
        go_on(two, other, "just now")
        sync(run, two)
        assert write_anew(archive, "origin", access, expected) == ""
    nowhere(SECRET, one, bare=bare)
    settled(run, bare, one, two)
    nowhere(SECRET, one, two, bare=bare)
    assert queries(one, other) == ["stays", "just now"]


def test_a_remote_that_lets_nobody_rewrite_says_so_and_stays(homes: list[Path], run: Run, bare: Path) -> None:
    one, two, _ = homes
    session, other = make_session(one, SECRET), make_session(one, "stays")
    sync(run, one, two)
    subprocess.run(["git", "-C", str(bare), "config", "receive.denyNonFastForwards", "true"], check=True)
    tip = subprocess.run(
        ["git", "-C", str(bare), "rev-parse", "main"], check=True, capture_output=True
    ).stdout
    found = run(one, "sessions", "purge", session, "--remote", "origin", "--yes")
    assert found[0] == 1
    assert "Not purged there: origin" in found[2]
    assert (
        subprocess.run(["git", "-C", str(bare), "rev-parse", "main"], check=True, capture_output=True).stdout
        == tip
    )
    nowhere(SECRET, one)
    subprocess.run(["git", "-C", str(bare), "config", "receive.denyNonFastForwards", "false"], check=True)
    assert run(one, "sessions", "purge", "--finish", "--remote", "origin")[0] == 0
    settled(run, bare, one, two)
    nowhere(SECRET, one, two, bare=bare)
    assert ids(two) == {other}


def test_a_purge_that_was_cut_off_is_finished_before_anything_is_sent(
    homes: list[Path], run: Run, bare: Path
) -> None:
    one, two, _ = homes
    session, _ = make_session(one, SECRET), make_session(one, "stays")
    sync(run, one, two)
    git(one, "branch", "side")
    lock = one / "sessions/.git/refs/heads/side.lock"
    lock.touch()
    purged(run, one, session, code=1)
    assert run(one, "sessions", "sync")[0] == 1
    lock.unlink()
    sync(run, one, code=1)  # the remote still has it
    nowhere(SECRET, one)
    assert run(one, "sessions", "purge", "--finish", "--remote", "origin")[0] == 0
    settled(run, bare, one, two)
    nowhere(SECRET, one, two, bare=bare)


@pytest.mark.parametrize("program", [True, False], ids=["with git", "without git"])
def test_over_http_as_well(tmp_path: Path, run: Run, program: bool) -> None:
    from dexter.sessions.machines.remotes import add_remote
    from dexter.sessions.machines.sync import sync as meet

    bare = tmp_path / "served/far.git"
    bare.parent.mkdir()
    subprocess.run(["git", "init", "-q", "--bare", str(bare)], check=True)
    subprocess.run(["git", "-C", str(bare), "config", "http.receivepack", "true"], check=True)
    homes = [tmp_path / name / ".dexter" for name in ("one", "two")]
    access = Access(Path("/usr/bin/git") if program else None)
    session, other = make_session(homes[0], SECRET), make_session(homes[0], "stays")
    with serve("http", bare.parent) as served:

        def open_(home: Path) -> Archive:
            return Archive(home, identity=lambda: ("Ada", "ada@example.invalid"))

        for home in homes:
            with open_(home) as archive:
                add_remote(archive, "origin", served.url())
                meet(archive, "origin", access)
        go_on(homes[1], session, "offline")
        with open_(homes[0]) as archive:
            expected = meet(archive, "origin", access).there
            assert purge(archive, Purging(sessions=(session,))).left == ()
            write_anew(archive, "origin", access, expected)
        with open_(homes[1]) as archive:
            assert meet(archive, "origin", access).purges == 1
        with open_(homes[0]) as archive:
            meet(archive, "origin", access)
    nowhere(SECRET, *homes)
    assert git(homes[0], "rev-parse", "main") == git(homes[1], "rev-parse", "main")
    assert queries(homes[0], session) == ["offline"]
    assert ids(homes[0]) == {session, other}

"""A good remote that is spoiled at random, by seed: whatever comes of it, it is told, and nothing is lost."""

import json
import os
import random
import subprocess
from pathlib import Path

import pytest

from dexter.cli.app import main
from dexter.cli.equipping import reaching
from dexter.sessions import SessionManager
from gitstore.transport import Access
from tests.support.remotes.hostile import (
    DIRECTORY,
    FILE,
    LINK,
    REPOSITORY,
    Row,
    commit,
    line,
    pack,
    put,
    rows,
    session,
    tree,
    with_sessions,
)
from tests.support.remotes.liar import lying
from tests.support.sessions import git, is_sound, make_session
from tests.support.stores import leftovers

ROUNDS = int(os.environ.get("HOSTILE", "40"))
NAMES = [
    b"a",
    b".git",
    b"..",
    b"x/y",
    b"steps",
    b"\xff",
    b"\x1b[2J",
    b".gitmodules",
    b"con",
    b"",
    b"history.jsonl",
]
MODES = [FILE, DIRECTORY, LINK, REPOSITORY, "100755", "040000", "777777", "100664", "0"]
TEXTS = ["\x1b[31m", "\u202e", "x" * 3000, "", "../../x", "\0", "[" * 200, "9" * 5000, "\ud800"]


def spoiled(content: bytes, dice: random.Random) -> bytes:
    """Bytes with something else in them."""
    at = dice.randrange(len(content) + 1)
    kind = dice.randrange(5)
    if kind == 0:
        return content[:at]
    if kind == 1:
        return content[:at] + dice.randbytes(dice.randrange(1, 9)) + content[at + 1 :]
    if kind == 2:
        return content[:at] + content[dice.randrange(len(content) + 1) :]
    if kind == 3:
        return content + dice.choice([b"[" * 3000, b'{"a":' * 2000, b"\n" * 50, b"NaN", b"9" * 6000])
    try:
        fields = json.loads(content.splitlines()[0])
        fields[dice.choice(sorted(fields))] = dice.choice(
            [None, -1, 10**30, 1.5, [], {}, True, dice.choice(TEXTS), 253_402_300_799_999]
        )
        return json.dumps(fields).encode() + b"\n"
    except (ValueError, IndexError, TypeError):
        return content[::-1]


def a_row(far: Path, dice: random.Random) -> Row:
    content = put(far, "blob", dice.randbytes(20))
    folder = tree(far, [(FILE, b"f", content)])
    identifier = dice.choice([content, folder, folder, "1" * 40])
    return dice.choice(MODES), dice.choice(NAMES), identifier


def spoil(far: Path, dice: random.Random) -> None:
    """One more commit, with something of any kind in it."""
    history = line("018bcfe5-6800-7000-8000-000000000003", "a query")
    metadata = json.dumps(
        {"id": "badbad00", "createdAt": 1, "updatedAt": 2, "title": dice.choice(TEXTS)}
    ).encode()
    for _ in range(dice.randrange(4)):
        history = spoiled(history, dice)
        metadata = spoiled(metadata, dice)
    more = [a_row(far, dice) for _ in range(dice.randrange(3))]
    made = session(far, "badbad00", more, metadata=metadata, history=history)
    bad = dice.choice([DIRECTORY, DIRECTORY, DIRECTORY, *MODES]), b"badbad00", made
    good = DIRECTORY, b"goodgood", session(far, "goodgood")
    top = [a_row(far, dice)] if dice.random() < 0.2 else []
    new = with_sessions(far, {b"badbad00": bad, b"goodgood": good}, top)
    if dice.random() < 0.3:
        who = spoiled(b"Eve <eve@example.invalid> 1700000000 +0000", dice).replace(b"\n", b" ")
        content = subprocess.run(
            ["git", "-C", str(far), "cat-file", "commit", new], capture_output=True, check=True
        ).stdout
        root, parent = (row.split(b" ")[1].decode() for row in content.splitlines()[:2])
        commit(far, root, parent, who=who, message=spoiled(b"subject\n\nAction: merged", dice))


def look(home: Path, capsys: pytest.CaptureFixture[str], *, good: bool) -> None:
    """Nothing of ours was lost, nothing lies where it should not, and all of it can be shown."""
    git(home, "fsck", "--full", "--strict")
    left = [
        row for row in git(home, "status", "--porcelain").splitlines() if row[:3] != " D " or "cli" in row
    ]
    assert left == []  # links beside the sessions are kept in the tree and never made
    assert leftovers(home / "sessions") == []
    assert not [path for path in home.rglob("*") if path.is_symlink()]
    for command in (["list"], ["log"], ["verify"], ["show", "badbad00"], ["stats"]):
        assert main(["--home", str(home), "sessions", *command]) in {0, 1}
        said = "".join(capsys.readouterr())
        assert "Traceback" not in said
        assert "\x1b" not in said
    with SessionManager(home) as manager:
        ids = {each.id for each in manager.list_sessions()}
        assert {"shared00", "onlyhere"} <= ids
        assert not good or "goodgood" in ids
        assert [each.query for each in manager.show("onlyhere").exchanges] == ["only here"]


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_whatever_a_remote_became_nothing_is_lost_and_what_is_good_comes(
    seed: int, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    dice = random.Random(seed)
    if seed % 2:
        monkeypatch.setattr(reaching, "access", lambda _: Access(None, dict(os.environ)))
    far, home = tmp_path / "far.git", tmp_path / "one/.dexter"
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(far)], check=True)
    assert main(["--home", str(home), "sessions", "remote", "add", "origin", str(far)]) == 0
    make_session(home, "shared", session_id="shared00")
    assert main(["--home", str(home), "sessions", "sync"]) == 0
    make_session(home, "only here", session_id="onlyhere")
    spoil(far, dice)
    capsys.readouterr()
    code = main(["--home", str(home), "sessions", "sync", "--json"])
    out, err = capsys.readouterr()
    found = json.loads(out)
    assert (code, "Traceback" in out + err) in {(0, False), (1, False)}
    look(home, capsys, good="error" not in found)
    before = git(home, "rev-parse", "main")
    main(["--home", str(home), "sessions", "sync"])
    assert git(home, "rev-parse", "main") == before
    assert {each.name for each in tmp_path.iterdir()} <= {"far.git", "one", "cwd"}


@pytest.mark.parametrize("way", ["git", "direct"])
def test_whatever_became_of_a_pack_on_the_way_it_is_told_or_taken_whole(
    way: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    if way == "direct":
        monkeypatch.setattr(reaching, "access", lambda _: Access(None, dict(os.environ)))
    far, home = tmp_path / "far.git", tmp_path / "one/.dexter"
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(far)], check=True)
    other = tmp_path / "other/.dexter"
    make_session(other, "good", session_id="goodgood")
    git(other, "push", "-q", str(far), "main")
    make_session(home, "shared", session_id="shared00")
    make_session(home, "only here", session_id="onlyhere")
    codes = {"commit": 1, "tree": 2, "blob": 3}
    listed = git(other, "cat-file", "--batch-all-objects", "--batch-check").split()
    entries = []
    for name, kind in zip(listed[::3], listed[1::3], strict=True):
        content = subprocess.run(
            ["git", "-C", str(other / "sessions"), "cat-file", kind, name], capture_output=True, check=True
        ).stdout
        entries.append((codes[kind], b"", content))
    tip = git(other, "rev-parse", "main").strip()
    for seed in range(ROUNDS // 2):
        dice = random.Random(seed)
        content = pack(entries)
        if seed:
            content = spoiled(content, dice)
        with lying(tip, content) as url:
            git(home, "config", "remote.origin.url", url)
            code = main(["--home", str(home), "sessions", "sync", "--json", "--dry-run"])
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        assert (code == 0) == (seed == 0 or "error" not in json.loads(out))
        assert is_sound(home)
        assert leftovers(home / "sessions") == []
        git(home, "update-ref", "-d", "refs/remotes/origin/main")
    assert rows(far, "main")

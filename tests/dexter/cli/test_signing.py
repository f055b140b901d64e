"""Sessions that are signed, as a user sees it: asked for, before a sync, and when damage is looked for."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import gitstore.checking
from dexter.cli.app import main
from dexter.settings import Settings, load_settings, save_settings
from gitstore.objects.objects import ObjectReader
from gitstore.objects.signatures import insert, split
from tests.support.guards import IDENTITY
from tests.support.sessions import git, is_sound, make_session
from tests.support.signing import allowed, fingerprint, gpg_home, gpg_key, needs_gpg, needs_ssh, ssh_key

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr(gitstore.checking, "_PAUSE", 0)

    def run_(home: Path, *arguments: str) -> tuple[int, str, str]:
        code = main(["--home", str(home), *arguments])
        out, err = capsys.readouterr()
        return code, out, err

    return run_


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / ".dexter"
    make_session(home, "one", "two", session_id="aaaa0000")
    return home


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """What makes the user's own settings of git."""
    path = tmp_path / "gitconfig"
    path.write_text(
        f"[user]\n\tname = {IDENTITY[0]}\n\temail = {IDENTITY[1]}\n[init]\n\tdefaultBranch = main\n"
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(path))

    def set_(**values: str) -> None:
        for name, value in values.items():
            subprocess.run(["git", "config", "--global", name.replace("_", "."), value], check=True)

    return set_


@pytest.fixture
def key(tmp_path: Path, settings: Callable[..., None]) -> Path:
    """A key for ssh that git is configured to sign with."""
    key = ssh_key(tmp_path)
    names = allowed(tmp_path, (IDENTITY[1], key))
    settings(gpg_format="ssh", user_signingKey=f"{key}.pub", gpg_ssh_allowedSignersFile=str(names))
    return key


def verified(run: Run, home: Path, code: int = 0) -> Any:
    found, out, _ = run(home, "sessions", "verify", "--json")
    assert found == code
    return json.loads(out)


@needs_ssh
def test_sessions_are_signed_when_asked_and_it_is_told_who_did_and_since_when(
    home: Path, key: Path, run: Run
) -> None:
    tip = git(home, "rev-parse", "HEAD")
    code, out, err = run(home, "sessions", "sign")
    commit = git(home, "rev-parse", "HEAD").strip()
    assert (code, out, err) == (0, f"Signed: 4 commits (by commit {commit[:10]}).\n", "")
    assert git(home, "rev-parse", "HEAD~1") == tip
    git(home, "verify-commit", "HEAD")
    assert run(home, "sessions", "sign") == (0, "There is nothing to sign.\n", "")
    make_session(home, "three", session_id="bbbb0000")
    code, out, err = run(home, "sessions", "verify")
    assert (code, err) == (0, "")
    assert f"Signed by {IDENTITY[1]} (ssh {fingerprint(key)}): good; 1 signature on " in out
    assert "covering 5 of 7 commits.\n2 commits not covered by any signature.\n" in out
    (signer,) = verified(run, home)["signatures"]["signers"]
    assert signer["key"] == fingerprint(key)
    assert (signer["commitsCovered"], signer["commitsAfter"]) == (5, 2)
    assert signer["first"] == signer["last"]
    assert is_sound(home)


def test_a_history_that_nobody_signed_says_nothing_of_signatures(home: Path, run: Run) -> None:
    assert "igned" not in run(home, "sessions", "verify")[1]
    told = verified(run, home)["signatures"]
    assert (told["signers"], told["commits"], told["unsigned"]) == ([], 4, 4)


@needs_gpg
def test_gpg_signs_where_git_says_nothing_else(
    home: Path, settings: Callable[..., None], run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    with gpg_home() as folder:
        name = gpg_key(folder)
        monkeypatch.setenv("GNUPGHOME", str(folder))
        assert run(home, "sessions", "sign")[0] == 0
        git(home, "verify-commit", "HEAD")
        (signer,) = verified(run, home)["signatures"]["signers"]
        assert (signer["format"], signer["key"], signer["verdict"]) == ("openpgp", name, "good")


@needs_ssh
def test_ssh_signs_without_a_git_program(
    home: Path, tmp_path: Path, key: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    import shutil

    (programs / "ssh-keygen").symlink_to(str(shutil.which("ssh-keygen")))
    (tmp_path / ".gitconfig").write_text((tmp_path / "gitconfig").read_text())
    with monkeypatch.context() as without:
        without.setenv("PATH", str(programs))
        without.setenv("HOME", str(tmp_path))
        assert run(home, "sessions", "sign")[0] == 0
        (signer,) = verified(run, home)["signatures"]["signers"]
        assert (signer["identity"], signer["verdict"]) == (IDENTITY[1], "good")
    git(home, "verify-commit", "HEAD")


def test_what_cannot_be_signed_is_told_and_all_stays(
    home: Path, settings: Callable[..., None], run: Run
) -> None:
    settings(gpg_format="ssh")
    tip = git(home, "rev-parse", "HEAD")
    code, out, err = run(home, "sessions", "sign")
    assert (code, out) == (1, "")
    told = "Error: Not signed: no key is named; what is stored stays. Name a key in git's user.signingKey.\n"
    assert err == told
    assert git(home, "rev-parse", "HEAD") == tip


def test_programs_that_only_the_repository_names_are_not_run(home: Path, tmp_path: Path, run: Run) -> None:
    """A folder that comes from somebody else may name anything in its own settings."""
    trap = tmp_path / "trap"
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {trap}\n")
    program.chmod(0o755)
    for name in ("gpg.program", "gpg.openpgp.program", "gpg.ssh.program", "gpg.ssh.defaultKeyCommand"):
        git(home, "config", name, str(program))
    for form in ("openpgp", "ssh"):
        git(home, "config", "gpg.format", form)
        assert run(home, "sessions", "sign")[0] == 1
    text = b"-----BEGIN PGP SIGNATURE-----\n\nabc\n-----END PGP SIGNATURE-----\n"
    forge(home, lambda content: insert(content, text))
    verified(run, home, 1)
    assert not trap.exists()


def forge(home: Path, change: Callable[[bytes], bytes]) -> str:
    """Put a changed commit in place of the latest one; its id."""
    tip = git(home, "rev-parse", "HEAD").strip()
    forged = change(ObjectReader(home / "sessions/.git").commit(tip))
    write = ["git", "-C", str(home / "sessions"), "hash-object", "-t", "commit", "-w", "--stdin"]
    name = subprocess.run(write, input=forged, capture_output=True, check=True).stdout.decode().strip()
    git(home, "update-ref", "refs/heads/main", name)
    return name


@needs_ssh
def test_a_history_that_was_tampered_with_is_shown_as_such(home: Path, key: Path, run: Run) -> None:
    run(home, "sessions", "sign")
    tip = git(home, "rev-parse", "HEAD").strip()

    def altered(content: bytes) -> bytes:
        plain, signature = split(content)
        assert signature is not None
        return insert(plain.replace(b"signed: 4", b"signed: 5"), signature)

    name = forge(home, altered)
    code, out, _ = run(home, "sessions", "verify")
    assert code == 1
    assert f"commit {name}: the signature of {IDENTITY[1]} does not fit: the commit was altered" in out
    assert f"history was rewritten below a signature: what {IDENTITY[1]} had signed" in out
    found = {(each["kind"], each["commit"]) for each in verified(run, home, 1)["problems"]}
    assert found == {("signature", name), ("signature", tip)}
    git(home, "reset", "-q", "--hard", f"{tip}~2")
    code, _, err = run(home, "sessions", "sign")
    assert code == 1
    assert f"the branch had {tip[:10]}, with a signature" in err
    assert err.endswith("if that was you, sign again: dexter sessions sign --again.\n")
    assert run(home, "sessions", "sign", "--again")[0] == 0
    assert verified(run, home)["problems"] == []


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    path = tmp_path / "bare.git"
    subprocess.run(["git", "init", "-q", "--bare", str(path)], check=True)
    return path


def signatures(home: Path) -> int:
    return git(home, "log", "--format=%(trailers:key=Action,valueonly)").split().count("signed")


@needs_ssh
def test_what_is_sent_is_signed_where_git_is_set_to_sign_commits(
    *, home: Path, tmp_path: Path, bare: Path, key: Path, settings: Callable[..., None], run: Run
) -> None:
    settings(commit_gpgSign="true")
    other = tmp_path / "other/.dexter"
    make_session(other, "elsewhere", session_id="cccc0000")
    for each in (home, other):
        assert run(each, "sessions", "remote", "add", "origin", str(bare))[0] == 0
    for each in (home, other, home, other):
        assert run(each, "sessions", "sync")[::2] == (0, "")
    assert git(home, "rev-parse", "main") == git(other, "rev-parse", "main")
    assert (
        run(home, "sessions", "sync")[1] == "Nothing to do: origin and this machine have the same sessions.\n"
    )
    assert signatures(home) == 2
    for each in (home, other):
        told = verified(run, each)
        assert told["problems"] == []
        assert [signer["signatures"] for signer in told["signatures"]["signers"]] == [2]
        assert told["signatures"]["unsigned"] == 1  # the commit that joins both
        assert is_sound(each)


@needs_ssh
@pytest.mark.parametrize(
    ("by_git", "chosen", "signed"), [("true", False, 0), ("false", True, 1), ("false", None, 0)]
)
def test_the_settings_count_more_than_git(
    *,
    home: Path,
    bare: Path,
    key: Path,
    settings: Callable[..., None],
    run: Run,
    by_git: str,
    chosen: bool | None,
    signed: int,
) -> None:
    settings(commit_gpgSign=by_git)
    save_settings(home / "settings.json", Settings(sign=chosen))
    assert load_settings(home / "settings.json").sign is chosen
    run(home, "sessions", "remote", "add", "origin", str(bare))
    assert run(home, "sessions", "sync", "--dry-run")[0] == 0
    assert signatures(home) == 0
    assert run(home, "sessions", "sync")[0] == 0
    assert signatures(home) == signed


@needs_ssh
def test_a_sync_goes_on_where_nothing_can_be_signed(
    home: Path, bare: Path, key: Path, settings: Callable[..., None], run: Run
) -> None:
    settings(commit_gpgSign="true", user_signingKey=str(key.with_name("gone")))
    run(home, "sessions", "remote", "add", "origin", str(bare))
    code, out, err = run(home, "sessions", "sync")
    assert (code, err.count("\n")) == (0, 1)
    assert err.startswith("Not signed: ")
    assert "1 session there" in out
    assert run(home, "sessions", "sync")[2] == err

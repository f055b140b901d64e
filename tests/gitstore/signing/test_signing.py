"""Signing and verifying with real keys: what git says of it, and what is told of each kind of signature."""

import os
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from gitstore import HistoryRewritten, SigningFailed, Store
from gitstore.kinds import COMMIT
from gitstore.objects.objects import ObjectReader
from gitstore.objects.signatures import insert, split
from gitstore.signing import Form, Signing, Verdict, Verified, sign, verify
from tests.support.signing import (
    GPG_ID,
    allowed,
    by_gpg,
    by_ssh,
    configure,
    fingerprint,
    gpg,
    gpg_home,
    gpg_key,
    needs_gpg,
    needs_ssh,
    ssh_key,
)
from tests.support.stores import WHO, exchange, git, ids, judge, open_store, save

MAIL = "test.person@example.invalid"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "sessions"
    with open_store(path) as store:
        for number in (1, 2):
            save(store, "aaaaaaaa", number)
    return path


@pytest.fixture
def gnupg() -> Iterator[Path]:
    with gpg_home() as home:
        yield home


def signer(signing: Signing) -> Callable[..., bytes]:
    return lambda content, who: sign(content, who, signing, ask=False)


def head(path: Path) -> str:
    return git(path, "rev-parse", "HEAD").strip()


def judged(path: Path, commit: str, signing: Signing, time: float | None = None) -> Verified:
    content, signature = split(ObjectReader(path / ".git").commit(commit))
    assert signature is not None
    made = float(git(path, "show", "-s", "--format=%ct", commit))
    return verify(signature, content, made if time is None else time, signing)


@needs_ssh
def test_a_store_that_is_signed_with_ssh_is_signed_for_git(path: Path, tmp_path: Path) -> None:
    key = ssh_key(tmp_path)
    names = allowed(tmp_path, (MAIL, key))
    signing = by_ssh(path, key, names)
    before = git(path, "rev-parse", "HEAD^{tree}")
    with open_store(path) as store:
        done = store.sign(signer(signing))
    assert done is not None
    assert (done.commit, done.commits) == (head(path), 3)
    assert git(path, "rev-parse", "HEAD^{tree}") == before
    configure(path, gpg_format="ssh", gpg_ssh_allowedSignersFile=str(names))
    assert f'Good "git" signature for {MAIL}' in git(path, "log", "-1", "--show-signature")
    git(path, "verify-commit", "HEAD")
    assert (
        git(path, "log", "-1", "--format=%s|%(trailers:key=Action,valueonly)%an")
        == "signed: 3 commits|signed\nTest Person\n"
    )
    assert judged(path, done.commit, signing) == Verified(
        Verdict.GOOD, Form.SSH, fingerprint(key), MAIL, fits=True
    )
    judge(path, [("aaaaaaaa", 1), ("aaaaaaaa", 2)])


@needs_gpg
def test_a_store_that_is_signed_with_gpg_is_signed_for_git(
    path: Path, gnupg: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = gpg_key(gnupg)
    signing = by_gpg(path, gnupg)
    with open_store(path) as store:
        done = store.sign(signer(signing))
    assert done is not None
    monkeypatch.setenv("GNUPGHOME", str(gnupg))
    git(path, "verify-commit", "HEAD")
    assert git(path, "log", "-1", "--format=%G? %GF").split() == ["G", key]
    assert judged(path, done.commit, signing) == Verified(Verdict.GOOD, Form.OPENPGP, key, GPG_ID, fits=True)
    judge(path)


@needs_ssh
def test_a_public_key_that_an_agent_has_signs(path: Path, tmp_path: Path) -> None:
    key = ssh_key(tmp_path)
    text = key.with_suffix(".pub").read_text().strip()
    socket = f"/tmp/agent-{os.getpid()}"
    agent = subprocess.Popen(["ssh-agent", "-D", "-a", socket], stdout=subprocess.PIPE)
    try:
        assert agent.stdout is not None
        agent.stdout.readline()
        environment = {**os.environ, "SSH_AUTH_SOCK": socket}
        subprocess.run(["ssh-add", str(key)], env=environment, check=True, capture_output=True)
        key.unlink()
        for given in (f"key::{text}", text):
            signing = msgspec.structs.replace(by_ssh(path, Path(given)), key=given, environment=environment)
            assert verify(sign(b"abc", WHO, signing, ask=False), b"abc", 0, signing).fits
        command = tmp_path / "which"
        command.write_text(f"#!/bin/sh\necho 'key::{text}'\n")
        command.chmod(0o755)
        signing = msgspec.structs.replace(signing, key=None, key_command=str(command))
        assert verify(sign(b"abc", WHO, signing, ask=False), b"abc", 0, signing).fits
    finally:
        agent.terminate()
        agent.wait()
        agent.stdout.close()
        Path(socket).unlink(missing_ok=True)


@needs_ssh
def test_nothing_is_signed_twice_and_what_is_new_is(path: Path, tmp_path: Path) -> None:
    signing = by_ssh(path, ssh_key(tmp_path))
    with open_store(path) as store:
        assert store.sign(signer(signing)) is not None
        tip = head(path)
        assert store.sign(signer(signing)) is None
        assert head(path) == tip
        save(store, "aaaaaaaa", 3)
        done = store.sign(signer(signing))
        assert done is not None
        assert done.commits == 1
        again = store.sign(signer(signing), again=True)
        assert again is not None
        assert again.commits == 0
        assert git(path, "log", "-1", "--format=%s") == "signed again\n"


@needs_ssh
def test_a_store_in_which_nothing_was_saved_has_nothing_to_sign_of_itself(tmp_path: Path) -> None:
    signing = by_ssh(tmp_path / "new", ssh_key(tmp_path))
    with open_store(tmp_path / "new") as store:
        assert store.sign(signer(signing), merges=False) is None


@needs_ssh
def test_what_is_saved_while_a_signature_is_made_is_joined_with_it(path: Path, tmp_path: Path) -> None:
    signing = by_ssh(path, ssh_key(tmp_path))
    with open_store(path) as store:

        def slow(content: bytes, who: object) -> bytes:
            with open_store(path) as other:
                save(other, "bbbbbbbb", 7)
            save(store, "aaaaaaaa", 3)  # nor does the same process wait
            return signer(signing)(content, who)

        done = store.sign(slow)
        assert done is not None
        save(store, "aaaaaaaa", 4)
    assert head(path) != done.commit
    git(path, "merge-base", "--is-ancestor", done.commit, "HEAD")
    assert ids(path, "aaaaaaaa") == ["000001", "000002", "000003", "000004"]
    judge(path, [("bbbbbbbb", 7), ("aaaaaaaa", 4)])


@needs_ssh
def test_a_signer_that_fails_leaves_all_as_it_was(path: Path, tmp_path: Path) -> None:
    locked = ssh_key(tmp_path, "locked", passphrase="secret words")
    before = head(path)
    plain = by_ssh(path, locked)
    for signing, reason in (
        (plain, "passphrase"),
        (msgspec.structs.replace(plain, key=str(tmp_path / "nowhere")), "No such file"),
        (msgspec.structs.replace(plain, key=None), "no key is named"),
        (msgspec.structs.replace(plain, key=None, key_command="false"), "no key is named"),
        (msgspec.structs.replace(plain, ssh=str(tmp_path / "no-program")), "no-program"),
        (msgspec.structs.replace(plain, ssh="false"), "ended with 1"),
        (msgspec.structs.replace(plain, form=Form.X509), "x509"),
    ):
        with open_store(path) as store, pytest.raises(SigningFailed, match=reason):
            store.sign(signer(signing))
        assert head(path) == before
    judge(path)


@needs_gpg
def test_gpg_without_a_key_or_without_its_passphrase_fails_and_does_not_wait(path: Path, gnupg: Path) -> None:
    signing = by_gpg(path, gnupg)
    with pytest.raises(SigningFailed):
        sign(b"abc", WHO, signing, ask=False)
    gpg_key(gnupg, passphrase="secret words")
    subprocess.run(
        ["gpgconf", "--homedir", str(gnupg), "--kill", "all"], check=True
    )  # it forgets the passphrase
    with pytest.raises(SigningFailed):
        sign(b"abc", WHO, signing, ask=False)
    with pytest.raises(SigningFailed, match="not there"):
        sign(b"abc", WHO, msgspec.structs.replace(signing, gpg="not there"), ask=False)


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@needs_ssh
def test_what_a_signature_by_ssh_is_worth(path: Path, tmp_path: Path) -> None:
    key, other = ssh_key(tmp_path), ssh_key(tmp_path, "other")
    plain = by_ssh(path, key)
    made = sign(b"abc", WHO, plain, ask=False)
    mark = fingerprint(key)

    def worth(content: bytes = b"abc", *, when: float = 1e9, **changed: object) -> Verified:
        return verify(made, content, when, msgspec.structs.replace(plain, **changed))

    assert worth().verdict is Verdict.UNKNOWN_KEY
    assert worth(b"abd") == Verified(Verdict.BAD, Form.SSH, mark)
    strangers = allowed(tmp_path, ("b@x", other))
    assert worth(allowed=strangers).verdict is Verdict.UNKNOWN_KEY
    assert worth(allowed=tmp_path / "none").verdict is Verdict.UNKNOWN_KEY
    many = allowed(tmp_path, ("b@x", other), ('a@x,c@x namespaces="git"', key))
    assert worth(allowed=many) == Verified(Verdict.GOOD, Form.SSH, mark, "a@x", fits=True)
    assert worth(b"abd", allowed=many) == Verified(Verdict.BAD, Form.SSH, mark, "a@x")
    revoked = tmp_path / "revoked"
    revoked.write_text(key.with_suffix(".pub").read_text())
    assert worth(allowed=many, revoked=revoked).verdict is Verdict.REVOKED
    assert worth(allowed=many, revoked=tmp_path / "none").verdict is Verdict.GOOD
    files = allowed(tmp_path, ('a@x namespaces="file"', key))
    found = worth(allowed=files)
    assert (found.verdict, found.fits) == (Verdict.UNKNOWN_KEY, True)
    passing = allowed(tmp_path, ('a@x valid-before="20200101"', key))
    assert worth(allowed=passing, when=at("2019-06-01")).verdict is Verdict.GOOD
    found = worth(allowed=passing, when=at("2021-06-01"))
    assert (found.verdict, found.fits) == (Verdict.EXPIRED, True)
    assert worth(b"abd", allowed=passing, when=at("2021-06-01")).verdict is Verdict.BAD
    gone = worth(ssh="not there")
    assert (gone.verdict, gone.key, gone.fits) == (Verdict.UNCHECKED, mark, False)


@needs_gpg
def test_what_a_signature_by_gpg_is_worth(path: Path, gnupg: Path) -> None:
    key = gpg_key(gnupg)
    signing = by_gpg(path, gnupg, key)
    made = sign(b"abc", WHO, signing, ask=False)
    assert verify(made, b"abc", 0, signing) == Verified(Verdict.GOOD, Form.OPENPGP, key, GPG_ID, fits=True)
    bad = verify(made, b"abd", 0, signing)
    assert (bad.verdict, bad.identity, bad.fits) == (Verdict.BAD, GPG_ID, False)
    assert verify(made + made, b"abc", 0, signing).verdict is Verdict.BAD
    torn = verify(made[: len(made) // 2], b"abc", 0, signing)
    assert (torn.verdict, torn.fits) == (Verdict.BAD, False)
    with gpg_home() as stranger:
        elsewhere = by_gpg(path, stranger)
        unknown = verify(made, b"abc", 0, elsewhere)
        assert (unknown.verdict, unknown.key, unknown.fits) == (Verdict.UNKNOWN_KEY, key, False)
        public = stranger / "public"
        public.write_text(gpg(gnupg, "--armor", "--export", key))
        gpg(stranger, "-q", "--import", str(public))
        untrusted = verify(made, b"abc", 0, elsewhere)
        assert (untrusted.verdict, untrusted.identity, untrusted.fits) == (Verdict.UNKNOWN_KEY, GPG_ID, True)
    missing = verify(made, b"abc", 0, msgspec.structs.replace(signing, gpg="not there"))
    assert missing.verdict is Verdict.UNCHECKED
    revocation = gnupg / "openpgp-revocs.d" / f"{key}.rev"
    revocation.write_text(revocation.read_text().replace(":-----", "-----"))
    gpg(gnupg, "-q", "--import", str(revocation))
    assert verify(made, b"abc", 0, signing).verdict is Verdict.REVOKED


@needs_gpg
def test_a_key_of_gpgs_that_expired_since_is_told(path: Path, gnupg: Path) -> None:
    """The clock of gpg is set, so nothing waits for a key to expire."""
    (gnupg / "gpg.conf").write_text("faked-system-time 20200101T000000\n")
    key = gpg_key(gnupg, expires="1y")
    signing = by_gpg(path, gnupg, key)
    made = sign(b"abc", WHO, signing, ask=False)
    assert verify(made, b"abc", 0, signing).verdict is Verdict.GOOD
    (gnupg / "gpg.conf").unlink()
    found = verify(made, b"abc", 0, signing)
    assert (found.verdict, found.key, found.fits) == (Verdict.EXPIRED, key, True)


def test_what_is_no_signature_or_of_a_kind_that_is_not_known_is_told(path: Path) -> None:
    signing = Signing({}, path)
    assert verify(b"nonsense\n", b"abc", 0, signing).verdict is Verdict.BAD
    assert verify(b"-----BEGIN SIGNED MESSAGE-----\n", b"abc", 0, signing).verdict is Verdict.UNCHECKED


@needs_ssh
def test_a_history_that_was_rewritten_is_not_signed_unless_that_is_wanted(path: Path, tmp_path: Path) -> None:
    signing = by_ssh(path, ssh_key(tmp_path))
    with open_store(path) as store:
        done = store.sign(signer(signing))
        assert done is not None
    git(path, "reset", "-q", "--hard", "HEAD~2")
    with open_store(path) as store:
        save(store, "aaaaaaaa", 8)
        tip = head(path)
        with pytest.raises(HistoryRewritten) as caught:
            store.sign(signer(signing))
        assert caught.value.commit == done.commit
        assert head(path) == tip
        assert store.sign(signer(signing), again=True) is not None
        save(store, "aaaaaaaa", 9)
        assert store.sign(signer(signing)) is not None
    judge(path, [("aaaaaaaa", 8), ("aaaaaaaa", 9)])


@needs_ssh
def test_another_branch_that_is_checked_out_is_left_and_a_merge_under_way_delays(
    path: Path, tmp_path: Path
) -> None:
    signing = by_ssh(path, ssh_key(tmp_path))
    git(path, "switch", "-q", "-c", "mine")
    with open_store(path) as store:
        done = store.sign(signer(signing))
        assert done is not None
        assert git(path, "rev-parse", "main").strip() == done.commit
    git(path, "switch", "-q", "main")
    (path / ".git/MERGE_HEAD").write_text(done.commit + "\n")
    with open_store(path) as store:
        store.apply(exchange("aaaaaaaa", 5))
        with pytest.raises(SigningFailed):
            store.sign(signer(signing), again=True)


def sealed(path: Path, key: Path) -> Store:
    store = open_store(path)
    store.sign(signer(by_ssh(path, key)))
    return store


@needs_ssh
def test_an_altered_commit_keeps_a_signature_that_does_not_fit(path: Path, tmp_path: Path) -> None:
    key = ssh_key(tmp_path)
    sealed(path, key).close()
    content, signature = split(ObjectReader(path / ".git").commit(head(path)))
    assert signature is not None
    forged = insert(content.replace(b"signed: 3", b"signed: 9"), signature)
    name = git(path, "hash-object", "-t", "commit", "-w", "--stdin", stdin=forged).strip()
    assert ObjectReader(path / ".git").read(name) == (COMMIT, forged)
    assert judged(path, name, by_ssh(path, key)).verdict is Verdict.BAD

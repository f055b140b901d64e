"""Signatures in the bytes of commits, with real git as the judge of what is signed."""

import stat
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitstore.kinds import COMMIT, identify
from gitstore.objects.signatures import Form, form_of, insert, is_signed, split, ssh_fingerprint, strip
from tests.support.signing import fingerprint, needs_ssh, ssh_key

HEAD = b"tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nauthor A <a@x> 0 +0000\ncommitter A <a@x> 0 +0000"
SIGNATURE = b"-----BEGIN PGP SIGNATURE-----\n\nabc\n=abcd\n-----END PGP SIGNATURE-----\n"

messages = st.binary(max_size=60)
signatures = st.lists(
    st.binary(min_size=1, max_size=20).filter(lambda each: b"\n" not in each and b"\r" not in each),
    min_size=1,
).map(lambda lines: b"".join(line + b"\n" for line in lines))


@given(messages, signatures)
def test_what_is_put_in_is_found_and_taken_out(message: bytes, signature: bytes) -> None:
    commit = HEAD + b"\n\n" + message
    signed = insert(commit, signature)
    assert split(signed) == (commit, signature)
    assert strip(signed) == strip(commit) == commit
    assert is_signed(signed)
    assert not is_signed(commit)


def test_a_message_that_looks_like_a_signature_is_none() -> None:
    commit = HEAD + b"\n\nsubject\ngpgsig -----BEGIN PGP SIGNATURE-----\n"
    assert split(commit) == (commit, None)
    assert not is_signed(commit)


def test_headers_beside_the_signature_stay() -> None:
    for extra in (b"encoding latin-1", b"mergetag object 1\n type commit\n tag x\n \n gpgsig none"):
        commit = HEAD + b"\n" + extra + b"\n\nm\n"
        assert split(insert(commit, SIGNATURE)) == (commit, SIGNATURE)
    assert strip(HEAD + b"\ngpgsig-sha256 x\n y\n\nm\n") == HEAD + b"\n\nm\n"


@pytest.mark.parametrize(
    ("first", "form"),
    [
        (b"-----BEGIN PGP SIGNATURE-----", Form.OPENPGP),
        (b"-----BEGIN PGP MESSAGE-----", Form.OPENPGP),
        (b"-----BEGIN SSH SIGNATURE-----", Form.SSH),
        (b"-----BEGIN SIGNED MESSAGE-----", Form.X509),
        (b"anything", Form.UNKNOWN),
    ],
)
def test_the_kind_of_a_signature_is_told_by_its_first_line(first: bytes, form: Form) -> None:
    assert form_of(first + b"\nabc\n") is form


@needs_ssh
def test_the_key_of_a_signature_is_named_as_ssh_names_it(tmp_path: Path) -> None:
    key = ssh_key(tmp_path)
    command = ["ssh-keygen", "-Y", "sign", "-n", "git", "-f", str(key)]
    made = subprocess.run(command, input=b"abc", capture_output=True, check=True).stdout
    assert ssh_fingerprint(made) == fingerprint(key)
    for none in (b"", b"-----BEGIN SSH SIGNATURE-----\n!\n", b"-----BEGIN SSH SIGNATURE-----\nYWJj\n"):
        assert ssh_fingerprint(none) is None


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository whose git hands what is signed, and the signature, to a program that writes them down."""
    path = tmp_path_factory.mktemp("judge")
    subprocess.run(["git", "init", "-q", str(path)], check=True)
    program = path / "gpg"
    program.write_text(
        f'#!/bin/sh\nfor each; do test -f "$each" && cp "$each" {path}/signature; done\ncat > {path}/signed\n'
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    subprocess.run(["git", "-C", str(path), "config", "gpg.program", str(program)], check=True)
    return path


HEADERS = (
    b"gpgsig " + SIGNATURE[:-1].replace(b"\n", b"\n "),
    b"gpgsig -----BEGIN PGP SIGNATURE-----\n x",
    b"gpgsig-sha256 -----BEGIN PGP SIGNATURE-----\n y\n z",
    b"gpgsigs other\n more",
    b"encoding latin-1",
    b"x-own one\n two\n gpgsig three",
    b" astray",
)


@given(st.lists(st.sampled_from(HEADERS), min_size=1, max_size=4))
def test_git_takes_the_same_for_what_is_signed_and_for_the_signature(judge: Path, extra: list[bytes]) -> None:
    commit = HEAD + b"\n" + b"\n".join(extra) + b"\n\nsubject\n\ngpgsig no\n"
    for name in ("signed", "signature"):
        (judge / name).unlink(missing_ok=True)
    write = ["git", "-C", str(judge), "hash-object", "-t", "commit", "-w", "--stdin", "--literally"]
    name = subprocess.run(write, input=commit, capture_output=True, check=True).stdout.decode().strip()
    assert name == identify(COMMIT, commit)
    subprocess.run(["git", "-C", str(judge), "verify-commit", name], capture_output=True, check=False)
    signed, signature = split(commit)
    if signature is None or form_of(signature) is not Form.OPENPGP:
        assert not (judge / "signed").exists()
        return
    assert (judge / "signed").read_bytes() == signed
    assert (judge / "signature").read_bytes() == signature

"""A signature is verified by the program that knows its kind, and what that says becomes a verdict."""

import re
import tempfile
import time as clock
from pathlib import Path

from gitstore.objects.signatures import Form, form_of, ssh_fingerprint
from gitstore.signing.programs import SignerNotFound, run
from gitstore.signing.values import Signing, Verdict, Verified

_NAMESPACE = "git"
_STATUS = re.compile(r"^\[GNUPG:\] ([A-Z_]+)(?: (.*))?$", re.MULTILINE)
_ANSWERS = {
    "GOODSIG": Verdict.GOOD,
    "EXPSIG": Verdict.EXPIRED,
    "EXPKEYSIG": Verdict.EXPIRED,
    "REVKEYSIG": Verdict.REVOKED,
    "BADSIG": Verdict.BAD,
    "ERRSIG": Verdict.UNKNOWN_KEY,
}
"""What gpg says of one signature, and exactly once."""
_NO_KEY = "9"
_OUT_OF_TIME = re.compile(r"key (?:has expired|is not yet valid)")


def verify(signature: bytes, content: bytes, time: float, signing: Signing) -> Verified:
    """Return what a signature is worth; nothing is raised for one that is none.

    Args:
        signature: In lines.
        content: What it is of.
        time: When that was made, seconds since 1970, as it says: a key for ssh must be valid then.
        signing: The programs and whose the keys are.
    """
    form = form_of(signature)
    try:
        with tempfile.TemporaryDirectory(prefix="gitstore-") as folder:
            path = Path(folder, "signature")
            path.write_bytes(signature)
            if form is Form.SSH:
                return _by_ssh(path, signature, content, time, signing)
            if form is Form.OPENPGP:
                return _by_gpg(path, content, signing)
    except (SignerNotFound, TimeoutError, OSError) as error:
        key = ssh_fingerprint(signature) if form is Form.SSH else None
        return Verified(Verdict.UNCHECKED, form, key, reason=str(error))
    if form is Form.X509:
        return Verified(Verdict.UNCHECKED, form, reason="signatures of the kind x509 are not checked")
    return Verified(Verdict.BAD, form, reason="it is no signature")


def _by_gpg(path: Path, content: bytes, signing: Signing) -> Verified:
    command = [signing.gpg, "--batch", "--no-tty", "--status-fd=1", "--verify", str(path), "-"]
    done = run(command, content, signing)
    said = [(match[1], match[2] or "") for match in _STATUS.finditer(done.out.decode("utf-8", "replace"))]
    answers = [each for each in said if each[0] in _ANSWERS]
    if len(answers) != 1:  # several signatures could be read as whichever one likes
        reason = "there are several in one" if answers else done.reason
        return Verified(Verdict.BAD, Form.OPENPGP, reason=reason)
    name, rest = answers[0]
    verdict = _ANSWERS[name]
    words = dict(said)
    if verdict is Verdict.UNKNOWN_KEY:
        fields = rest.split(" ")
        if len(fields) > 5 and fields[5] != _NO_KEY:
            return Verified(Verdict.UNCHECKED, Form.OPENPGP, fields[0], reason=done.reason)
        key = fields[6] if len(fields) > 6 and len(fields[6]) >= 40 else fields[0]
        return Verified(verdict, Form.OPENPGP, key, reason="the key is not here")
    key, _, who = rest.partition(" ")
    if verdict is Verdict.BAD:
        return Verified(verdict, Form.OPENPGP, key, who)
    valid = words.get("VALIDSIG", "").split(" ")
    key = (valid[9] if len(valid) > 9 else valid[0]) or key
    if verdict is Verdict.GOOD and words.keys() & {"TRUST_UNDEFINED", "TRUST_NEVER"}:
        return Verified(
            Verdict.UNKNOWN_KEY, Form.OPENPGP, key, who, fits=True, reason="the key is not trusted here"
        )
    reasons = {"EXPSIG": "the signature has expired", "EXPKEYSIG": "the key has expired since"}
    return Verified(verdict, Form.OPENPGP, key, who, fits=True, reason=reasons.get(name, ""))


def _by_ssh(path: Path, signature: bytes, content: bytes, time: float, signing: Signing) -> Verified:
    key = ssh_fingerprint(signature)
    then = f"-Overify-time={clock.strftime('%Y%m%d%H%M%S', clock.localtime(time))}"
    keygen = [signing.ssh, "-Y"]
    named: list[str] = []
    reason, passed = "git's gpg.ssh.allowedSignersFile names nobody", False
    if signing.allowed is not None:
        whose = ["-f", str(signing.allowed), "-s", str(path)]
        found = run([*keygen, "find-principals", then, *whose], b"", signing)
        named = [] if found.code else found.out.decode("utf-8", "replace").splitlines()
        reason = f"{signing.allowed} does not name it"
        passed = _OUT_OF_TIME.search(found.err) is not None
        for who in named:
            command = [*keygen, "verify", "-n", _NAMESPACE, then, "-I", who, *whose]
            if run(command, content, signing).code:
                continue
            revoked = signing.revoked is not None and signing.revoked.is_file()
            if revoked and run([*command, "-r", str(signing.revoked)], content, signing).code:
                return Verified(Verdict.REVOKED, Form.SSH, key, who, fits=True)
            return Verified(Verdict.GOOD, Form.SSH, key, who, fits=True)
    plain = [*keygen, "check-novalidate", "-n", _NAMESPACE, "-s", str(path)]
    if run(plain, content, signing).code:
        return Verified(Verdict.BAD, Form.SSH, key, named[0] if named else None)
    if named:  # it may be meant for other things than commits
        return Verified(
            Verdict.UNKNOWN_KEY, Form.SSH, key, named[0], fits=True, reason="it is not for commits"
        )
    if passed:
        return Verified(Verdict.EXPIRED, Form.SSH, key, fits=True, reason="the key was not to be used then")
    return Verified(Verdict.UNKNOWN_KEY, Form.SSH, key, fits=True, reason=reason)

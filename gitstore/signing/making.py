"""A commit is signed as git would: by gpg or ssh-keygen, with the key that the user's git names."""

import shlex
import tempfile
from pathlib import Path

from gitstore.errors import SigningFailed
from gitstore.objects.signatures import Form
from gitstore.signing.programs import Ran, SignerNotFound, run
from gitstore.signing.values import Signing
from gitstore.values import Identity

_NAMESPACE = "git"


def sign(content: bytes, who: Identity, signing: Signing, *, ask: bool) -> bytes:
    """Return a signature of some bytes.

    Args:
        content: A commit.
        who: Who it is by: gpg is asked for a key of theirs where none is named.
        signing: With what.
        ask: Whether a person may be asked for a passphrase, or to touch a key; otherwise it fails instead.

    Raises:
        SigningFailed: There is no key or no program, or it did not sign; nothing was changed.
    """
    try:
        if signing.form is Form.SSH:
            return _by_ssh(content, signing, ask=ask)
        if signing.form is Form.OPENPGP:
            return _by_gpg(content, who, signing, ask=ask)
    except SignerNotFound as error:
        raise SigningFailed(
            str(error), advice="install it, or name another program in git's settings"
        ) from None
    except TimeoutError as error:
        raise SigningFailed(str(error)) from None
    raise SigningFailed(f"gpg.format {signing.form} is not known", advice="set it to openpgp or ssh")


def _by_gpg(content: bytes, who: Identity, signing: Signing, *, ask: bool) -> bytes:
    key = signing.key or f"{who.name} <{who.email}>"
    quiet = [] if ask else ["--batch", "--no-tty", "--pinentry-mode=error"]
    done = run([signing.gpg, *quiet, "--status-fd=2", "-bsau", key], content, signing, ask=ask)
    if done.code or "[GNUPG:] SIG_CREATED " not in done.err:
        raise SigningFailed(done.reason, advice="name a key that gpg has in git's user.signingKey")
    return done.out


def _by_ssh(content: bytes, signing: Signing, *, ask: bool) -> bytes:
    key = signing.key or _default_key(signing)
    if not key:
        raise SigningFailed("no key is named", advice="name a key in git's user.signingKey")
    literal = key.removeprefix("key::") if key.startswith(("key::", "ssh-")) else None
    if literal is None:
        return _signed(run(_command(signing, key), content, signing, ask=ask, shown=ask))
    with tempfile.TemporaryDirectory(prefix="gitstore-") as folder:
        path = Path(folder, "key.pub")
        path.write_text(literal + "\n", encoding="utf-8")
        return _signed(run([*_command(signing, str(path)), "-U"], content, signing, ask=ask, shown=ask))


def _command(signing: Signing, key: str) -> list[str]:
    return [signing.ssh, "-Y", "sign", "-n", _NAMESPACE, "-f", key]


def _signed(done: Ran) -> bytes:
    if done.code or not done.out.startswith(b"-----BEGIN SSH SIGNATURE-----"):
        raise SigningFailed(
            done.reason, advice="see git's user.signingKey; ssh-keygen 8.2 or later is needed"
        )
    return done.out


def _default_key(signing: Signing) -> str | None:
    """Return what the user's command prints as a key, the first line of it."""
    if not signing.key_command:
        return None
    done = run(shlex.split(signing.key_command), b"", signing)
    line = done.out.decode("utf-8", "replace").partition("\n")[0].strip()
    return line if not done.code and line.startswith(("key::", "ssh-")) else None

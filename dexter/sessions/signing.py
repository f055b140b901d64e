"""Sessions are signed, all that is there by one commit on top, and it is told who signed what since when.

As the user's git is configured. Nothing here runs while an exchange is saved.
"""

from collections.abc import Mapping
from functools import partial
from pathlib import Path

import gitstore
from dexter import gitconfig
from dexter.paths import Home
from dexter.sessions.archive import Archive
from dexter.sessions.errors import NotSigned
from gitstore.problems import Progress, silent
from gitstore.signing import Form, Signer, Signing, Survey, survey, verify
from gitstore.signing import sign as make_signature

__all__ = ["Signer", "Survey", "is_wanted", "sign", "signatures"]

_NAMES = r"^(commit\.gpgsign|user\.signingkey|gpg\..*)$"
_PROGRAMS = r"program$|command$"


def is_wanted(home: Home, environment: Mapping[str, str], choice: bool | None) -> bool:
    """Whether sessions are to be signed without being asked for it each time.

    Args:
        home: The data directory.
        environment: Of the user.
        choice: What the settings say; None: what git's `commit.gpgSign` says for the repository.
    """
    if choice is not None:
        return choice
    found = gitconfig.settings(home.sessions, environment, r"^commit\.gpgsign$")
    return gitconfig.is_true(found.get("commit.gpgsign"))


def sign(
    archive: Archive, environment: Mapping[str, str], *, ask: bool, merges: bool = True, again: bool = False
) -> gitstore.Signed | None:
    """Sign all that is stored; None if there is nothing, or nothing new, to sign.

    Args:
        archive: Of the home.
        environment: Of the user, for git's settings and the programs that sign.
        ask: Whether the user may be asked for a passphrase, or to touch a key.
        merges: Whether also to sign where nothing but the meeting of signed histories is new.
        again: Whether to sign what is signed, and a history that is not the one that was signed before.

    Raises:
        NotSigned: It can't be now. What is stored stays, and can be signed later.
        StoreUnreadable: If the repository can't be opened.
    """
    signing = _configured(archive.home, environment)

    def signer(content: bytes, who: gitstore.Identity) -> bytes:
        return make_signature(content, who, signing, ask=ask)

    try:
        return archive.sign(signer, merges=merges, again=again)
    except gitstore.HistoryRewritten as error:
        advice = (
            "see it with dexter sessions verify; if that was you, sign again: dexter sessions sign --again"
        )
        raise NotSigned(error.reason, advice) from error
    except gitstore.SigningFailed as error:
        raise NotSigned(error.reason, error.advice or "try again: dexter sessions sign") from error


def signatures(home: Home, environment: Mapping[str, str], progress: Progress = silent) -> Survey:
    """Look at all signatures in the history; no store is opened and nothing is changed."""
    verify_one = partial(verify, signing=_configured(home, environment))
    return survey(home.sessions / ".git", verify_one, progress)


def _configured(home: Home, environment: Mapping[str, str]) -> Signing:
    """How the user's git signs. Programs that only the repository names are not run."""
    found = gitconfig.settings(home.sessions, environment, _NAMES, outside=_PROGRAMS)
    wanted = found.get("gpg.format", "openpgp").lower()
    form = Form(wanted) if wanted in set(Form) else Form.UNKNOWN
    key = found.get("user.signingkey") or None
    literal = key is not None and key.startswith(("key::", "ssh-"))
    if key is not None and form is Form.SSH and not literal:
        key = str(_path(key, home, environment))
    allowed, revoked = found.get("gpg.ssh.allowedsignersfile"), found.get("gpg.ssh.revocationfile")
    return Signing(
        environment=environment,
        folder=home.sessions,
        form=form,
        key=key,
        gpg=found.get("gpg.openpgp.program") or found.get("gpg.program") or "gpg",
        ssh=found.get("gpg.ssh.program") or "ssh-keygen",
        key_command=found.get("gpg.ssh.defaultkeycommand"),
        allowed=_path(allowed, home, environment) if allowed else None,
        revoked=_path(revoked, home, environment) if revoked else None,
    )


def _path(text: str, home: Home, environment: Mapping[str, str]) -> Path:
    """A path as git takes it: with the user's home, else below the work tree."""
    if text.startswith("~/") and environment.get("HOME"):
        return Path(environment["HOME"], text[2:])
    return home.sessions / text

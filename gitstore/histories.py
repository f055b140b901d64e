"""What is done with all of a history: another one joins it, it is signed, something is taken out."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from gitstore.changes.snapshot import Snapshot
from gitstore.committing.door import PATIENCE
from gitstore.errors import Damaged, HistoryRewritten, NotJoined, NotPurged, SigningFailed, reading
from gitstore.git import repository
from gitstore.history import history
from gitstore.kinds import COMMIT, identify
from gitstore.merging.rules import Plain, Rules
from gitstore.problems import Progress, silent
from gitstore.saving import Saving
from gitstore.values import Identity, Joining, Purged, Signed

if TYPE_CHECKING:
    from gitstore.purging.eraser import Eraser


def _nothing() -> None:
    """Clear nothing beside the store."""


class Histories(Saving):
    """What can be done with all of a history."""

    def join(self, commit: str, rules: Rules | None = None) -> Joining:
        """Let another history join ours, and return what became of it.

        Nothing that either side saved is lost (see `merge`). Two machines that join the same two histories
        get the same commit. What is saved and not yet in git comes in before.

        Args:
            commit: Its newest commit; the repository has all that is behind it.
            rules: What the caller knows of its records; None: as the store was opened.

        Raises:
            NotJoined: Git is busy or broken, or an object is missing; the branch is where it was. After a
                crash it has all of the other history or nothing of it.
            StoreClosed: After `close`.
        """
        known = rules or self._rules or Plain()
        with self._alone(NotJoined):
            joining, found = self._committer.join(commit, known, self._identity(), self._journal.name)
            self._note(found)
            return joining

    def preview(self, commit: str, rules: Rules | None = None) -> tuple[Joining, Snapshot]:
        """Return what `join` would come to, and what the store would hold then; nothing is changed.

        Raises:
            NotJoined: An object is missing.
        """
        with self._mutex:
            self._check_open()
            plan = self._committer.plan(commit, rules or self._rules or Plain())
            editor = plan.editor
            return plan.joining, Snapshot(plan.tip, editor.finish(), editor.load_tree, editor.load_blob)

    def sign(
        self, signer: Callable[[bytes, Identity], bytes], *, merges: bool = True, again: bool = False
    ) -> Signed | None:
        """Put a signed commit on top of the branch; by its parents it covers all that is there.

        Nobody waits for the signer: what is saved meanwhile is joined with the signed commit.

        Args:
            signer: Returns a signature of a commit, given that and who it is by.
            merges: Whether also to sign where nothing but joins of signed histories came since.
            again: Whether to sign what is signed already, and also if what was signed before is no part of
                the branch any more.

        Returns:
            What was signed; None if there is nothing to sign.

        Raises:
            SigningFailed: The signer failed, git is busy or broken, or an object is missing. The branch is
                where it was; after a crash it has the signed commit or not.
            HistoryRewritten: See `again`.
            StoreClosed: After `close`.
        """
        from gitstore.objects import signatures  # noqa: PLC0415  who only saves needs none of it
        from gitstore.turns import sealing  # noqa: PLC0415  who only saves needs none of it

        self.settle()
        try:
            tip = repository.tip_of(self._git)
            if not again and (was := sealing.rewritten(self._reader, self._git)) is not None:
                raise HistoryRewritten(was)
            found = sealing.unsigned(self._reader, tip)
            if not again and not (found.commits if merges else found.events):
                return None
            who = self._identity()
            content = sealing.proposal(self._reader, tip, found.commits, who, self._clock())
            signed = signatures.insert(content, signer(content, who))
            done = Signed(identify(COMMIT, signed), found.commits)
            with self._mutex:
                self._check_open()
                if not self._gate.wait(PATIENCE):
                    raise SigningFailed("another process is at work for too long")
                try:
                    with self._gate:
                        self._note(self._committer.seal(signed, who, self._journal.name)[1])
                except (NotJoined, OSError):  # perhaps only files and index have not followed
                    now = repository.tip_of(self._git)
                    if not history.History(self._reader, now).contains(done.commit, tip):
                        raise
        except (Damaged, NotJoined, OSError) as error:
            raise SigningFailed(str(error), "try again") from error
        return done

    def purge(
        self, eraser: "Eraser", progress: Progress = silent, beside: Callable[[], None] | None = None
    ) -> Purged:
        """Take something out of all history, of all refs, for good; and look whether it is anywhere still.

        Commits get other ids. Each that only told of it is left out. Reflogs, and objects that no ref leads
        to, go, too. Doing it again changes nothing and finishes what a crash cut off (see
        `PurgeUnfinished`).

        Args:
            eraser: Says what is left of directories, files and messages.
            progress: Told how far it is.
            beside: Clears what lies beside the store. Called once the eraser has been through all of it and
                before anything is changed, and again before it counts as finished. May raise OSError.

        Raises:
            NotPurged: Git is busy or broken, or in a state in which not all can be reached. If `moved` is
                false all is as it was. After a crash the branch has the old history, or the new one and some
                of the old objects are still there.
            StoreClosed: After `close`.
        """
        with self._alone(NotPurged):
            who, own = self._identity(), self._journal.name
            purged, found = self._committer.purge(eraser, who, own, progress, beside or _nothing)
            self._note(found)
            return purged

    def holds(self, eraser: "Eraser", commit: str, other: str) -> bool:
        """Say whether something must go of what a commit has, or has behind it, and another one has not.

        Args:
            eraser: Says what.
            commit: One that the repository has, with all that is behind it.
            other: Another one; of what is behind it nothing is looked at.

        Raises:
            Damaged: An object is missing or corrupt.
            StoreClosed: After `close`.
        """
        from gitstore.purging import newcomers  # noqa: PLC0415  10 ms, and a list needs none of it

        self._check_open()
        with reading(str(self.path)):
            return newcomers.hold(self._reader, eraser, commit, other)

    def announce_purge(self) -> None:
        """Note on the disk that something is about to be taken out of all history, as `PurgeUnfinished` says.

        Raises:
            NotPurged: Not everything could be reached now, or the disk failed; nothing was changed.
            StoreClosed: After `close`.
        """
        with self._alone(NotPurged):
            try:
                self._committer.announce_purge()
            except Damaged as error:
                raise NotPurged(str(error)) from error

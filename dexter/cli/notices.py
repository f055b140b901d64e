"""What sessions and their repository have to say, in sentences: the one place where notices become text."""

import gitstore
from dexter.cli.screen.output import counted, local
from dexter.sessions import notices
from dexter.terminal.cleaning import one_line


def sentence(notice: notices.Notice) -> str:
    """A notice on one line, for stderr or the chat."""
    return one_line(_sentence(notice))


def _sentence(notice: notices.Notice) -> str:  # noqa: PLR0911  a table
    match notice:
        case notices.Recovered(session_id, _, query):
            return f'Recovered in session {session_id}, as interrupted: "{query[:60]}".'
        case notices.LinesSkipped(session_id, path, lines):
            listed = ", ".join(f"line {number} ({reason})" for number, reason in lines[:5])
            more = f" and {len(lines) - 5} more" if len(lines) > 5 else ""
            return f"Session {session_id}: left out of {path}, where it stays: {listed}{more}."
        case notices.MetadataRebuilt(session_id, reason):
            return f"Session {session_id}: its metadata is rebuilt from its history ({reason})."
        case notices.Damage(session_id, place, reason):
            return f"Session {session_id} is damaged and not all of it is shown: {place}: {reason}."
        case notices.FromTheFuture(session_ids, moment):
            listed = ", ".join(session_ids[:5]) + (
                f" and {len(session_ids) - 5} more" if len(session_ids) > 5 else ""
            )
            return f"Last active in the future, up to {local(moment)}, and therefore listed last: {listed}."
        case notices.SeveralHeads(session_id, heads, named):
            first, *others = [f"{session_id}@{each}" for each in (named or heads)[1:6]]
            more = f" and {len(heads) - 6} more" if len(heads) > 6 else ""
            rest = f"another; so do {', '.join(others)}{more}" if others else "the other"
            what = f"Session {session_id} has {len(heads)} heads and goes on from the latest"
            return f"{what}; dexter --session {first} opens {rest}."
        case notices.ResumeNotRecorded(session_id, reason):
            return f"Session {session_id} is resumed, but that could not be written down: {reason}."
        case notices.SaveDelayed(reason):
            return f"Saved; git gets it later ({reason})."
        case notices.SecretsMasked(kinds=kinds):
            return f"Masked in what was saved: {', '.join(counted(many, kind) for kind, many in kinds)}."
        case _:
            return _of_the_store(notice)


def _of_the_store(notice: gitstore.Notice) -> str:  # noqa: PLR0911  a table
    match notice:
        case gitstore.JournalRecovered(changes):
            return f"{counted(changes, 'change')} that a stopped process had saved came into git now."
        case gitstore.JournalDamaged(path, size):
            return f"{counted(size, 'byte')} of unfinished changes could not be read and are kept in {path}."
        case gitstore.FolderAdopted(path, files):
            return (
                f"{path} was no git repository and is one now, with the {counted(files, 'file')} found there."
            )
        case gitstore.EditsLeft(paths):
            listed = ", ".join(paths[:5]) + (f" and {len(paths) - 5} more" if len(paths) > 5 else "")
            return f"Edited by hand and left as it is: {listed}."
        case gitstore.PurgeUnfinished():
            return "A purge was cut off, or undone by git: finish it with dexter sessions purge --finish."
        case gitstore.BranchElsewhere(head):
            return f"The work tree of the sessions is at {head}; what is saved goes to main, the files stay."
        case gitstore.PutRight(directories):
            names = [path.rpartition("/")[2] for path in directories]
            listed = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
            return f"In order again after what git merged or committed: {listed}."
        case gitstore.GitBlocked(reason):
            return f"Everything is saved; git gets it later ({reason})."

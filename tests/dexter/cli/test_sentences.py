"""Every error and every notice becomes text for people: what is wrong, what is safe, what to do."""

from pathlib import Path

import pytest

import gitstore
from dexter.cli.exits import explain
from dexter.cli.notices import sentence
from dexter.errors import (
    DexterError,
    HomeUnusable,
    NothingToContinue,
    QuestionsUnreadable,
    SecretPatternUnfit,
    SettingsUnreadable,
    UsageError,
)
from dexter.sessions import (
    AmbiguousExchange,
    AmbiguousSession,
    ExchangeNotFound,
    MomentNotFound,
    NothingToUndo,
    NotPurged,
    NotSaved,
    NotSigned,
    PurgeRefused,
    RemoteTrouble,
    SessionDamaged,
    SessionMetadata,
    SessionNotFound,
    SessionPresent,
    StoreTooNew,
    StoreUnreadable,
    UndoRefused,
    notices,
)

EVIL = "\x1b[2Jevil\nline"
METADATA = SessionMetadata("a7k3m9x2", 1_771_750_800_000, 1_771_750_800_000, first_query=EVIL)
PLACE = Path("/somewhere/.dexter")

ERRORS: list[tuple[DexterError, int, str]] = [
    (UsageError("--json goes with --print."), 2, "--json goes with --print."),
    (NothingToContinue(), 1, "start one without --continue"),
    (QuestionsUnreadable(EVIL, "it has no questions"), 1, "(it has no questions); nothing was asked."),
    (HomeUnusable(PLACE, "Permission denied"), 1, "--home or DEXTER_HOME"),
    (SettingsUnreadable(PLACE / "settings.json", "it is not valid JSON"), 1, "settings.json can't be read"),
    (SecretPatternUnfit(PLACE / "settings.json", 2, "it is bad"), 1, 'Number 2 of "secretPatterns" in'),
    (SessionNotFound(EVIL), 1, 'Session "evil line" not found.'),
    (SessionPresent("a7k3m9x2"), 1, "nothing was changed"),
    (ExchangeNotFound("019a"), 1, "019a"),
    (ExchangeNotFound(""), 1, "There is no exchange in this session."),
    (NothingToUndo(), 1, "There is nothing to undo."),
    (
        RemoteTrouble("origin", "/x", "it is off", "try again"),
        1,
        "origin (/x): it is off; what is here is safe. Try",
    ),
    (UndoRefused("a7k3m9x2", "forked", "gone on"), 1, "something was asked in session a7k3m9x2 since"),
    (UndoRefused("a7k3m9x2", "renamed", "changed"), 1, "(renamed) is not taken back"),
    (UndoRefused("a7k3m9x2", "deleted", "present"), 1, "is there again"),
    (UndoRefused("a7k3m9x2", "imported", "present"), 1, "was there before"),
    (UndoRefused("a7k3m9x2", "tagged", "absent"), 1, "is not there any more"),
    (UndoRefused("a7k3m9x2", "rewound", "damaged"), 1, "can't be read"),
    (SessionDamaged("a7k3m9x2", "cli/a7k3m9x2/history.jsonl", "object 1 is missing"), 1, "history.jsonl"),
    (MomentNotFound("ab", "ambiguous"), 1, "more than one commit"),
    (NotSaved("No space left on device"), 1, "everything that was saved before is there"),
    (NotPurged("index.lock is held"), 1, "all sessions are as they were"),
    (NotPurged("index.lock is held", noted=True), 1, "What shall go is noted"),
    (NotPurged("the disk failed", moved=True), 1, "dexter sessions purge --finish"),
    (PurgeRefused("a text is too short"), 1, "nothing was changed"),
    (NotSigned("no key is named", "name one"), 1, "what is stored stays. Name one."),
    (NotSaved("merge under way: refs/heads/main"), 1, "Finish it with git commit"),
    (StoreUnreadable(PLACE, ".git is no repository"), 1, "nothing was changed"),
    (StoreTooNew(PLACE, "format 2"), 1, "newer dexter"),
]
NOTICES: list[tuple[notices.Notice, str]] = [
    (notices.Recovered("a7k3m9x2", "e1", EVIL), "as interrupted"),
    (notices.LinesSkipped("a7k3m9x2", "h.jsonl", ((3, "not JSON"),)), "line 3 (not JSON)"),
    (notices.LinesSkipped("a7k3m9x2", "h.jsonl", tuple((n, "empty") for n in range(9))), "and 4 more"),
    (notices.MetadataRebuilt("a7k3m9x2", "it is missing"), "rebuilt from its history"),
    (notices.FromTheFuture(("a7k3m9x2",), 253_402_300_799_999), "Last active in the future"),
    (notices.Damage("a7k3m9x2", "cli/x", "object 1 is missing"), "is damaged"),
    (
        notices.SeveralHeads("a7k3m9x2", ("e2", "e1")),
        "2 heads and goes on from the latest; dexter --session a7k3m9x2@e1",
    ),
    (
        notices.SeveralHeads("a7k3m9x2", ("e22", "e11"), ("e2", "e1")),
        "dexter --session a7k3m9x2@e1 opens the other.",
    ),
    (notices.SeveralHeads("a7k3m9x2", tuple(f"e{n}" for n in range(9))), "a7k3m9x2@e5 and 3 more"),
    (notices.ResumeNotRecorded("a7k3m9x2", "read-only"), "is resumed"),
    (notices.SaveDelayed("busy"), "Saved"),
    (
        notices.SecretsMasked("a7k3m9x2", "e1", (("json web token", 2), ("openai key", 1))),
        "2 json web tokens, 1",
    ),
    (gitstore.JournalRecovered(1), "1 change that"),
    (gitstore.JournalDamaged("/q", 2), "2 bytes"),
    (gitstore.FolderAdopted("/s", 1), "1 file found"),
    (gitstore.EditsLeft(("cli/x/history.jsonl",)), "cli/x/history.jsonl"),
    (gitstore.BranchElsewhere("refs/heads/other"), "refs/heads/other"),
    (gitstore.PutRight(tuple(f"cli/{n}" for n in "abcdefg")), "a, b, c, d, e and 2 more"),
    (gitstore.GitBlocked("index locked"), "Everything is saved"),
    (gitstore.PurgeUnfinished(), "dexter sessions purge --finish"),
]


@pytest.mark.parametrize(("error", "code", "piece"), ERRORS, ids=lambda each: type(each).__name__)
def test_an_error_is_one_line_that_begins_with_error(error: DexterError, code: int, piece: str):
    ending = explain(error)
    assert ending.code == code
    assert ending.text.startswith("Error: ")
    assert piece in ending.text
    assert "\x1b" not in ending.text
    assert len(ending.text.splitlines()) == 1


@pytest.mark.parametrize(("notice", "piece"), NOTICES, ids=lambda each: type(each).__name__)
def test_a_notice_is_one_line(notice: notices.Notice, piece: str):
    text = sentence(notice)
    assert piece in text
    assert text.endswith(".")
    assert "\x1b" not in text
    assert "\n" not in text


def test_every_notice_and_every_error_of_sessions_is_in_the_tables():
    named = {type(notice) for notice, _ in NOTICES}
    assert named == set(notices.SessionNotice.__args__) | set(gitstore.Notice.__args__)
    explained = {type(error) for error, _, _ in ERRORS} | {AmbiguousSession, AmbiguousExchange}
    own = {
        each
        for each in DexterError.__subclasses__()
        if each.__module__ in {"dexter.errors", "dexter.sessions.errors"}
    }
    assert own <= explained


def test_candidates_and_suggestions_are_cleaned_and_on_a_line_each():
    listed = '  a7k3m9x2  2026-02-22 14:30  "evil line"'
    assert explain(AmbiguousSession("a", (METADATA, METADATA))).text.splitlines()[-2:] == [listed, listed]
    found = explain(SessionNotFound("x", (METADATA,)), by_flag=True).text
    assert found.split("\n\n") == [
        'Error: Session "x" not found.',
        f"Available sessions:\n{listed}",
        "Use --list-sessions to see all sessions.",
    ]

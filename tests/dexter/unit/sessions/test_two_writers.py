"""Whatever order the changes of several writers come in, a session's metadata follows from its history."""

import tempfile
from pathlib import Path

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from dexter.sessions import SessionExchange, SessionMetadata, Status
from dexter.sessions.records.deriving import derived
from dexter.sessions.records.history_lines import parse_history
from dexter.sessions.records.layout import SessionPaths
from dexter.sessions.writing import changes
from gitstore import Change, Outcome, PutFile
from gitstore.changes.operations import apply_change
from gitstore.objects import trees
from gitstore.objects.editing import Editor
from gitstore.objects.objects import ObjectReader

ID = "aaaa0000"
BORN = SessionMetadata(ID, 1_000, 1_000, model="m", provider="p")
KINDS: tuple[Status, ...] = ("complete", "error", "interrupted")


@st.composite
def _writing(draw: st.DrawFn) -> tuple[list[Change], list[Change]]:
    """What there is already, and what two writers save after it, in the order in which it is committed."""
    count = draw(st.integers(2, 7))
    ids = [f"{number:08}" for number in range(count + 2)]
    start = draw(st.integers(0, 2))
    last: list[str | None] = [None, None]
    before: list[Change] = []
    if draw(st.booleans()):
        before.append(changes.created(BORN, 1.0))
    for identifier in ids[:start]:
        before.append(_saved(identifier, last[0], draw))
        last = [identifier, identifier]
    # Of each writer one exchange follows the other, and is committed after it.
    queues: list[list[Change]] = [[], []]
    for identifier in ids[start:]:
        writer = draw(st.integers(0, 1))
        queues[writer].append(_saved(identifier, last[writer], draw))
        last[writer] = identifier
    committed = []
    while queues[0] or queues[1]:
        writer = draw(st.integers(0, 1))
        committed.append((queues[writer] or queues[1 - writer]).pop(0))
    return before, committed


def _saved(identifier: str, parent: str | None, draw: st.DrawFn) -> Change:
    exchange = SessionExchange(
        identifier,
        draw(st.integers(2_000, 9_000)),
        f"query {identifier}",
        "answer",
        model=f"model {identifier}",
        status=draw(st.sampled_from(KINDS)),
        duration=draw(st.integers(0, 3_000)),
        parent_id=parent,
        provider="p",
    )
    return changes.exchanged(ID, exchange, (), time=1.0)


def _of(identifier: str, parent: str | None) -> SessionExchange:
    return SessionExchange(identifier, 5_000, f"query {identifier}", "answer", model="m", parent_id=parent)


def _apply(made: list[Change], folder: Path) -> tuple[SessionMetadata, tuple[SessionExchange, ...]]:
    """The metadata as it is stored, its heads sorted, and the exchanges, sorted by id."""
    (folder / "objects").mkdir()
    reader = ObjectReader(folder)
    editor = Editor(reader, trees.EMPTY)
    for change in made:
        assert apply_change(change, editor, reader, lambda _: None).outcome is Outcome.APPLIED
        editor.finish()
    paths = SessionPaths(ID)
    stored = SessionMetadata.from_line(editor.read(paths.metadata) or b"")
    exchanges, skipped = parse_history(editor.read(paths.history) or b"")
    assert not skipped
    return msgspec.structs.replace(stored, heads=tuple(sorted(stored.heads))), exchanges


@given(_writing())
def test_what_is_stored_follows_from_the_history(writing: tuple[list[Change], list[Change]]) -> None:
    before, committed = writing
    with tempfile.TemporaryDirectory() as folder:
        stored, exchanges = _apply([*before, *committed], Path(folder))
    assert stored == derived(stored, exchanges)
    assert stored.model == exchanges[-1].model


def test_of_two_who_go_on_at_once_one_brings_along_what_others_wrote() -> None:
    """Lines that a person committed by hand are counted once, and an exchange meanwhile counts."""
    by_hand = [_of("00000001", None), _of("00000002", "00000001")]
    history = b"".join(each.to_line() + b"\n" for each in by_hand)
    known = changes.created(BORN, 1.0)
    resumed = changes.resumed(derived(BORN, by_hand), BORN, 2.0)
    meanwhile = changes.exchanged(ID, _of("00000003", None), (), time=2.0)
    appended = Change((PutFile(SessionPaths(ID).history, history),), "by hand")
    for place in range(3):
        order = [resumed, resumed]
        order.insert(place, meanwhile)
        with tempfile.TemporaryDirectory() as folder:
            stored, exchanges = _apply([known, appended, *order], Path(folder))
        assert stored.resume_count == 2
        assert stored == derived(stored, exchanges)

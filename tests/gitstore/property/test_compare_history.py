"""What is remembered of a history and contradicts it is told, also where every checksum is right."""

import sqlite3
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gitstore import HISTORY, Catalog
from gitstore.catalogs.catalog import Doubt
from gitstore.checking.chronicle import compare_history
from gitstore.history.chronicle import Chronicle
from gitstore.history.chronicle_rows import sum_of
from gitstore.history.history import History
from gitstore.objects.objects import ObjectReader
from tests.gitstore.property.test_chronicle import ASKED, MADE, NAMES, Repository

KEYS = {
    "state": ("only",),
    "step": ("position",),
    "touched": ("name", "position"),
    "deletion": ("position", "rank"),
    "below": ("name", "rank"),
    "walked": ("name",),
}
Made = list[tuple[int, int | None, dict[str, tuple[str, int]], int]]


@given(st.lists(MADE, min_size=6, max_size=14), st.lists(ASKED, min_size=2, max_size=5))
def test_what_followed_the_branch_contradicts_nothing(
    made: Made, asked: list[tuple[int, bool, int | None]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        repository = _filled(Path(folder), made)
        catalog = Catalog(Path(folder, "catalog"), HISTORY)
        for place, _, limit in asked:
            tip = repository.commits[-1 - place % len(made)]
            chronicle = Chronicle(ObjectReader(repository.git), tip, "cli", catalog)
            list(chronicle.deletions())
            for name in NAMES:
                list(chronicle.log(name, limit))
            for other in repository.commits:
                assert _told(repository, other, catalog) == {}
        catalog.close()


@given(st.lists(MADE, min_size=6, max_size=14), st.data())
def test_whatever_is_not_told_changes_no_answer(made: Made, data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        repository = _filled(Path(folder), made)
        tip = repository.commits[-1]
        reader = ObjectReader(repository.git)
        catalog = Catalog(Path(folder, "catalog"), HISTORY)
        chronicle, history = Chronicle(reader, tip, "cli", catalog), History(reader, tip)
        for name in NAMES:
            list(chronicle.log(name, None))
        catalog.close()
        with sqlite3.connect(catalog.path) as connection:
            for _ in range(data.draw(st.integers(1, 3))):
                _tamper(connection, data)
        connection.close()
        try:
            told = _told(repository, tip, catalog)
        except Doubt:
            return
        if not told:
            assert list(chronicle.deletions()) == list(history.deletions("cli"))
            for name in NAMES:
                assert list(chronicle.log(name, None)) == list(history.log(f"cli/{name}", None))
            catalog.close()


def _filled(folder: Path, made: Made) -> Repository:
    repository = Repository(folder)
    for each in made:
        repository.commit(*each)
    return repository


def _told(repository: Repository, tip: str, catalog: Catalog) -> dict[str | None, str]:
    told = catalog.peek(lambda connection: compare_history(repository.git, tip, "cli", connection))
    assert told is not None
    return told


def _tamper(connection: sqlite3.Connection, data: st.DataObject) -> None:
    """Take a row away, or give it a value of another row, and the checksum that goes with it."""
    tables = [name for name in KEYS if connection.execute(f"SELECT 1 FROM {name}").fetchone()]  # noqa: S608
    if not tables:
        return
    table = data.draw(st.sampled_from(tables))
    cursor = connection.execute(f"SELECT * FROM {table}")  # noqa: S608
    names = [each[0] for each in cursor.description]
    rows = cursor.fetchall()
    row = dict(zip(names, data.draw(st.sampled_from(rows)), strict=True))
    where = " AND ".join(f"{key} = ?" for key in KEYS[table])
    connection.execute(f"DELETE FROM {table} WHERE {where}", [row[key] for key in KEYS[table]])  # noqa: S608
    if data.draw(st.booleans()):
        return
    column = data.draw(st.sampled_from([name for name in names if name not in {"sum", "only"}]))
    row[column] = data.draw(st.sampled_from(_values(connection, type(row[column]))))
    row["sum"] = sum_of(*(value for name, value in row.items() if name not in {"sum", "only"}))
    marks = ", ".join("?" * len(row))
    connection.execute(f"INSERT OR REPLACE INTO {table} VALUES ({marks})", list(row.values()))  # noqa: S608


def _values(connection: sqlite3.Connection, kind: type) -> list[Any]:
    if kind is not bytes:
        return [kind(number) for number in range(-1, 12)]
    found = {b"", bytes(20)}
    for columns in (
        "id FROM step",
        "before FROM touched",
        "after FROM touched",
        "name FROM touched",
        "base FROM state",
    ):
        found |= {value for (value,) in connection.execute(f"SELECT {columns}")}
    return sorted(found)

"""A file of questions: CSV or JSON lines, from disk or from standard input."""

import csv
import io
import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import msgspec

from dexter.errors import QuestionsUnreadable, UsageError

STANDARD_INPUT = "-"
_COLUMNS = ("question", "query")
_JSON_LINES = frozenset({".jsonl", ".ndjson"})


class Question(msgspec.Struct, frozen=True):
    """A row. `row` is its id if it has one, else its number, from 1; `mark` tells it from others like it."""

    row: str
    text: str
    mark: str


class Questions(msgspec.Struct, frozen=True):
    """The rows of a file in order; `blank` are the rows that have no question."""

    name: str
    rows: tuple[Question, ...]
    blank: tuple[str, ...] = ()


def read_questions(file: str, name: str | None = None) -> Questions:
    """The questions of a file; `-` is standard input.

    Args:
        file: Its path. A name that ends with `.jsonl` or `.ndjson` is JSON lines, with `.csv` is CSV; of any
            other the first character says it.
        name: What the batch is called; None stands for the file's name, without its folder.

    Raises:
        QuestionsUnreadable: If it can't be read, or has no question.
        UsageError: If there is no standard input.
    """
    text = _text(file)
    suffix = Path(file).suffix.lower()
    is_lines = suffix in _JSON_LINES or (suffix != ".csv" and text.lstrip().startswith("{"))
    rows: list[Question] = []
    blank: list[str] = []
    before: Counter[str] = Counter()
    for number, (identifier, question) in enumerate(
        _of_lines(file, text) if is_lines else _of_csv(file, text), 1
    ):
        row = identifier or str(number)
        if not question.strip():
            blank.append(row)
            continue
        # A number would change with each row that comes before: what was answered would be asked again.
        mark = f"id {identifier}" if identifier else "number"
        before[mark + question] += 1
        rows.append(Question(row, question.strip("\r\n"), f"{mark} {before[mark + question]}"))
    if not rows:
        raise QuestionsUnreadable(file, "it has no questions")
    called = name or ("standard input" if file == STANDARD_INPUT else Path(file).name)
    return Questions(called, tuple(rows), tuple(blank))


def _text(file: str) -> str:
    if file == STANDARD_INPUT:
        if sys.stdin is None:
            raise UsageError("There is no standard input to read questions from.")
        content = sys.stdin.buffer.read()
    else:
        try:
            content = Path(file).read_bytes()
        except OSError as error:
            raise QuestionsUnreadable(file, error.strerror or str(error)) from error
    return content.decode("utf-8-sig", "replace")


def _of_csv(file: str, text: str) -> Iterator[tuple[str, str]]:
    """The id, often empty, and the question of each row below the header."""
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        heads = [head.strip().casefold() for head in next(reader, [])]
        at = next((heads.index(column) for column in _COLUMNS if column in heads), 0)
        id_at = heads.index("id") if "id" in heads else None
        for cells in reader:
            if any(cells):
                yield _cell(cells, id_at).strip(), _cell(cells, at)
    except csv.Error as error:
        raise QuestionsUnreadable(file, f"line {reader.line_num}: {error}") from None


def _cell(cells: list[str], at: int | None) -> str:
    return cells[at] if at is not None and at < len(cells) else ""


def _of_lines(file: str, text: str) -> Iterator[tuple[str, str]]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            fields = json.loads(line)
        except (ValueError, RecursionError):
            raise QuestionsUnreadable(file, f"line {number} is not JSON") from None
        if not isinstance(fields, dict):
            raise QuestionsUnreadable(file, f"line {number} is no JSON object")
        question = next((fields[column] for column in _COLUMNS if column in fields), None)
        if not isinstance(question, str):
            raise QuestionsUnreadable(file, f"line {number} has no text as question or query")
        identifier = fields.get("id")
        yield "" if identifier is None else str(identifier).strip(), question

"""Stores for tests: how they are filled, how real git judges them, and disks that stop or fail at a chosen
call."""

import contextlib
import errno
import json
import os
import re
import subprocess
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from gitstore import AppendRecord, Change, Identity, PutFile, Receipt, Store, UpdateDocument
from gitstore.disk import boots
from gitstore.disk.files import Files

WHO = Identity("Test Person", "test.person@example.invalid")
CALLS = (
    "create", "open_append", "open_beginning", "write", "flush", "flush_directory", "flush_system",
    "truncate", "rename", "link", "unlink", "make_directory", "remove_directory",
)  # fmt: skip


def open_store(path: Path, **options: Any) -> Store:
    return Store.open(path, identity=WHO, **options)


@contextlib.contextmanager
def another_boot() -> Iterator[None]:
    """Whoever opens a store within this finds that the system was started anew."""
    before, name = boots.current, os.urandom(8).hex()
    boots.current = lambda: name
    try:
        yield
    finally:
        boots.current = before


def exchange(session: str, number: int, text: str = "What is 1+1?") -> Change:
    """The change of one exchange; its record has the id `<number as 6 digits>`."""
    identifier = f"{number:06}"
    record = json.dumps({"id": identifier, "query": text, "answer": "2 " * 40}).encode()
    return Change(
        (
            AppendRecord(f"cli/{session}/history.jsonl", record, identifier),
            PutFile(f"cli/{session}/steps/{identifier}.jsonl", b'{"step": 1}\n'),
            UpdateDocument(
                f"cli/{session}/session.json",
                set={"id": session},
                increase={"count": 1},
                maximum={"last": number},
            ),
        ),
        f"{session}: {text}",
        trailers=(("Session", session), ("Action", "exchange"), ("Exchange", identifier)),
    )


def save(store: Store, session: str, number: int) -> Receipt:
    return store.apply(exchange(session, number))


def git(path: Path, *arguments: str, succeeds: bool = True, stdin: bytes | None = None) -> str:
    """Run real git in a store and return what it prints."""
    done = subprocess.run(
        ["git", "-C", str(path), *arguments],
        capture_output=True,
        input=stdin,
        check=False,
    )
    out, err = (text.decode("utf-8", "surrogateescape") for text in (done.stdout, done.stderr))
    assert not succeeds or done.returncode == 0, f"git {arguments}: {out}{err}"
    return out


def ids(path: Path, session: str, at: str = "HEAD") -> list[str]:
    """The ids in a session's history, as git has them."""
    text = git(path, "show", f"{at}:cli/{session}/history.jsonl")
    return [json.loads(line)["id"] for line in text.splitlines()]


def judge(path: Path, acknowledged: Iterable[tuple[str, int]] = (), *, clean: bool = True) -> None:
    """Hold a store that nobody has open to its promise, with real git as the judge."""
    git(path, "fsck", "--full", "--strict")
    if clean:
        assert git(path, "status", "--porcelain") == ""
    wanted: dict[str, set[str]] = {}
    for session, number in acknowledged:
        wanted.setdefault(session, set()).add(f"{number:06}")
    for session, numbers in wanted.items():
        found = ids(path, session)
        assert found == sorted(set(found)), f"{session}: twice or out of order"
        assert numbers <= set(found), f"{session}: lost {sorted(numbers - set(found))}"
        document = json.loads(git(path, "show", f"HEAD:cli/{session}/session.json"))
        assert document["count"] == len(found), f"{session}: counted {document['count']}, has {len(found)}"
    assert leftovers(path) == []


def leftovers(path: Path) -> list[str]:
    """Files that a store which nobody has open should not have."""
    found = []
    for folder, _, names in os.walk(path):
        for name in names:
            full = str(Path(folder, name).relative_to(path))
            if re.search(
                r"\.lock$|\.keep$|\.wal$|tmp_|gitstore/(stage|locks|quarantine)/|\.git\.gitstore-", full
            ):
                found.append(full)
    packs = {name.stem for name in (path / ".git/objects/pack").glob("*.pack")}
    indexes = {name.stem for name in (path / ".git/objects/pack").glob("*.idx")}
    return found + sorted(packs ^ indexes)


class WatchedFiles(Files):
    """A disk that counts its changing calls and hands each to `meet`."""

    def __init__(self) -> None:
        self.count = 0
        self.calls: list[str] = []

    def meet(self, do: Callable[[], Any], write: tuple[int, bytes] | None) -> Any:
        """Do a call or something else; of a write also what is written where."""
        del write
        return do()


def _watched(name: str) -> Callable[..., Any]:
    def method(self: WatchedFiles, *arguments: Any, **options: Any) -> Any:
        self.count += 1
        self.calls.append(name)
        plain = getattr(Files, name)
        write = (arguments[0], arguments[1]) if name == "write" else None
        return self.meet(lambda: plain(self, *arguments, **options), write)

    return method


for _name in CALLS:
    setattr(WatchedFiles, _name, _watched(_name))


class DyingFiles(WatchedFiles):
    """A disk whose process dies at the Nth call: before it, or in the middle of a write."""

    def __init__(self, at: int, *, half: bool) -> None:
        super().__init__()
        self.at = at
        self.half = half

    def meet(self, do: Callable[[], Any], write: tuple[int, bytes] | None) -> Any:
        if self.count == self.at:
            if self.half and write is not None:
                os.write(write[0], write[1][: len(write[1]) // 2])
            os._exit(9)
        return do()


class FailingFiles(WatchedFiles):
    """A disk whose Nth call fails, once or from then on."""

    def __init__(self, at: int, number: int = errno.ENOSPC, *, for_good: bool = False) -> None:
        super().__init__()
        self.at = at
        self.number = number
        self.for_good = for_good

    def meet(self, do: Callable[[], Any], write: tuple[int, bytes] | None) -> Any:
        if self.count == self.at or (self.for_good and self.count > self.at):
            if write is not None:
                with contextlib.suppress(OSError):
                    os.write(write[0], write[1][: len(write[1]) // 3])
            raise OSError(self.number, os.strerror(self.number))
        return do()


def in_child(work: Callable[[], None]) -> int:
    """Run something in a process of its own and return its exit code (negative: the signal that ended it)."""
    child = start_child(work)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def start_child(work: Callable[[], None]) -> int:
    """Start something in a process of its own and return its id."""
    child = os.fork()
    if child:
        return child
    code = 70
    try:
        work()
        code = 0
    except BaseException:  # noqa: BLE001  a child of a test must not run the rest of the tests
        import traceback

        traceback.print_exc()
    finally:
        os._exit(code)

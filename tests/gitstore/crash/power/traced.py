"""What runs under strace: all scenarios, with a list of what the seam was asked for, in order.

python -m tests.gitstore.crash.power.traced FOLDER LIST
"""

import functools
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.gitstore.crash.power import scenarios
from tests.gitstore.crash.power.scenarios import NAME
from tests.support.disks import Cut, Disk
from tests.support.recorder import KNOWN, RecordingFiles

told: list[list[str]] = []


class TellingFiles(RecordingFiles):
    """A recorder that tells each call that succeeded, with the paths that it was about."""


def _path(path: Any, directory: int | None = None) -> str:
    above = Path.cwd() if directory is None else Path(os.readlink(f"/proc/self/fd/{directory}"))
    return str(above / path)


def _telling(name: str) -> Callable[..., Any]:
    plain = getattr(RecordingFiles, name)

    @functools.wraps(plain)
    def method(self: TellingFiles, first: Any, *rest: Any, **options: Any) -> Any:
        row = [name]
        if name in {"write", "flush", "truncate"}:
            row.append(os.readlink(f"/proc/self/fd/{first}"))
        elif name in {"rename", "link"}:
            row += [_path(first), _path(rest[0], options.get("directory"))]
        else:
            row.append(_path(first, options.get("directory")))
        done = plain(self, first, *rest, **options)
        if name != "write" or rest[0]:  # of nothing there is nothing to write
            told.append(row)
        return done

    return method


for _name in KNOWN:
    setattr(TellingFiles, _name, _telling(_name))


def prepare(folder: Path) -> None:
    """Make what the scenarios begin with: copies of a store, and a disk as a crash left it."""
    start = scenarios.template(folder)
    apart = folder / "apart"
    apart.mkdir()
    record = scenarios.one_turn(apart, start)
    moved = next(
        at
        for at, event in enumerate(record.events, 1)
        if event.call == "rename" and event.to and event.to[1] == "main"
    )
    disk: Disk = record.start
    for event in record.events[:moved]:
        disk = disk if event.mark else disk.after(event)
    cut = Cut(disk)
    cut.image(cut.kept()).write(folder / "recovery")
    scenarios.prepare(folder, start)


def main() -> None:
    """Run all scenarios in a prepared folder."""
    folder, listed = Path(sys.argv[1]), Path(sys.argv[2])
    for scenario in scenarios.SCENARIOS.values():
        scenario(folder, folder / "template", TellingFiles)
    found = scenarios.recovery(folder / "recovery", frozenset(), frozenset(), TellingFiles)
    assert found.events, "there was nothing to recover"
    assert (folder / "recovery" / NAME / ".git").is_dir()
    listed.write_text(json.dumps(told))


if __name__ == "__main__":
    main()

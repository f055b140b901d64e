"""Nothing reaches the disk past the seam: the system's own list of calls is the one that was recorded."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.gitstore.crash.power import traced

ROOT = Path(__file__).parents[4]
CHANGING = (
    "open", "openat", "openat2", "creat", "write", "pwrite64", "writev", "pwritev", "pwritev2", "sendfile",
    "splice",
    "copy_file_range", "rename", "renameat", "renameat2", "link", "linkat", "symlink", "symlinkat", "unlink",
    "unlinkat", "mkdir", "mkdirat", "rmdir", "mknod", "mknodat", "truncate", "ftruncate", "fallocate",
    "fsync",
    "fdatasync", "sync_file_range", "syncfs", "sync", "msync", "chmod", "fchmod", "fchmodat", "fchmodat2",
    "chown", "fchown", "lchown", "fchownat", "utime", "utimes", "utimensat", "futimesat", "setxattr",
    "lsetxattr", "fsetxattr",
    "removexattr", "lremovexattr", "fremovexattr", "io_uring_setup",
)  # fmt: skip
_LINE = re.compile(r"\d+ +(\w+)\((.*)\) += (-?\d+)(?:<([^>]*)>)?")
_WORDS = re.compile(r'(?:AT_FDCWD|-?\d+)<([^>]*)>|"((?:[^"\\]|\\.)*)"')
_OF_CONTENT = {"write", "pwrite64", "writev", "pwritev", "pwritev2", "fsetxattr"}
_SEAM = {
    "write": "write", "fdatasync": "flush", "fsync": "flush_directory", "ftruncate": "truncate",
    "rename": "rename", "renameat": "rename",
    "renameat2": "rename", "link": "link", "linkat": "link", "unlink": "unlink", "unlinkat": "unlink",
    "mkdir": "make_directory", "mkdirat": "make_directory", "rmdir": "remove_directory",
}  # fmt: skip


def _paths(arguments: str) -> list[str]:
    """The paths that a call is about: a descriptor's, or a name, seen from the descriptor before it."""
    found: list[str] = []
    above: str | None = None
    for descriptor, name in _WORDS.findall(arguments):
        if descriptor:
            found += [above] if above else []
            above = descriptor.removesuffix(" (deleted)")
        else:
            found.append(str(Path(above or "/", name)))
            above = None
    return found + ([above] if above else [])


def _row(line: str, folder: Path) -> list[str] | None:  # noqa: PLR0911  a table
    """One line of strace as the seam would tell it; None if it changes nothing below the folder."""
    match = _LINE.match(line)
    if match is None or int(match[3]) < 0:
        return None
    call, arguments, result = match[1], match[2], match[4]
    opens = call.startswith(("open", "creat"))
    if opens and not re.search(r"O_WRONLY|O_RDWR|O_CREAT|O_TRUNC", arguments) and call != "creat":
        return None
    if call in _OF_CONTENT:
        arguments = arguments.partition(",")[0]
    paths = [result.removesuffix(" (deleted)")] if opens and result else _paths(arguments)
    if not any(path.startswith(f"{folder}/") for path in paths):
        return None
    if call == "utimensat" and "/.git/objects/" in paths[0]:
        return None  # a git that made the scenario says that it still needs an object
    if opens:
        if "O_WRONLY" in arguments and "O_CREAT" not in arguments:
            return ["open_beginning", *paths]
        return ["create" if "O_EXCL" in arguments else "open_append", *paths]
    if call == "unlinkat" and "AT_REMOVEDIR" in arguments:
        return ["remove_directory", *paths]
    return [_SEAM.get(call, f"system call {call}"), *paths]


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_the_system_sees_just_the_calls_that_the_seam_recorded(tmp_path: Path) -> None:
    folder, trace, listed = tmp_path / "disk", tmp_path / "trace", tmp_path / "list"
    folder.mkdir()
    traced.prepare(folder)
    command = ["strace", "-f", "--seccomp-bpf", "-y", "-qq", "-s", "16", "-o", str(trace)]
    command += ["-e", "trace=" + ",".join(f"?{name}" for name in CHANGING), "-e", "signal=none"]
    program = [sys.executable, "-m", "tests.gitstore.crash.power.traced", str(folder), str(listed)]
    done = subprocess.run(
        [*command, *program], cwd=ROOT, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}, check=False,
        capture_output=True, text=True,
    )  # fmt: skip
    if "ptrace" in done.stderr and not listed.exists():
        pytest.skip(f"strace may not trace here: {done.stderr.strip()[:80]}")
    assert done.returncode == 0, done.stderr
    recorded = json.loads(listed.read_text())
    seen = [row for line in trace.read_text(errors="replace").splitlines() if (row := _row(line, folder))]
    assert len(seen) > 500
    for at, (system, seam) in enumerate(zip(seen, recorded, strict=False)):
        assert system == seam, f"call {at}: the system saw {system}, the seam recorded {seam}"
    assert len(seen) == len(recorded)


def test_a_line_of_strace_is_understood() -> None:
    folder = Path("/s")
    assert _row('1  openat(AT_FDCWD</>, "/s/a", O_RDONLY|O_CLOEXEC) = 3</s/a>', folder) is None
    assert _row('1  openat(AT_FDCWD</>, "/s/a", O_RDWR|O_CLOEXEC) = 3</s/a>', folder) == [
        "open_append",
        "/s/a",
    ]
    assert _row('1  renameat(AT_FDCWD</>, "/s/a", 4</s/d>, "b") = 0', folder) == ["rename", "/s/a", "/s/d/b"]
    assert _row('1  unlink("/s/a") = -1 ENOENT (No such file or directory)', folder) is None
    assert _row('1  write(3</s/a (deleted)>, "x, \\"y\\"", 6) = 6', folder) == ["write", "/s/a"]
    assert _row('1  utimensat(AT_FDCWD</>, "/s/a", NULL, 0) = 0', folder) == ["system call utimensat", "/s/a"]
    assert _row('1  mkdir("/other", 0777) = 0', folder) is None

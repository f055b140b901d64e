"""Everything that changes a disk goes through files.py, and dulwich is met in one place."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import gitstore

ROOT = Path(gitstore.__file__).parent
SEAM = ROOT / "disk/files.py"
SOURCES = sorted(path for path in ROOT.rglob("*.py") if path != SEAM)
ELSEWHERE = {
    "signing/making.py": ["path.write_text"],  # a key in a folder of the system's, for ssh-keygen
    "signing/verifying.py": ["path.write_bytes"],  # a signature there
    "transport/taking.py": ["os.chmod"],  # what git left read-only and has to be flushed
    "transport/wires.py": ["os.write"],  # a pipe to a child
}
"""What looks like a change of a store and is none."""
CHANGING = {
    "write", "ftruncate", "truncate", "replace", "rename", "renames", "link", "symlink", "unlink", "remove",
    "rmdir", "mkdir", "makedirs", "removedirs", "fsync", "fdatasync", "chmod", "utime", "copytree", "rmtree",
    "move", "write_bytes", "write_text", "touch", "hardlink_to", "symlink_to",
}  # fmt: skip


def _changes(source: Path) -> list[str]:
    """Calls of the system or of a Path that change a disk."""
    found = []
    for node in ast.walk(ast.parse(source.read_text())):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        owner = ast.unparse(node.func.value)
        if owner in {"os", "shutil"} and node.func.attr in CHANGING:
            found.append(f"{source.name}:{node.lineno} {ast.unparse(node)[:60]}")
        if (
            owner == "os"
            and node.func.attr == "open"
            and ("O_WR" in ast.unparse(node) or "O_CR" in ast.unparse(node))
        ):
            found.append(f"{source.name}:{node.lineno} {ast.unparse(node)[:60]}")
        is_path = node.func.attr in {
            "write_bytes",
            "write_text",
            "touch",
            "unlink",
            "rmdir",
            "mkdir",
            "rename",
        }
        if is_path and not owner.endswith(("files", "_files", "disk")):
            found.append(f"{source.name}:{node.lineno} {ast.unparse(node)[:60]}")
    return found


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_module_changes_the_disk_past_the_seam(source: Path) -> None:
    name = source.relative_to(ROOT).as_posix()
    assert [call.split()[1].partition("(")[0] for call in _changes(source)] == ELSEWHERE.get(name, [])


def test_the_search_for_changes_finds_those_of_the_seam_itself() -> None:
    assert len(_changes(SEAM)) >= 8


def test_importing_and_reading_brings_no_heavy_library(tmp_path: Path) -> None:
    program = (
        "import sys, pathlib, gitstore\n"
        "with gitstore.Store.open(pathlib.Path('s'), identity=gitstore.Identity('a', 'b@c')) as store:\n"
        "    store.apply(gitstore.Change((gitstore.PutFile('cli/x/y', b'1'),), 's'))\n"
        "    list(store.log()), store.snapshot().names('cli')\n"
        "print(sorted({'dulwich', 'asyncio', 'pydantic', 'typer', 'rich', 'dexter'} & set(sys.modules)))\n"
    )
    root = Path(gitstore.__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(root)!r})\n{program}"],
        capture_output=True, text=True, check=True, cwd=tmp_path,
    )  # fmt: skip
    assert done.stdout.strip() == "[]"


def test_objects_of_an_alternate_are_read(tmp_path: Path) -> None:
    from tests.support.stores import git, open_store, save

    path, borrower = tmp_path / "sessions", tmp_path / "borrower"
    with open_store(path) as store:
        save(store, "aaaaaaaa", 1)
    git(tmp_path, "clone", "-q", "--shared", str(path), str(borrower))
    with open_store(borrower) as store:
        assert store.snapshot().names("cli") == ["aaaaaaaa"]
        assert save(store, "aaaaaaaa", 2).commit
    git(borrower, "fsck", "--full", "--strict")
    assert git(borrower, "status", "--porcelain") == ""


def test_every_public_name_is_listed_and_sorted() -> None:
    assert list(gitstore.__all__) == sorted(gitstore.__all__, key=lambda name: (not name.isupper(), name))
    assert all(
        getattr(gitstore, name).__doc__ for name in gitstore.__all__ if name not in {"Notice", "Operation"}
    )

"""Files below one folder, with real links on a real disk."""

import os
import threading
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dexter.permissions.floor import of_command
from dexter.permissions.lines import CommandLine
from dexter.permissions.names import forbidden
from dexter.tools.acting.errors import FileTrouble, OutOfBounds
from dexter.tools.acting.folder import Folder
from dexter.tools.errors import ToolError

NAMES = st.sampled_from(
    ["a", "b", "..", ".", "", "~", ".git", ".GIT", ".env", ".env.local", ".ssh", "out", "in", "id_rsa",
     "x.pem", "\u200b.git", ".g\u200cit", "\uff0egit", ".git.", "é", "a b", "\n", "\\", "c:"]
)  # fmt: skip
SECRET = b"outside"


def names(folder: Path) -> list[str]:
    """What is in a folder."""
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with links out of it, beside a folder with a secret."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_bytes(SECRET)
    inside = tmp_path / "inside"
    (inside / "a").mkdir(parents=True)
    (inside / "a/file").write_bytes(b"inside")
    (inside / ".git").mkdir()
    (inside / ".git/config").write_bytes(SECRET)
    (inside / ".env").write_bytes(SECRET)
    (inside / "out").symlink_to(outside)
    (inside / "a/out").symlink_to("../../outside/secret")
    (inside / "in").symlink_to("a")
    (inside / "keys").symlink_to(".env")
    return inside


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
@given(st.lists(NAMES, max_size=5), st.booleans(), st.sampled_from(["", "/secret", "/file", "/config"]))
def test_no_path_leads_out_or_to_secrets(place: Path, parts_of: list[str], from_root: bool, end: str):
    folder = Folder(place)
    path = (f"{place}/" if from_root else "") + "/".join(parts_of) + end
    try:
        parts = folder.parts(path)
        assert not forbidden(parts)
        assert ".." not in parts
        content = folder.read(parts, 1000)
    except ToolError:
        pass
    else:
        assert content in {b"inside", b"written"}
    with suppress(ToolError):
        folder.write(folder.parts(path), b"written", instead_of=None)
    assert (place.parent / "outside/secret").read_bytes() == SECRET
    assert names(place.parent / "outside") == ["secret"]
    assert (place / ".git/config").read_bytes() == (place / ".env").read_bytes() == SECRET
    assert names(place / ".git") == ["config"]


@pytest.mark.parametrize("path", ["out/secret", "a/out", "in/file", "keys", "out", "in"])
def test_no_link_is_followed_wherever_it_leads(place: Path, path: str):
    folder = Folder(place)
    with pytest.raises(OutOfBounds, match="link"):
        folder.read(folder.parts(path), 1000)
    with pytest.raises(OutOfBounds, match="link"):
        folder.write(folder.parts(path), b"x", instead_of=None)


@pytest.mark.parametrize(
    "path",
    [".env", "a/.env.production", ".git/hooks/x", "A/.GIT/x", ".dexter/settings.json", ".ssh/config",
     "my.pem",
     "../outside/secret", "/etc/passwd", "~/x", "a/../../x", "\u200b.git/config", "a\x1bb", "ID_RSA",
     ".netrc"],
)  # fmt: skip
def test_what_no_rule_lifts_is_out_of_bounds_before_the_disk_is_asked(place: Path, path: str):
    with pytest.raises(OutOfBounds):
        Folder(place).parts(path)


def test_the_home_is_not_touched_whatever_it_is_called(place: Path):
    (place / "data").mkdir()
    (place / "data/settings.json").write_bytes(SECRET)
    folder = Folder(place, without=[place / "data"])
    with pytest.raises(OutOfBounds, match="its own data"):
        folder.read(("data", "settings.json"), 1000)
    with pytest.raises(OutOfBounds, match="its own data"):
        folder.write(("data", "settings.json"), b"x", instead_of=SECRET)
    assert "data" not in {entry.name for entry in folder.entries(())}


def test_a_listing_names_links_and_leaves_secrets_out(place: Path):
    listed = {entry.name: entry.kind for entry in Folder(place).entries(())}
    assert listed == {"a": "folder", "in": "link", "keys": "link", "out": "link"}


def test_a_file_is_replaced_whole_with_its_permissions_and_folders_are_made(place: Path):
    folder = Folder(place)
    (place / "a/file").chmod(0o750)
    before = (place / "a/file").stat().st_ino
    folder.write(("a", "file"), b"new", instead_of=b"inside")
    state = (place / "a/file").stat()
    assert (state.st_mode & 0o777, state.st_ino != before) == (0o750, True)
    folder.write(("new", "deep", "file"), b"x", instead_of=None)
    assert (place / "new/deep/file").read_bytes() == b"x"
    assert names(place / "new/deep") == ["file"]


def test_what_was_changed_meanwhile_stays(place: Path):
    folder = Folder(place)
    for held in (None, b"something else"):
        with pytest.raises(FileTrouble, match="meanwhile"):
            folder.write(("a", "file"), b"new", instead_of=held)
    with pytest.raises(FileTrouble, match="meanwhile"):
        folder.write(("a", "gone"), b"new", instead_of=b"was there")
    assert (place / "a/file").read_bytes() == b"inside"
    assert names(place / "a") == ["file", "out"]


def test_what_is_no_file_or_protected_is_left(place: Path):
    folder = Folder(place)
    os.mkfifo(place / "pipe")
    (place / "fixed").write_bytes(b"x")
    (place / "fixed").chmod(0o444)
    for parts in (("pipe",), ("a",), ()):
        with pytest.raises(FileTrouble):
            folder.read(parts, 1000)
    for parts in (("pipe",), ("a",), ("fixed",), ()):
        with pytest.raises(FileTrouble):
            folder.write(parts, b"y", instead_of=b"x")
    with pytest.raises(FileTrouble, match="more than"):
        folder.read(("a", "file"), 3)
    assert (place / "fixed").read_bytes() == b"x"


def test_a_folder_that_becomes_a_link_meanwhile_leads_nowhere(place: Path):
    """A racer swaps a folder for a link out; whatever the moment, the secret is neither read nor replaced."""
    (place / "swap").mkdir()
    (place / "swap/secret").write_bytes(b"inside")
    folder = Folder(place)
    stop = threading.Event()

    def racer() -> None:
        while not stop.is_set():
            (place / "swap").rename(place / "away")
            with suppress(FileExistsError):  # who writes may have made the folder anew, which is empty then
                (place / "swap").symlink_to(place.parent / "outside")
                (place / "swap").unlink()
            (place / "away").rename(place / "swap")

    thread = threading.Thread(target=racer)
    thread.start()
    try:
        for _ in range(2000):
            with suppress(ToolError):
                assert folder.read(("swap", "secret"), 100) == b"inside"
                folder.write(("swap", "secret"), b"inside", instead_of=b"inside")
    finally:
        stop.set()
        thread.join()
    assert folder.read(("swap", "secret"), 100) == b"inside"
    assert (place.parent / "outside/secret").read_bytes() == SECRET
    assert names(place.parent / "outside") == ["secret"]


@pytest.mark.parametrize(
    "command", ["cat out/secret", "cat a/out", "cat keys", "cat --file=out/secret", "cat -fkeys"]
)
def test_a_command_that_names_a_link_out_is_asked_for(place: Path, command: str):
    assert of_command(CommandLine.read(command), place)
    assert not of_command(CommandLine.read("cat a/file in/file"), place)

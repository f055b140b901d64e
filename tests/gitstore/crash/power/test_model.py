"""The disks that forget forget what they may, and keep what they must."""

import random
from pathlib import Path

import pytest

from gitstore.disk.files import Files
from tests.support import recorder
from tests.support.disks import Cut, Image, moments
from tests.support.recorder import RecordingFiles


@pytest.fixture
def top(tmp_path: Path) -> Path:
    top = tmp_path / "top"
    top.mkdir()
    (top / "old").write_bytes(b"a" * 600)
    return top


def _states(files: RecordingFiles, at: int | None = None) -> set[tuple[tuple[str, bytes], ...]]:
    """All files with their content, in each state after so many events."""
    cut = moments(files.start, files.events)[len(files.events) if at is None else at]
    return {_plain(cut.image(state)) for state in cut.every()}


def _plain(image: Image) -> tuple[tuple[str, bytes], ...]:
    return tuple((path, content) for path, _, content in image.files)


def test_nothing_is_lost_that_was_flushed_with_its_name(top: Path) -> None:
    files = RecordingFiles(top)
    files.write_new(top / "new", b"b" * 10)
    files.flush_directory(top)
    assert _states(files) == {(("new", b"b" * 10), ("old", b"a" * 600))}


def test_a_flushed_file_may_vanish_with_its_name_and_a_flushed_name_may_have_no_content(top: Path) -> None:
    files = RecordingFiles(top)
    files.write_new(top / "new", b"bb")
    assert _states(files) == {(("old", b"a" * 600),), (("new", b"bb"), ("old", b"a" * 600))}
    files.unlink(top / "new")
    files.write_new(top / "new", b"cc", flush=False)
    files.flush_directory(top)
    found = {dict(state)["new"] for state in _states(files)}
    assert found == {b"", b"\0\0", b"cc"}


def test_a_rename_may_come_before_the_content_be_lost_or_lose_the_old_name_alone(top: Path) -> None:
    files = RecordingFiles(top)
    files.write_new(top / "new", b"cc", flush=False)
    files.flush_directory(top)
    files.rename(top / "new", top / "old")
    found = _states(files)
    assert (("old", b""),) in found
    assert (("new", b"cc"), ("old", b"a" * 600)) in found
    assert (("new", b"\0\0"), ("old", b"\0\0")) in found
    assert (("old", b"a" * 600),) in found


def test_a_removed_name_may_come_back_and_a_second_name_keeps_the_file(top: Path) -> None:
    files = RecordingFiles(top)
    files.make_directory(top / "below")
    files.link(top / "old", top / "below" / "again")
    files.unlink(top / "old")
    assert _states(files) == {
        (("old", b"a" * 600),),
        (),
        (("below/again", b"a" * 600),),
        (("below/again", b"a" * 600), ("old", b"a" * 600)),
    }
    both = next(
        image for image in (cut.image(state) for cut in [Cut(_now(files))] for state in cut.every())
        if len(image.files) == 2
    )  # fmt: skip
    assert both.files[0][1] == both.files[1][1]
    both.write(top.with_name("written"))
    assert (top.with_name("written") / "old").samefile(top.with_name("written") / "below" / "again")


def test_a_directory_that_loses_its_name_takes_along_what_was_flushed_in_it(top: Path) -> None:
    files = RecordingFiles(top)
    files.make_directory(top / "below")
    files.write_new(top / "below" / "new", b"bb")
    files.flush_directory(top / "below")
    assert (("old", b"a" * 600),) in _states(files)
    files.flush_directory(top)
    assert _states(files) == {(("below/new", b"bb"), ("old", b"a" * 600))}


def test_what_is_appended_is_torn_at_blocks_and_never_what_was_there(top: Path) -> None:
    files = RecordingFiles(top)
    descriptor = files.open_append(top / "old")
    files.write(descriptor, b"b" * 2000)
    cut = Cut(_now(files))
    found = set()
    for seed in range(400):
        ((_, content),) = _plain(cut.image(cut.sample(random.Random(seed))))
        assert content[:600] == b"a" * 600
        assert len(content) in {600, 1024, 1536, 2048, 2560, 2600}
        assert {content[at : at + 1] for at in range(600, len(content))} <= {b"b", b"\0"}
        found.add(content)
    assert len(found) > 20
    files.truncate(descriptor, 600)
    assert _states(files) == {(("old", b"a" * 600),)}


def test_a_call_of_the_disk_that_the_recorder_does_not_know_is_an_error(
    top: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert recorder.primitives() == recorder.KNOWN
    assert all(name in vars(RecordingFiles) and name in vars(Files) for name in recorder.KNOWN)
    monkeypatch.setattr(recorder, "KNOWN", recorder.KNOWN - {"rename"})
    with pytest.raises(AssertionError, match="rename"):
        RecordingFiles(top)


def _now(files: RecordingFiles):  # noqa: ANN202
    return moments(files.start, files.events)[len(files.events)].disk

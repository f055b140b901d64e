"""What goes wrong on the way to a remote and back: nobody let in, nothing said, cut, something in the way."""

import re
from pathlib import Path

import pytest

from gitstore import errors
from gitstore.disk.files import Files
from gitstore.git import remotes
from gitstore.transport import Limits, Pushed, Rejected
from tests.support.remotes import Served, cutting, missing, serve, silent
from tests.support.remotes.copies import bare, given, sound, store, tip, transport, untouched
from tests.support.stores import git

QUICK = Limits(silence=1.0)


def test_a_wrong_password_is_told_and_not_shown(web: Served, way: str, tmp_path: Path) -> None:
    given(store(tmp_path / "one", 1), bare(web.root / "far.git"))
    two = store(tmp_path / "two", 2, url=web.wrong_password())
    before = tip(two)
    assert before is not None
    for act in (
        lambda: transport(two, way, web).fetch("far"),
        lambda: transport(two, way, web).push("far", before, None),
    ):
        with pytest.raises(errors.RemoteRefused) as caught:
            act()
        assert "wr0ng" not in str(caught.value)
        assert caught.value.remote == "far"
    assert "wr0ng" not in remotes.find(two / ".git", "far").shown
    untouched(two, before)


def test_who_has_no_password_is_refused_and_nobody_is_asked(web: Served, way: str, tmp_path: Path) -> None:
    bare(web.root / "far.git")
    two = store(tmp_path / "two", url=f"http://127.0.0.1:{web.port}/far.git")
    with pytest.raises(errors.RemoteRefused):
        transport(two, way, web).fetch("far")


def test_a_password_is_asked_for_where_gitstore_speaks(web: Served, tmp_path: Path) -> None:
    one = given(store(tmp_path / "one", 1), bare(web.root / "far.git"))
    two = store(tmp_path / "two", url=f"http://127.0.0.1:{web.port}/far.git")
    asked: list[str] = []

    def answer(host: str) -> tuple[str, str]:
        asked.append(host)
        return ("tester", "s3cret-word")

    assert transport(two, "direct", web, credentials=answer).fetch("far").tip == tip(one)
    assert asked == ["127.0.0.1"]


def test_a_page_that_moved_is_followed(web: Served, way: str, tmp_path: Path) -> None:
    one = given(store(tmp_path / "one", 1), bare(web.root / "far.git"))
    two = store(tmp_path / "two", url=web.url("moved/far.git"))
    assert transport(two, way, web).fetch("far").tip == tip(one)


@pytest.mark.parametrize("kind", ["folder", "file", "daemon", "http", "ssh"])
def test_a_repository_that_is_not_there_is_told(kind: str, way: str, tmp_path: Path) -> None:
    if reason := missing(kind):
        pytest.skip(reason)
    with serve(kind, tmp_path / "served") as served:
        two = store(tmp_path / "two", url=served.url("none.git"))
        before = tip(two)
        with pytest.raises((errors.RemoteUnreachable, errors.RemoteRefused)) as caught:
            transport(two, way, served).fetch("far")
        assert "s3cret" not in str(caught.value)
        untouched(two, before)


@pytest.mark.parametrize("scheme", ["git", "http", "ssh"])
def test_a_server_that_says_nothing_is_left(scheme: str, way: str, tmp_path: Path) -> None:
    if scheme == "ssh" and (reason := missing("ssh")):
        pytest.skip(reason)
    with silent() as port:
        two = store(tmp_path / "two", url=f"{scheme}://127.0.0.1:{port}/far.git")
        before = tip(two)
        assert before is not None
        for act in (
            lambda: transport(two, way, limits=QUICK).fetch("far"),
            lambda: transport(two, way, limits=QUICK).push("far", before, None),
        ):
            with pytest.raises(errors.RemoteSilent) as caught:
                act()
            assert caught.value.seconds == 1.0
        untouched(two, before)


def test_nobody_there_is_told(way: str, tmp_path: Path) -> None:
    with silent() as port:
        pass
    two = store(tmp_path / "two", url=f"git://127.0.0.1:{port}/far.git")
    with pytest.raises(errors.RemoteUnreachable):
        transport(two, way).fetch("far")


@pytest.mark.parametrize("kind", ["daemon", "http"])
def test_a_connection_cut_anywhere_leaves_nothing(kind: str, way: str, tmp_path: Path) -> None:
    if reason := missing(kind):
        pytest.skip(reason)
    with serve(kind, tmp_path / "served") as served:
        one = given(store(tmp_path / "one", 1, 2), bare(served.root / "far.git"))
        two = store(tmp_path / "two", 9, url="/nowhere")
        before = tip(two)
        assert served.port is not None
        with cutting(served.port) as passed:
            url = served.url().replace(str(served.port), str(passed.port))
            git(two, "config", "remote.far.url", url)
            assert transport(two, way, served).fetch("far").tip == tip(one)
        whole = passed.came
        git(two, "update-ref", "-d", "refs/remotes/far/main")
        git(two, "gc", "--quiet", "--prune=now")
        places = [0, 3, 40, whole // 3, whole // 2]
        if way == "direct":  # git is told what the server does, in more or fewer words
            # the server may send the same in one packet less, which is 5 bytes
            places += [whole - 200, whole - 30, whole - 12]
        for after in places:
            with cutting(served.port, after) as passed:
                url = served.url().replace(str(served.port), str(passed.port))
                git(two, "config", "remote.far.url", url)
                # Git takes half an answer to be one that refuses.
                with pytest.raises((errors.RemoteUnreachable, errors.RemoteBroken, errors.RemoteRefused)):
                    transport(two, way, served).fetch("far")
            untouched(two, before)


def test_a_cut_push_is_told_and_can_be_done_again(daemon: Served, way: str, tmp_path: Path) -> None:
    far = bare(daemon.root / "far.git")
    one = store(tmp_path / "one", 1, url="/nowhere")
    new = tip(one)
    assert new is not None
    assert daemon.port is not None
    for after in (0, 20, 60):
        with cutting(daemon.port, after) as passed:
            git(one, "config", "remote.far.url", f"git://127.0.0.1:{passed.port}/far.git")
            with pytest.raises((errors.RemoteUnreachable, errors.RemoteBroken)):
                transport(one, way).push("far", new, None)
        sound(one)
    git(one, "config", "remote.far.url", daemon.url())
    found = transport(one, way).fetch("far")
    if found.tip is None:
        assert transport(one, way).push("far", new, None) == Pushed(new)
    assert tip(far) == new


def test_a_branch_that_is_checked_out_there_is_told(way: str, tmp_path: Path) -> None:
    far = store(tmp_path / "far", 1)
    one = store(tmp_path / "one", 1, url=str(far))
    git(one, "fetch", "--quiet", "far", "main")
    git(one, "reset", "--quiet", "--hard", "FETCH_HEAD")
    (one / ".git/FETCH_HEAD").unlink()
    expected = tip(one)
    store(one, 2)
    new = tip(one)
    assert new is not None
    with pytest.raises(errors.RemoteRejected, match="checked out") as caught:
        transport(one, way).push("far", new, expected)
    assert not re.search(r"[\x00-\x1f]", caught.value.reason)
    assert tip(far) == expected
    assert git(far, "status", "--porcelain") == ""
    sound(one)


@pytest.mark.parametrize("server", ["daemon", "http"])
def test_what_a_hook_says_is_told(server: str, way: str, tmp_path: Path) -> None:
    with serve(server, tmp_path / "served") as served:
        far = bare(served.root / "far.git")
        hook = far / "hooks/pre-receive"
        hook.write_text("#!/bin/sh\nprintf '\\033[31mnot today\\n' >&2\nexit 1\n")
        hook.chmod(0o755)
        one = store(tmp_path / "one", 1, url=served.url())
        new = tip(one)
        assert new is not None
        with pytest.raises(errors.RemoteRejected, match="pre-receive hook declined"):
            transport(one, way, served).push("far", new, None)
        assert tip(far) is None


def test_nothing_of_the_stores_own_hooks_runs(tmp_path: Path) -> None:
    far = bare(tmp_path / "far.git")
    one = store(tmp_path / "one", 1, url=str(far))
    for name in ("pre-push", "reference-transaction", "post-merge", "post-checkout"):
        hook = one / ".git/hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
        hook.chmod(0o755)
    git(one, "config", "core.hooksPath", str(one / ".git/hooks"))
    git(one, "config", "remote.far.uploadpack", f"touch {tmp_path}/ran; git-upload-pack")
    new = tip(one)
    assert new is not None
    assert transport(one, "git").push("far", new, None) == Pushed(new)
    assert transport(one, "git").fetch("far").tip == new
    assert not (tmp_path / "ran").exists()


def test_an_address_that_names_a_program_is_never_used(way: str, tmp_path: Path) -> None:
    two = store(tmp_path / "two")
    for url in (
        f"ext::touch {tmp_path}/ran",
        "fd::3",
        "-u:x",
        "--upload-pack=touch",
        "ssh://-oProxyCommand=x/y",
    ):
        with pytest.raises(errors.UrlRefused):
            remotes.add(Files(), two / ".git", "far", url)
        git(two, "config", "remote.far.url", url)
        with pytest.raises(errors.UrlRefused):
            transport(two, way).fetch("far")
        git(two, "config", "--unset-all", "remote.far.url")
    with pytest.raises(errors.RemoteNotFound):
        transport(two, way).fetch("far")
    assert not (tmp_path / "ran").exists()


def test_who_pushes_at_the_same_time_is_told_apart(way: str, tmp_path: Path) -> None:
    far = bare(tmp_path / "far.git")
    one, two = store(tmp_path / "one", 1, url=str(far)), store(tmp_path / "two", 2, url=str(far))
    found = []
    for path in (one, two):
        new = tip(path)
        assert new is not None
        found.append(transport(path, way).push("far", new, None))
    assert isinstance(found[0], Pushed)
    assert isinstance(found[1], Rejected)

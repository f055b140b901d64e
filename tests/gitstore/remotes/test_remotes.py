from pathlib import Path

import pytest

from gitstore import addresses, errors
from gitstore.addresses import Address
from gitstore.disk.files import Files
from gitstore.git import remotes
from tests.support.remotes.copies import store
from tests.support.stores import DyingFiles, WatchedFiles, git, in_child, leftovers, open_store, save


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("/srv/far.git", Address("folder", "/srv/far.git")),
        ("../far", Address("folder", "../far")),
        ("./a:b/c", Address("folder", "./a:b/c")),
        ("file:///srv/a%20b", Address("file", "/srv/a b")),
        ("ssh://me@host:2222/srv/far.git", Address("ssh", "/srv/far.git", "host", 2222, "me")),
        ("ssh://host/~me/far", Address("ssh", "~me/far", "host")),
        ("git+ssh://[::1]:22/x", Address("ssh", "/x", "::1", 22)),
        ("me@host:far.git", Address("ssh", "far.git", "host", None, "me")),
        ("host:/srv/far.git", Address("ssh", "/srv/far.git", "host")),
        ("https://a:b%40c@host/x%20y", Address("https", "/x%20y", "host", None, "a", "b@c")),
        ("HTTP://host:8080", Address("http", "", "host", 8080)),
        ("git://host/far", Address("git", "/far", "host")),
    ],
)
def test_an_address_is_understood_as_git_does(url: str, wanted: Address) -> None:
    assert addresses.parse(url) == wanted


@pytest.mark.parametrize(
    "url",
    [
        "", " ", "ext::sh -c x", "fd::3", "foo::bar", "-x", "--upload-pack=x", "ssh://-x/y", "-x:y", "a@-x:y",
        "ssh://host/", "host:-x", "https://a\nb/c", "git://host/a%0ab", "ftp://host/x", "https:///x",
        "https://host:99999/x", "ssh://%2dx@host/y", "/srv/\x1b[31m",
    ],
)  # fmt: skip
def test_an_address_that_could_do_harm_is_refused(url: str, tmp_path: Path) -> None:
    path = store(tmp_path / "one")
    before = (path / ".git/config").read_bytes()
    with pytest.raises(errors.UrlRefused) as caught:
        remotes.add(Files(), path / ".git", "far", url)
    assert caught.value.remote == "far"
    assert (path / ".git/config").read_bytes() == before


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("https://me:s3cret@host/x", "https://me:***@host/x"),
        ("https://host/x", "https://host/x"),
        ("https://ghp_0123456789abcdefghij@github.com/x", "https://***@github.com/x"),
        ("ssh://git@host/x", "ssh://git@host/x"),
        ("unable to access 'https://me:s3c:ret@host/x': no", "unable to access 'https://me:***@host/x': no"),
        ("a\x1b[31mb", "a [31mb"),
    ],
)
def test_what_is_shown_has_no_secret(url: str, wanted: str) -> None:
    assert addresses.shown(url) == wanted


@pytest.mark.parametrize(
    ("url", "public"),
    [
        ("git@github.com:me/x.git", True),
        ("https://www.GitHub.com/me/x", True),
        ("ssh://git@gitlab.com/me/x", True),
        ("https://codeberg.org./me/x", True),
        ("https://github.com.example.org/x", False),
        ("https://notgithub.com/x", False),
        ("me@my-server:x", False),
        ("/srv/github.com/x", False),
        ("ext::github.com", False),
    ],
)
def test_a_host_where_everybody_may_look_is_known(url: str, public: bool) -> None:
    assert addresses.looks_public(url) is public


def test_git_reads_what_was_added_and_the_other_way_round(tmp_path: Path) -> None:
    path = store(tmp_path / "one")
    urls = {"a": "/srv/with space", "b.c": 'odd"\\#;', "team/d": "https://me:pw@host/x"}
    for name, url in urls.items():
        assert remotes.add(Files(), path / ".git", name, url) == remotes.Remote(name, url)
        assert git(path, "remote", "get-url", name).rstrip("\n") == url
        assert git(path, "config", f"remote.{name}.fetch").strip() == f"+refs/heads/*:refs/remotes/{name}/*"
    git(path, "remote", "add", "by-git", "host:far.git")
    git(path, "config", "--add", "remote.by-git.url", "host:second.git")
    assert {each.name: each.url for each in remotes.configured(path / ".git")} == urls | {
        "by-git": "host:far.git"
    }
    remotes.remove(Files(), path / ".git", "b.c")
    assert sorted(git(path, "remote").split()) == ["a", "by-git", "team/d"]
    assert leftovers(path) == []


@pytest.mark.parametrize(
    "name", ["", "a b", "a..b", ".a", "a.lock", "a/", "/a", "a//b", "-a", "a~", "a:b", "a\nb", "a@{b", "*"]
)
def test_a_name_that_git_would_not_take_is_not_taken(name: str, tmp_path: Path) -> None:
    path = store(tmp_path / "one")
    with pytest.raises(ValueError, match="no name"):
        remotes.add(Files(), path / ".git", name, "/srv")
    if name:
        git(path, "check-ref-format", f"refs/remotes/{name}/main", succeeds=False)


def test_a_name_that_is_taken_is_told(tmp_path: Path) -> None:
    path = store(tmp_path / "one", url="/srv")
    for name in ("far", "far/below"):
        with pytest.raises(errors.RemoteExists):
            remotes.add(Files(), path / ".git", name, "/srv")


def test_removing_forgets_where_its_branches_were(tmp_path: Path) -> None:
    path = store(tmp_path / "one", 1, url="/srv")
    git(path, "update-ref", "refs/remotes/far/main", "HEAD")
    git(path, "update-ref", "refs/remotes/farther/main", "HEAD")
    git(path, "pack-refs", "--all")
    git(path, "update-ref", "refs/remotes/far/other", "HEAD")
    remotes.remove(Files(), path / ".git", "far")
    assert git(path, "for-each-ref", "--format=%(refname)", "refs/remotes").split() == [
        "refs/remotes/farther/main"
    ]
    assert git(path, "remote") == ""
    with pytest.raises(errors.RemoteNotFound):
        remotes.remove(Files(), path / ".git", "far")
    git(path, "fsck", "--strict")


def test_a_locked_config_is_told(tmp_path: Path) -> None:
    path = store(tmp_path / "one")
    (path / ".git/config.lock").touch()
    with pytest.raises(errors.NotSaved, match=r"config\.lock"):
        remotes.add(Files(), path / ".git", "far", "/srv")
    assert (path / ".git/config.lock").exists()


@pytest.mark.parametrize("act", ["add", "remove"])
def test_death_at_any_call_leaves_the_old_or_the_new_config(act: str, tmp_path: Path) -> None:
    def do(path: Path, files: Files) -> None:
        if act == "add":
            remotes.add(files, path / ".git", "second", "/srv")
        else:
            remotes.remove(files, path / ".git", "far")

    def made(name: str) -> Path:
        path = store(tmp_path / name, 1, url="/srv")
        git(path, "update-ref", "refs/remotes/far/main", "HEAD")
        git(path, "pack-refs", "--all")
        return path

    watched = WatchedFiles()
    do(made("whole"), watched)
    for at in range(1, watched.count + 1):
        path = made(f"at-{at}")

        def work(path: Path = path, at: int = at) -> None:
            do(path, DyingFiles(at, half=True))

        assert in_child(work) == 9
        assert set(git(path, "remote").split()) in ({"far"}, {"far", "second"}, set())
        with open_store(path) as opened:
            save(opened, "one", 2)
        do(path, Files()) if act == "add" and "second" not in git(path, "remote") else None
        assert leftovers(path) == []
        git(path, "fsck", "--full", "--strict")

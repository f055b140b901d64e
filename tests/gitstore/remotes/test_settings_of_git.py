"""Addresses as git's settings have them: `insteadOf`, `pushInsteadOf`, `pushurl`."""

from pathlib import Path

import pytest

from gitstore import errors
from gitstore.addresses import parse
from gitstore.git import remotes
from gitstore.git.remotes import Remote
from gitstore.transport import Pushed, Transport, reached
from gitstore.transport.settings import Settings
from tests.support.remotes.copies import access, bare, given, store, tip
from tests.support.stores import git


def reach(path: Path, way: str, config: Path) -> Transport:
    return Transport(path / ".git", access(way, {"GIT_CONFIG_GLOBAL": str(config)}))


@pytest.mark.parametrize("place", ["user", "store", "included"])
def test_what_an_address_begins_with_is_put_in_place(place: str, way: str, tmp_path: Path) -> None:
    one = given(store(tmp_path / "one", 1), bare(tmp_path / "served/far.git"))
    two = store(tmp_path / "two", url="mine:far.git")
    config = tmp_path / "gitconfig"
    text = f'[url "{tmp_path}/served/"]\n\tinsteadOf = mine:\n\tinsteadOf = "ours:"\n'
    text += '[url "/nowhere/"]\n\tinsteadof = mi\n'
    if place == "user":
        config.write_text(text)
    elif place == "store":
        with (two / ".git/config").open("a") as file:
            file.write(text)
    else:
        config.write_text("[include]\n\tpath = more\n")
        (tmp_path / "more").write_text(text)
    found = reach(two, way, config).fetch("far")
    assert found.tip == tip(one)


def test_it_may_be_written_elsewhere_than_it_is_read(way: str, tmp_path: Path) -> None:
    far, other, third = (bare(tmp_path / "served" / name) for name in ("far.git", "other.git", "third.git"))
    one = given(store(tmp_path / "one", 1, url=str(far)), far)
    given(one, other)
    given(one, third)
    config = tmp_path / "gitconfig"
    config.write_text(
        f'[url "{other}"]\n\tpushInsteadOf = {far}\n[url "{far}"]\n\tinsteadOf = {far}\n'
        f'[url "{third}"]\n\tinsteadOf = elsewhere:x\n'
    )
    first = tip(one)
    assert first is not None
    new = git(one, "commit-tree", "-p", first, "-m", "more", f"{first}^{{tree}}").strip()
    assert reach(one, way, config).push("far", new, first) == Pushed(new)
    assert (tip(far), tip(other)) == (first, new)
    git(one, "config", "remote.far.pushurl", "elsewhere:x")  # then pushInsteadOf plays no part
    git(one, "config", "--add", "remote.far.pushurl", "/nowhere")
    assert reach(one, way, config).push("far", new, first) == Pushed(new)
    assert (tip(far), tip(third)) == (first, new)


@pytest.mark.parametrize("url", ["ext::sh -c true", "--upload-pack=x"])
def test_an_address_that_could_do_harm_is_refused_wherever_it_stands(
    url: str, way: str, tmp_path: Path
) -> None:
    one = store(tmp_path / "one", 1, url="mine:x")
    config = tmp_path / "gitconfig"
    config.write_text(f'[url "{url}"]\n\tinsteadOf = mine:x\n')
    with pytest.raises(errors.UrlRefused if way == "direct" else errors.RemoteError):
        reach(one, way, config).fetch("far")
    config.write_text("")
    git(one, "config", "remote.far.pushurl", url)
    with pytest.raises(errors.UrlRefused):
        reach(one, way, config).push("far", tip(one) or "", None)


def test_settings_that_are_none_are_told(tmp_path: Path) -> None:
    one = store(tmp_path / "one", 1, url="/srv/far.git")
    config = tmp_path / "gitconfig"
    config.write_text('[url "x"]\n\tinsteadOf = y\n[broken\n')
    with pytest.raises(errors.RemoteUnreachable, match="gitconfig is not understood"):
        reach(one, "direct", config).fetch("far")


def test_it_is_known_where_a_remote_leads(tmp_path: Path) -> None:
    config = tmp_path / "gitconfig"
    config.write_text(
        '[url "git@github.com:"]\n\tpushInsteadOf = mine:\n[url "https://my.host/"]\n\tinsteadOf = mine:\n'
    )
    one = store(tmp_path / "one", url="mine:x")
    environment = {"GIT_CONFIG_GLOBAL": str(config), "GIT_CONFIG_NOSYSTEM": "1"}
    assert reached(one / ".git", remotes.find(one / ".git", "far"), environment) == (
        "https://my.host/x",
        "git@github.com:x",
    )
    assert reached(one / ".git", Remote("far", "/srv/x", "mine:y"), environment) == (
        "/srv/x",
        "https://my.host/y",
    )


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("https://main.example/team/x", "team"),
        ("https://main.example:443/team/x/y", "team"),
        ("https://main.example/teams", "host"),
        ("https://b.example/x", "star"),
        ("https://me@b.example/x", "me"),
        ("https://c.b.example/x", "all"),
        ("https://main.example:8443/team/x", "all"),
        ("http://main.example/team/x", "all"),
    ],
)
def test_the_closest_address_decides_as_git_has_it(url: str, wanted: str, tmp_path: Path) -> None:
    one = store(tmp_path / "one")
    config = tmp_path / "gitconfig"
    for name, value in (
        ("http.https://main.example/team.proxy", "team"),
        ("http.https://main.example/.proxy", "host"),
        ("http.proxy", "all"),
        ("http.https://*.example.proxy", "star"),
        ("http.https://me@*.example.proxy", "me"),
    ):
        git(one, "config", "--file", str(config), name, value)
    settings = Settings(one / ".git", {"GIT_CONFIG_GLOBAL": str(config), "GIT_CONFIG_NOSYSTEM": "1"})
    assert settings.of_web("proxy", parse(url)) == wanted
    assert git(one, "config", "--file", str(config), "--get-urlmatch", "http.proxy", url).strip() == wanted

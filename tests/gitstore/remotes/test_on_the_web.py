"""Remotes of the web as people have them: TLS of their own authority, proxies, passwords kept elsewhere."""

import base64
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from gitstore import errors
from gitstore.transport import Pushed, Transport
from tests.support.remotes import missing
from tests.support.remotes.copies import access, bare, given, sound, store, tip
from tests.support.remotes.proxy import proxying
from tests.support.remotes.tls import OPENSSL, Authority
from tests.support.remotes.web import USER, web
from tests.support.stores import git, open_store, save

pytestmark = pytest.mark.skipif(missing("http") is not None, reason="git-http-backend is not installed")


@pytest.fixture
def one(tmp_path: Path) -> Path:
    """A store whose history lies at `served/far.git`."""
    (tmp_path / "served").mkdir()
    return given(store(tmp_path / "one", 1, 2), bare(tmp_path / "served/far.git"))


@pytest.fixture
def port(tmp_path: Path, one: Path) -> Iterator[int]:
    """Where that is served over http."""
    with web(tmp_path / "served") as found:
        yield found


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    if OPENSSL is None:
        pytest.skip("openssl is not installed")
    return Authority(tmp_path / "authority")


def reach(path: Path, way: str, environment: Mapping[str, str] | None = None) -> Transport:
    return Transport(path / ".git", access(way, environment))


def url(port: int, scheme: str = "http", host: str = "127.0.0.1") -> str:
    return f"{scheme}://{USER[0]}:{USER[1]}@{host}:{port}/far.git"


def bare_url(port: int, user: str = "") -> str:
    return f"http://{user}127.0.0.1:{port}/far.git"


def there_and_back(path: Path, way: str, environment: Mapping[str, str], far: Path) -> None:
    """What is there comes here, and what is new here goes there."""
    found = reach(path, way, environment).fetch("far")
    assert found.tip == tip(far)
    git(path, "reset", "--quiet", "--hard", "refs/remotes/far/main")
    with open_store(path) as opened:
        save(opened, "one", 7)
    new = tip(path)
    assert new is not None
    assert reach(path, way, environment).push("far", new, found.tip) == Pushed(new)
    assert tip(far) == new
    sound(path)


# TLS


@pytest.mark.parametrize("named", ["GIT_SSL_CAINFO", "SSL_CERT_FILE", "http.sslCAInfo", "http.URL.sslCAInfo"])
def test_an_authority_that_is_named_is_believed(
    named: str, way: str, one: Path, authority: Authority, tmp_path: Path
) -> None:
    if named == "SSL_CERT_FILE" and way == "git":
        pytest.skip("whether git's curl reads it depends on how it was built")
    with web(tmp_path / "served", authority.context()) as port:
        two = store(tmp_path / "two", url=url(port, "https"))
        environment = {}
        if named.startswith("http."):
            name = named.replace("URL", f"https://127.0.0.1:{port}")
            git(two, "config", name, str(authority.file))
        else:
            environment[named] = str(authority.file)
        there_and_back(two, way, environment, tmp_path / "served/far.git")


@pytest.mark.parametrize("wrong", ["another authority", "another name"])
def test_a_certificate_that_is_not_to_be_trusted_is_told(
    wrong: str, way: str, one: Path, authority: Authority, tmp_path: Path
) -> None:
    believed = authority.file
    if wrong == "another authority":
        believed = Authority(tmp_path / "other").file
    with web(
        tmp_path / "served",
        authority.context("DNS:elsewhere.example" if wrong == "another name" else "IP:127.0.0.1"),
    ) as port:
        two = store(tmp_path / "two", 9, url=url(port, "https"))
        before = tip(two)
        with pytest.raises(errors.RemoteUnreachable) as caught:
            reach(two, way, {"GIT_SSL_CAINFO": str(believed)}).fetch("far")
    assert "certificate" in caught.value.reason
    assert USER[1] not in str(caught.value)
    assert tip(two) == before
    if way == "direct":
        assert caught.value.reason.startswith("its certificate is not to be trusted: ")
    sound(two)


@pytest.mark.parametrize("content", [None, b"no certificate"])
def test_authorities_that_cannot_be_read_are_told(content: bytes | None, one: Path, tmp_path: Path) -> None:
    file = tmp_path / "authorities.pem"
    if content is not None:
        file.write_bytes(content)
    two = store(tmp_path / "two", url=url(9, "https"))
    with pytest.raises(errors.RemoteUnreachable, match="the certificates of authorities that are set cannot"):
        reach(two, "direct", {"GIT_SSL_CAINFO": str(file)}).fetch("far")


def test_what_speaks_no_tls_is_told(port: int, way: str, tmp_path: Path) -> None:
    two = store(tmp_path / "two", url=url(port, "https"))
    with pytest.raises(errors.RemoteUnreachable) as caught:
        reach(two, way).fetch("far")
    assert USER[1] not in str(caught.value)


# proxies


@pytest.mark.parametrize("named", ["http_proxy", "all_proxy", "http.proxy", "http.URL.proxy"])
def test_a_proxy_that_is_set_is_asked(named: str, way: str, port: int, tmp_path: Path) -> None:
    with proxying() as proxy:
        two = store(tmp_path / "two", url=url(port))
        where = f"http://127.0.0.1:{proxy.port}"
        environment = {}
        if named.startswith("http."):
            git(two, "config", named.replace("URL", f"http://127.0.0.1:{port}"), where)
        else:
            environment[named] = where
        there_and_back(two, way, environment, tmp_path / "served/far.git")
        assert any(each.startswith(f"GET http://127.0.0.1:{port}/far.git/info/refs?") for each in proxy.asked)
        assert any(each.startswith("POST ") for each in proxy.asked)


@pytest.mark.parametrize("named", ["https_proxy", "http.proxy"])
def test_through_a_proxy_goes_what_only_the_host_can_read(
    named: str, way: str, one: Path, authority: Authority, tmp_path: Path
) -> None:
    with web(tmp_path / "served", authority.context()) as port, proxying(("who", "pr0xy-word")) as proxy:
        two = store(tmp_path / "two", url=url(port, "https"))
        where = f"http://who:pr0xy-word@127.0.0.1:{proxy.port}"
        environment = {"GIT_SSL_CAINFO": str(authority.file)}
        if named == "http.proxy":
            git(two, "config", named, where)
        else:
            environment[named] = where
        there_and_back(two, way, environment, tmp_path / "served/far.git")
        assert set(proxy.asked) == {f"CONNECT 127.0.0.1:{port}"}
        assert not any("Authorization" in headers for headers in proxy.headers)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_lets_nobody_in_is_told_without_its_password(
    scheme: str, way: str, port: int, authority: Authority, tmp_path: Path
) -> None:
    with proxying(("who", "right")) as proxy:
        two = store(tmp_path / "two", url=url(port, scheme))
        set_ = {f"{scheme}_proxy": f"http://who:wr0ng-word@127.0.0.1:{proxy.port}"}
        with pytest.raises((errors.RemoteRefused, errors.RemoteUnreachable)) as caught:
            reach(two, way, set_ | {"GIT_SSL_CAINFO": str(authority.file)}).fetch("far")
    assert isinstance(caught.value, errors.RemoteRefused) or way == "git"
    assert "407" in str(caught.value) or "the proxy" in str(caught.value)
    assert "wr0ng" not in str(caught.value)


def test_the_password_of_a_proxy_is_sent_to_the_proxy(way: str, port: int, tmp_path: Path) -> None:
    with proxying(("who", "pr0xy word")) as proxy:
        two = store(tmp_path / "two", url=url(port))
        set_ = {"http_proxy": f"http://who:pr0xy%20word@127.0.0.1:{proxy.port}"}
        there_and_back(two, way, set_, tmp_path / "served/far.git")


@pytest.mark.parametrize("excepted", ["127.0.0.1", "*", "elsewhere.example, 127.0.0.1", "settings"])
def test_a_host_that_is_excepted_is_asked_itself(excepted: str, way: str, port: int, tmp_path: Path) -> None:
    with proxying() as proxy:
        two = store(tmp_path / "two", url=url(port))
        set_ = {"http_proxy": f"http://127.0.0.1:{proxy.port}"}
        if excepted == "settings":
            git(two, "config", "http.proxy", "")
        else:
            set_["no_proxy"] = excepted
        there_and_back(two, way, set_, tmp_path / "served/far.git")
        assert proxy.asked == []


@pytest.mark.parametrize(
    ("proxy", "said"),
    [
        ("socks5://127.0.0.1:9", "needs a git program"),
        ("https://127.0.0.1:9", "a proxy that does not speak http:// needs a git program"),
        ("http://127.0.0.1:99999", "the proxy that is set: no port has this number"),
    ],
)
def test_a_proxy_that_cannot_be_used_is_told(proxy: str, said: str, port: int, tmp_path: Path) -> None:
    two = store(tmp_path / "two", url=url(port))
    with pytest.raises(errors.RemoteUnreachable, match=said):
        reach(two, "direct", {"http_proxy": proxy}).fetch("far")


# users and passwords


def netrc(tmp_path: Path, content: str) -> dict[str, str]:
    """An environment whose home has a `.netrc`."""
    home = tmp_path / "somebody"
    home.mkdir()
    (home / ".netrc").write_text(content)
    (home / ".netrc").chmod(0o600)
    return {"HOME": str(home)}


@pytest.mark.parametrize("user", ["", f"{USER[0]}@"])
def test_a_password_in_netrc_is_used(user: str, way: str, port: int, tmp_path: Path) -> None:
    set_ = netrc(tmp_path, f"machine 127.0.0.1 login {USER[0]} password {USER[1]}\n")
    two = store(tmp_path / "two", url=bare_url(port, user))
    there_and_back(two, way, set_, tmp_path / "served/far.git")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (f"machine elsewhere.example login {USER[0]} password {USER[1]}\n", "401"),
        (f"machine 127.0.0.1 login somebody password {USER[1]}\n", "401"),
        (f"machine 127.0.0.1 login {USER[0]} password wr0ng-word\n", "401"),
        ("machine 127.0.0.1 nonsense wr0ng-word\n", r"\.netrc is not understood in line"),
    ],
)
def test_a_netrc_of_no_use_is_told_without_what_it_holds(
    content: str, said: str, port: int, tmp_path: Path
) -> None:
    two = store(tmp_path / "two", url=bare_url(port, f"{USER[0]}@"))
    with pytest.raises(errors.RemoteRefused, match=said) as caught:
        reach(two, "direct", netrc(tmp_path, content)).fetch("far")
    assert "word" not in str(caught.value)


def test_a_password_in_the_address_counts_more_than_netrc(port: int, tmp_path: Path) -> None:
    set_ = netrc(tmp_path, f"machine 127.0.0.1 login {USER[0]} password {USER[1]}\n")
    two = store(tmp_path / "two", url=bare_url(port, f"{USER[0]}:wr0ng-word@"))
    with pytest.raises(errors.RemoteRefused):
        reach(two, "direct", set_).fetch("far")


def test_a_token_alone_in_the_address_is_sent_and_never_shown(port: int, tmp_path: Path) -> None:
    token = "ghp_0123456789abcdefghij"
    with proxying() as proxy:
        two = store(tmp_path / "two", url=bare_url(port, f"{token}@"))
        with pytest.raises(errors.RemoteRefused) as caught:
            reach(two, "direct", {"http_proxy": f"http://127.0.0.1:{proxy.port}"}).fetch("far")
    sent = base64.b64decode(proxy.headers[0]["Authorization"].removeprefix("Basic ")).decode()
    assert sent == f"{token}:"
    assert token not in str(caught.value)


HELPER = f"""#!/bin/sh
echo "$1" >> "$0.asked"
cat > /dev/null
test "$1" = get && echo username={USER[0]} && echo password={USER[1]}
exit 0
"""


@pytest.mark.parametrize("place", ["the user's", "the store's"])
def test_a_credential_helper_is_asked_by_git_and_told_of_without(
    place: str, way: str, port: int, tmp_path: Path
) -> None:
    helper = tmp_path / "helper"
    helper.write_text(HELPER)
    helper.chmod(0o755)
    two = store(tmp_path / "two", url=bare_url(port))
    set_ = {"GIT_CONFIG_GLOBAL": str(tmp_path / "gitconfig")}
    if place == "the user's":
        (tmp_path / "gitconfig").write_text(f"[credential]\n\thelper = {helper}\n")
    else:
        git(two, "config", "credential.helper", str(helper))
    if way == "git":
        there_and_back(two, way, set_, tmp_path / "served/far.git")
        assert "get" in (tmp_path / "helper.asked").read_text().split()
    else:
        with pytest.raises(errors.RemoteRefused) as caught:
            reach(two, way, set_).fetch("far")
        assert caught.value.reason == (
            "401 Unauthorized; the credential helper in git's settings needs a git program"
        )
        assert not (tmp_path / "helper.asked").exists()


def test_a_password_goes_to_no_other_host(one: Path, tmp_path: Path) -> None:
    set_ = netrc(tmp_path, f"machine 127.0.0.1 login {USER[0]} password {USER[1]}\n")
    assert "HOME" in os.environ
    with web(tmp_path / "served") as port, proxying() as proxy:
        two = store(tmp_path / "two", url=f"http://localhost:{port}/far.git")
        set_["http_proxy"] = f"http://127.0.0.1:{proxy.port}"
        with pytest.raises(errors.RemoteRefused):
            reach(two, "direct", set_).fetch("far")
        assert not any("Authorization" in headers for headers in proxy.headers)

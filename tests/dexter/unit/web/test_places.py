"""Which addresses may be asked: laws over all number addresses, a table of ways to spell them, and names."""

import ipaddress
import subprocess
import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dexter.tools.errors import BadArgument, NotAsked, ToolError
from dexter.tools.web.places import is_public, onward, place_of, same_site

NOT_PUBLIC = [
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
    "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24",
    "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "255.255.255.255/32", "168.63.129.16/32", "::/128",
    "::1/128", "::/96",
    "::ffff:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16",
    "3fff::/20", "4000::/3", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8", "fd00:ec2::254/128",
]  # fmt: skip


@st.composite
def addresses_within(draw: st.DrawFn) -> str:
    network = ipaddress.ip_network(draw(st.sampled_from(NOT_PUBLIC)))
    return str(network[draw(st.integers(0, network.num_addresses - 1))])


@given(addresses_within())
def test_no_address_of_a_network_that_is_not_public_is_public(address: str):
    assert not is_public(address)


@given(st.ip_addresses(v=4))
@example(ipaddress.IPv4Address("127.0.0.1"))
@example(ipaddress.IPv4Address("8.8.8.8"))
def test_an_address_that_hides_in_a_longer_one_is_never_public(address: ipaddress.IPv4Address):
    number = int(address)
    for hidden in (
        ipaddress.IPv6Address(0xFFFF << 32 | number),
        ipaddress.IPv6Address(number),
        ipaddress.IPv6Address(0x64FF9B << 96 | number),
        ipaddress.IPv6Address(0x2002 << 112 | number << 80),
        ipaddress.IPv6Address(0x20010000 << 96 | number ^ 0xFFFFFFFF),
    ):
        assert not is_public(str(hidden))


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "1.1.1.1", "93.184.216.34", "2606:4700::1111", "2a00:1450::5"]
)
def test_what_is_on_the_public_web_is_public(address: str):
    assert is_public(address)


@given(st.text(max_size=30))
def test_what_is_no_number_address_is_not_public(text: str):
    try:
        ipaddress.ip_address(text)
    except ValueError:
        assert not is_public(text)


SPELT = [
    "http://2130706433/", "http://0x7f000001/", "http://0x7f.0.0.1/", "http://0177.0.0.1/", "http://127.1/",
    "http://127.0.1/", "http://017700000001/", "http://0/", "http://0x/", "http://1.2.3.4.5/",
    "http://256.1.1.1/", "http://008.008.008.008/", "http://[::1%25eth0]/",
    "http://[::ffff:7f00:1/", "http://localhost/", "http://LOCALHOST./", "http://a.localhost/",
    "http://printer.local/", "http://metadata.google.internal/computeMetadata/v1/", "http://router/",
    "http://nas.lan/", "http://wiki.corp/", "http://x.home.arpa/", "http://x.onion/", "ftp://example.com/",
    "file:///etc/passwd", "gopher://example.com/", "javascript:alert(1)", "data:text/html,x",
    "//example.com/", "example.com", "", "http://", "http:///x", "http://user@example.com/", "http://user:pw@example.com/",
    "http://example.com@127.0.0.1/", "http://127.0.0.1\\@example.com/", "http://example.com:22/",
    "http://example.com:8080/", "https://example.com:0/", "http://example.com:99999/", "http://example.com:x/",
    "http://exa mple.com/", "http://example.com/\r\nHost: evil", "http://example.com/\x00", "http://-a.com/",
    "http://a..com/", "http://a_b/", f"http://example.com/{'x' * 3000}",
]  # fmt: skip


@pytest.mark.parametrize("url", SPELT)
def test_no_spelling_of_what_is_not_asked_is_taken_for_a_place(url: str):
    with pytest.raises((BadArgument, NotAsked), match=r"\A[^\n]+\.\Z"):
        place_of(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/", "http://127.0.0.1.:80/x", "http://[::1]/", "http://[::ffff:127.0.0.1]/",
        "http://10.1.2.3/", "http://\uff11\uff12\uff17.0.0.1/", "http://\u2460\u2461\u2466.\u24ea.\u24ea.\u2460/",
        "http://127\u30020\u30020\u30021/",
    ],
)  # fmt: skip
def test_a_number_address_in_its_plain_form_is_looked_at_where_it_is_connected_to(url: str):
    assert not is_public(place_of(url).host)


@given(st.text(max_size=60))
@example("http://[::1]/")
def test_whatever_is_given_becomes_a_place_on_a_usual_port_or_a_sentence(text: str):
    for url in (text, f"http://{text}/", f"https://example.com/{text}", f"http://example.com?{text}"):
        try:
            place = place_of(url)
        except ToolError:
            continue
        assert place.port in {80, 443}
        assert place.url.isascii()
        assert not set(place.url) & set(" \r\n\t\\@\x00") - set("@")
        assert place.host == place.host.lower()
        assert "@" not in place.authority
        assert place_of(place.url) == place


@given(
    st.sampled_from(["example.com", "www.example.com", "a.example.org", "b\u00fccher.example"]),
    st.text(max_size=40),
)
def test_taking_an_address_apart_and_putting_it_together_keeps_its_host(host: str, path: str):
    try:
        place = place_of(f"https://{host}/{path}")
    except BadArgument:
        return
    assert place.host == host.encode("idna").decode()
    assert place.target.startswith("/")


def test_a_redirect_is_read_from_where_it_was_and_looked_at_like_any_address():
    place = place_of("https://example.com/a/b?c=d")
    assert onward(place, "../e").url == "https://example.com/e"
    assert onward(place, "//other.example/f").host == "other.example"
    for bad in (
        "http://169.254.169.254\\x",
        "http://localhost/",
        "file:///etc/passwd",
        "http://[bad/",
        "//0x7f.1/",
    ):
        with pytest.raises((BadArgument, NotAsked)):
            onward(place, bad)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("http://example.com/", "https://www.example.com/", True),
        ("https://www.example.com/", "https://example.com/x", True),
        ("https://example.com/", "http://example.com/", False),
        ("https://example.com/", "https://example.com.evil.example/", False),
        ("https://example.com/", "https://docs.example.com/", False),
    ],
)
def test_a_site_is_its_host_with_or_without_www_and_never_less_safe(one: str, other: str, same: bool):
    assert same_site(place_of(one), place_of(other)) is same


def test_the_services_and_places_load_no_library():
    code = (
        "import sys, dexter.tools.web.pages, dexter.tools.web.services;"
        "print(sorted({'httpx2', 'pydantic', 'rich', 'ssl_'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

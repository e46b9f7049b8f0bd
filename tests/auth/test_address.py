"""B21: an address that a caller claims counts only when a proxy of ours vouches for it."""

from ipaddress import ip_address, ip_network

import pytest
from starlette.requests import Request

from auth.address import client_address

PROXY = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))


def request(peer: str | None, *headers: tuple[str, str]) -> Request:
    return Request(
        {
            "type": "http",
            "client": (peer, 4711) if peer else None,
            "headers": [(name.lower().encode(), value.encode()) for name, value in headers],
        }
    )


@pytest.mark.parametrize(
    "header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "X-Remote-User", "True-Client-IP", "eppn"]
)
@pytest.mark.parametrize("peer", ["127.0.0.1", "198.51.100.7", "::1"])
def test_without_trusted_proxies_no_header_moves_anybody(header: str, peer: str) -> None:
    for value in ("202.38.64.1", "for=202.38.64.1"):
        assert client_address(request(peer, (header, value)), ()) == ip_address(peer)


def test_a_header_from_outside_the_proxy_is_ignored() -> None:
    assert client_address(request("198.51.100.7", ("X-Forwarded-For", "202.38.64.1")), PROXY) == ip_address(
        "198.51.100.7"
    )


def test_forwarded_addresses_are_read_from_the_right() -> None:
    claimed = request("10.0.0.2", ("X-Forwarded-For", "202.38.64.1, 198.51.100.7, 10.0.0.1"))
    assert client_address(claimed, PROXY) == ip_address("198.51.100.7")


def test_several_header_lines_are_one_list() -> None:
    claimed = request("10.0.0.2", ("X-Forwarded-For", "202.38.64.1"), ("X-Forwarded-For", "198.51.100.7"))
    assert client_address(claimed, PROXY) == ip_address("198.51.100.7")


@pytest.mark.parametrize(
    "forwarded", ["unknown", "", "198.51.100.7, _hidden", "999.1.1.1", "010.0.0.1", "0x7f.1", "\x00", "::g"]
)
def test_a_proxy_that_says_rubbish_leaves_the_address_unknown(forwarded: str) -> None:
    assert client_address(request("10.0.0.2", ("X-Forwarded-For", forwarded)), PROXY) is None


def test_a_forwarded_client_other_than_a_proxy_isnt_looked_behind() -> None:
    assert client_address(request("10.0.0.2", ("Forwarded", "for=202.38.64.1")), PROXY) == ip_address("10.0.0.2")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("198.51.100.7:5050", "198.51.100.7"),
        ("[2001:db8::7]:443", "2001:db8::7"),
        ("2001:db8::7", "2001:db8::7"),
        (" fe80::7%eth0 ", "fe80::7"),
    ],
)
def test_ways_of_writing_an_address_are_one(written: str, meant: str) -> None:
    assert client_address(request("10.0.0.2", ("X-Forwarded-For", written)), PROXY) == ip_address(meant)
    assert client_address(request("::ffff:10.0.0.2", ("X-Forwarded-For", written)), PROXY) == ip_address(meant)


def test_a_peer_without_an_address_is_nowhere() -> None:
    assert client_address(request(None), PROXY) is None

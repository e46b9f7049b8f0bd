"""Which addresses a document may be fetched from: none that leads into our own network.

An operator names an https address; what its name resolves to is somebody else's choice, and may change between two
questions. So a name is resolved once, all that it resolves to is looked at, and the connection goes to that address.
"""

import asyncio
import re
import socket
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any
from urllib.parse import urlsplit

import httpcore2

from auth.address import on_loopback
from auth.federation.refusals import Refused, Wrong

LONGEST = 1024
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")
_NAT64 = IPv6Network("64:ff9b::/96")
"""RFC 6052: the last 32 bits are an IPv4 address."""


def check(url: str, *, at_home: bool) -> str:
    """The address, if it is one to fetch from; `at_home`: this server is on loopback itself, where all of its network
    is the operator's, and plain http counts on loopback. Raises Refused.
    """
    try:
        parts = urlsplit(url)
        host, plain = parts.hostname or "", parts.scheme == "http" and at_home and on_loopback(url)
        odd = parts.username is not None or parts.password is not None or parts.port == 0 or bool(parts.fragment)
    except ValueError:
        raise Refused(Wrong.ADDRESS, "it can't be read") from None
    if len(url) > LONGEST or not url.isascii() or not url.isprintable() or " " in url or "\\" in url or odd:
        raise Refused(Wrong.ADDRESS, "https://host/path, without user, fragment or space")
    if parts.scheme != "https" and not plain:
        raise Refused(Wrong.ADDRESS, "it must be https")
    if not _HOST.fullmatch(host) and not _is_ipv6(host):
        raise Refused(Wrong.ADDRESS, "its host isn't written as hosts are")
    return url


def public(address: IPv4Address | IPv6Address) -> bool:
    """Whether it is one of the open internet, also where it holds another one within."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return public(address.ipv4_mapped)
        if address in _NAT64:
            return public(IPv4Address(int(address) & 0xFFFFFFFF))
        if not all(public(one) for one in (address.sixtofour, *(address.teredo or ())) if one is not None):
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


class Outward(httpcore2.AsyncNetworkBackend):
    """Connections to public addresses only; `at_home`: to any."""

    def __init__(self, *, at_home: bool) -> None:
        self._at_home = at_home
        self._network = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 the interface is the library's
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        error: httpcore2.ConnectError = httpcore2.ConnectError("its name leads nowhere")
        for address in await self._resolved(host, port):
            try:
                return await self._network.connect_tcp(str(address), port, timeout, local_address, socket_options)
            except httpcore2.ConnectError as failed:
                error = failed
        raise error

    async def _resolved(self, host: str, port: int) -> list[IPv4Address | IPv6Address]:
        """What the name resolves to; one address that isn't public spoils all. Raises Refused."""
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError:
            raise httpcore2.ConnectError("its name leads nowhere") from None
        addresses = list(dict.fromkeys(ip_address(str(one[4][0]).partition("%")[0]) for one in found))
        if not self._at_home and not all(map(public, addresses)):
            raise Refused(Wrong.ADDRESS, "it leads into a private network")
        return addresses

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def _is_ipv6(host: str) -> bool:
    try:
        return isinstance(ip_address(host), IPv6Address) and "%" not in host
    except ValueError:
        return False

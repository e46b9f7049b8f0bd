"""Where a request comes from. An address opens what a campus network opens, so nobody may choose it."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

FORWARDED_FOR = "x-forwarded-for"
"""The only forwarding header read. A proxy that sets this one lets a caller's `Forwarded` (RFC 7239) pass untouched."""


def client_address(request: HTTPConnection, trusted: Sequence[Network]) -> Address | None:
    """The address of whoever sent the request; None where a trusted proxy doesn't say it.

    It is the peer's, unless the peer is a trusted proxy: then the forwarded addresses are read from the right, since
    each proxy appends the one it saw, up to the first that isn't a trusted proxy itself.
    """
    hops = [hop for line in request.headers.getlist(FORWARDED_FOR) for hop in line.split(",")]
    address = _parse(request.client.host) if request.client else None
    while address is not None and hops and _among(address, trusted):
        address = _parse(hops.pop())
    return address


def on_loopback(url: str) -> bool:
    """Whether a URL's host is this machine itself, reached by nobody else."""
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def believable(issuer: str, public_url: str, *, demo: bool = False) -> bool:
    """An issuer that speaks plain http, or a demo's, counts only where nobody else can reach us or it."""
    parts = urlsplit(issuer)
    if parts.scheme == "https" and parts.hostname and not demo:
        return True
    return parts.scheme in {"http", "https"} and on_loopback(issuer) and on_loopback(public_url)


def origin(address: str) -> str:
    """What a page's policy calls the place of a redirect URI; of a native app its scheme alone."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme in {"http", "https"} else f"{parts.scheme}:"


def _among(address: Address, networks: Sequence[Network]) -> bool:
    return any(address in network for network in networks)


def _parse(text: str) -> Address | None:
    """Ports and zones, which some proxies add, are no part of an address; an IPv4-mapped one is the IPv4 one."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address

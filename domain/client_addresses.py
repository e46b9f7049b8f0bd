"""Addresses of a client: where people are led back to (RFC 6749 §3.1.2, RFC 8252 §7) and the origins of its pages.

They are compared as they stand, so each may be written in one way only, which every browser reads alike.
"""

import re
from collections.abc import Iterable
from enum import StrEnum
from ipaddress import AddressValueError, IPv4Address, IPv6Address

LONGEST = 2000
MOST = 20
LOOPBACK = frozenset({"127.0.0.1", "[::1]", "localhost"})

_CHARACTERS = re.compile(r"(?:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+")
_ABSOLUTE = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(.*)")
_WEB = re.compile(r"//([^/?#]*)([^?#]*)([?][^#]*)?")
_AUTHORITY = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^:\[\]]+)(?::([1-9][0-9]{0,4}))?")
_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_NUMBER = re.compile(r"[0-9]+|0[xX][0-9A-Fa-f]*")
_DOTS = re.compile(r"(?:\.|%2[eE]){1,2}")
_ON_LOOPBACK = re.compile(r"http://(127\.0\.0\.1|\[::1\])(?::([1-9][0-9]{0,4}))?([/?].*)?")
_USUAL_PORT = {"https": "443", "http": "80"}


class Wrong(StrEnum):
    """What is wrong with an address; an entry of the message catalogue each."""

    LONG = "too_long"
    CHARACTERS = "address_characters"
    RELATIVE = "address_relative"
    FRAGMENT = "address_fragment"
    USER = "address_user"
    WILDCARD = "address_wildcard"
    DOTS = "address_dots"
    HOST = "address_host"
    INSECURE = "address_insecure"
    SCHEME = "address_scheme"
    ORIGIN = "origin_malformed"


class AddressWrong(ValueError):
    def __init__(self, wrong: Wrong) -> None:
        super().__init__(wrong)
        self.wrong = wrong


def redirect_uri(text: str) -> str:
    """The address as it stands: https, http on this very machine, or a native app's own scheme. Raises AddressWrong."""
    scheme, rest = _absolute(text)
    if scheme in _USUAL_PORT:
        _, host, path = _web(scheme, rest)
        if scheme == "http" and host not in LOOPBACK:
            raise AddressWrong(Wrong.INSECURE)
    else:
        path = _private_use(scheme, rest)
    if any(_DOTS.fullmatch(segment) for segment in path.split("/")):
        raise AddressWrong(Wrong.DOTS)
    return text


def fits(given: str, registered: str) -> bool:
    """Whether a redirect URI is the registered one: letter by letter, but for the port on which a native app listens on
    loopback (RFC 8252 §7.3)."""
    if given == registered:
        return True
    asked, known = _ON_LOOPBACK.fullmatch(given), _ON_LOOPBACK.fullmatch(registered)
    if asked is None or known is None or not 0 < int(asked[2] or 0) <= 65535:
        return False
    return (asked[1], asked[3]) == (known[1], known[3])


def is_anybodys(uri: str) -> bool:
    """Whether any program on a person's device could be the one that gets what is sent there (RFC 8252 §8.6)."""
    return uri.partition(":")[0] not in _USUAL_PORT or _ON_LOOPBACK.fullmatch(uri) is not None


def origin(text: str) -> str:
    """An origin as browsers send it (RFC 6454 §6.2). Raises AddressWrong."""
    if text != text.lower() or text == "null":
        raise AddressWrong(Wrong.ORIGIN)
    scheme, rest = _absolute(text)
    if scheme not in _USUAL_PORT:
        raise AddressWrong(Wrong.ORIGIN)
    authority, host, path = _web(scheme, rest)
    if scheme == "http" and host not in LOOPBACK:
        raise AddressWrong(Wrong.INSECURE)
    if path or rest != f"//{authority}" or authority.endswith(f":{_USUAL_PORT[scheme]}"):
        raise AddressWrong(Wrong.ORIGIN)
    return text


def origins_of(redirect_uris: Iterable[str]) -> list[str]:
    """The origins of those that a browser's page can stand behind, each once."""
    found = []
    for uri in redirect_uris:
        scheme, _, rest = uri.partition(":")
        if scheme in _USUAL_PORT:
            authority, _, _ = _web(scheme, rest)
            found.append(f"{scheme}://{authority.lower().removesuffix(f':{_USUAL_PORT[scheme]}')}")
    return list(dict.fromkeys(found))


def _absolute(text: str) -> tuple[str, str]:
    """Scheme and what follows its colon, of an address without what none may have."""
    if len(text) > LONGEST:
        raise AddressWrong(Wrong.LONG)
    if "*" in text:
        raise AddressWrong(Wrong.WILDCARD)
    if not text.isascii():
        raise AddressWrong(Wrong.HOST)
    if not _CHARACTERS.fullmatch(text):
        raise AddressWrong(Wrong.CHARACTERS)
    if "#" in text:
        raise AddressWrong(Wrong.FRAGMENT)
    found = _ABSOLUTE.fullmatch(text)
    if found is None:
        raise AddressWrong(Wrong.RELATIVE)
    scheme, rest = found.groups()
    if scheme != scheme.lower():
        raise AddressWrong(Wrong.SCHEME)
    return scheme, rest


def _web(scheme: str, rest: str) -> tuple[str, str, str]:
    """Authority, host and path of an http or https address."""
    found = _WEB.fullmatch(rest)
    if found is None or not found[1]:
        raise AddressWrong(Wrong.RELATIVE)
    authority, path = found[1], found[2]
    if "@" in authority:
        raise AddressWrong(Wrong.USER)
    parts = _AUTHORITY.fullmatch(authority)
    if parts is None or not _is_host(parts[1]) or int(parts[2] or 1) > 65535:
        raise AddressWrong(Wrong.HOST)
    return authority, parts[1].lower(), path


def _is_host(host: str) -> bool:
    """A name of the DNS in ASCII (RFC 1123 §2.1), or an IP address in its usual form: browsers read `0x7f.1` as one."""
    try:
        if host.startswith("["):
            return str(IPv6Address(host[1:-1])) == host[1:-1].lower()
        *_, last = labels = host.split(".")
        if _NUMBER.fullmatch(last):
            IPv4Address(host)
            return True
    except AddressValueError:
        return False
    return len(host) <= 253 and all(map(_LABEL.fullmatch, labels))


def _private_use(scheme: str, rest: str) -> str:
    """The path of an address whose scheme is a native app's own: a name of the DNS reversed, and no authority after it
    (RFC 8252 §7.1)."""
    if "." not in scheme.strip("."):
        raise AddressWrong(Wrong.SCHEME)
    path = rest.partition("?")[0]
    if not path.startswith("/") or path.startswith("//"):
        raise AddressWrong(Wrong.SCHEME)
    return path

"""Which addresses of an app are taken: those that can be read in one way only, and by nobody but the app."""

from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain import client_addresses
from domain.client_addresses import AddressWrong, Wrong


@pytest.mark.parametrize(
    "uri",
    [
        "https://app.example.edu/callback",
        "https://app.example.edu",
        "https://app.example.edu:8443/callback?tenant=1&next=%2Fhome",
        "https://xn--fiq06l2rdsvs.example/%E5%9B%9E",
        "https://[2001:db8::1]:8443/cb",
        "https://192.0.2.1/cb",
        "https://app.example.edu/a..b/...",
        "http://127.0.0.1/callback",
        "http://127.0.0.1:5173/callback",
        "http://[::1]/callback",
        "http://localhost:5173/callback",
        "edu.example.app:/callback",
        "edu.example.app:/a/b?c=d",
        "https://app.example.edu/" + "x" * (client_addresses.LONGEST - 24),
    ],
)
def test_an_address_that_means_one_thing_is_taken_as_it_stands(uri: str) -> None:
    assert client_addresses.redirect_uri(uri) == uri


@pytest.mark.parametrize(
    ("uri", "wrong"),
    [
        ("", Wrong.CHARACTERS),
        ("/callback", Wrong.RELATIVE),
        ("//app.example.edu/callback", Wrong.RELATIVE),
        ("app.example.edu/callback", Wrong.RELATIVE),
        ("https:app.example.edu", Wrong.RELATIVE),
        ("https:///callback", Wrong.RELATIVE),
        ("https:/callback", Wrong.RELATIVE),
        ("https://?x", Wrong.RELATIVE),
        ("http://app.example.edu/callback", Wrong.INSECURE),
        ("http://127.0.0.2/callback", Wrong.INSECURE),
        ("http://127.0.0.1.example.edu/callback", Wrong.INSECURE),
        ("http://localhost.example.edu/callback", Wrong.INSECURE),
        ("http://0.0.0.0/callback", Wrong.INSECURE),
        ("https://app.example.edu/callback#x", Wrong.FRAGMENT),
        ("https://app.example.edu/callback#", Wrong.FRAGMENT),
        ("https://app.example.edu@evil.example/", Wrong.USER),
        ("https://user:secret@app.example.edu/", Wrong.USER),
        ("http://127.0.0.1@evil.example/", Wrong.USER),
        ("https://*.example.edu/callback", Wrong.WILDCARD),
        ("https://app.example.edu/*", Wrong.WILDCARD),
        ("https://app.example.edu/a/../b", Wrong.DOTS),
        ("https://app.example.edu/..", Wrong.DOTS),
        ("https://app.example.edu/./b", Wrong.DOTS),
        ("https://app.example.edu/%2e%2E/b", Wrong.DOTS),
        ("https://app.example.edu/.%2e/b", Wrong.DOTS),
        ("edu.example.app:/../x", Wrong.DOTS),
        ("https://图书馆.example/callback", Wrong.HOST),
        ("https://app.example.edu:/callback", Wrong.HOST),
        ("https://app.example.edu:0/callback", Wrong.HOST),
        ("https://app.example.edu:65536/callback", Wrong.HOST),
        ("https://app.example.edu:080/callback", Wrong.HOST),
        ("https://-app.example.edu/", Wrong.HOST),
        ("https://app..example.edu/", Wrong.HOST),
        ("https://app.example.edu./", Wrong.HOST),
        ("https://2130706433/", Wrong.HOST),
        ("https://0x7f.1/", Wrong.HOST),
        ("https://127.1/", Wrong.HOST),
        ("https://[::1/", Wrong.HOST),
        ("https://[::zz]/", Wrong.HOST),
        ("https://[0:0:0:0:0:0:0:1]/", Wrong.HOST),
        ("https://app_1.example.edu/", Wrong.HOST),
        ("https://%61pp.example.edu/", Wrong.HOST),
        (f"https://{'a' * 64}.example/", Wrong.HOST),
        ("https://app.example.edu\\@evil.example/", Wrong.CHARACTERS),
        ("https://app.example.edu/a b", Wrong.CHARACTERS),
        ("https://app.example.edu/\r\nSet-Cookie: x", Wrong.CHARACTERS),
        ("https://app.example.edu/\x00", Wrong.CHARACTERS),
        ("https://app.example.edu/%zz", Wrong.CHARACTERS),
        (" https://app.example.edu/", Wrong.CHARACTERS),
        ('https://app.example.edu/"', Wrong.CHARACTERS),
        ("HTTPS://app.example.edu/", Wrong.SCHEME),
        ("javascript:alert(1)", Wrong.SCHEME),
        ("data:text/html,x", Wrong.SCHEME),
        ("file:///etc/passwd", Wrong.SCHEME),
        ("myapp:/callback", Wrong.SCHEME),
        ("myapp.:/callback", Wrong.SCHEME),
        ("edu.example.app://callback", Wrong.SCHEME),
        ("edu.example.app:callback", Wrong.SCHEME),
        ("https://app.example.edu/" + "x" * client_addresses.LONGEST, Wrong.LONG),
    ],
)
def test_an_address_that_could_lead_elsewhere_is_refused_with_its_reason(uri: str, wrong: Wrong) -> None:
    with pytest.raises(AddressWrong) as refused:
        client_addresses.redirect_uri(uri)
    assert refused.value.wrong is wrong


PIECES = (
    *(
        "https:",
        "http:",
        "edu.app:",
        "/",
        "//",
        "?",
        "#",
        "@",
        "\\",
        "[",
        "]",
        "[::1]",
        "127.0.0.1",
        "localhost",
        "app",
    ),
    *(
        ".",
        "..",
        ".edu",
        "%2e",
        "%2f",
        "%00",
        "*",
        ":80",
        ":5173",
        " ",
        "\t",
        "\n",
        "é",
        "xn--",
        "0x7f",
        "1",
        "&",
        "=",
        ";",
    ),
)


@given(
    st.lists(st.sampled_from(PIECES), max_size=9).map("".join),
    st.sampled_from(["", "https://", "http://", "edu.app:/"]),
)
@settings(max_examples=2000)
def test_whatever_is_taken_leads_where_it_says(text: str, start: str) -> None:
    """As another reader of addresses understands it: no user, no fragment, https or this machine."""
    uri = start + text
    try:
        client_addresses.redirect_uri(uri)
    except AddressWrong:
        return
    read = urlsplit(uri)
    assert (read.username, read.password, read.fragment) == (None, None, "")
    assert read.scheme == "edu.app" or read.hostname
    assert read.scheme != "http" or read.hostname in ("127.0.0.1", "::1", "localhost")


@pytest.mark.parametrize(
    "origin",
    ["https://app.example.edu", "https://app.example.edu:8443", "http://localhost:5173", "http://[::1]:5173"],
)
def test_an_origin_is_taken_as_browsers_send_it(origin: str) -> None:
    assert client_addresses.origin(origin) == origin


@pytest.mark.parametrize(
    ("origin", "wrong"),
    [
        ("null", Wrong.ORIGIN),
        ("*", Wrong.WILDCARD),
        ("https://*.example.edu", Wrong.WILDCARD),
        ("https://app.example.edu/", Wrong.ORIGIN),
        ("https://app.example.edu/app", Wrong.ORIGIN),
        ("https://app.example.edu?x", Wrong.ORIGIN),
        ("https://App.example.edu", Wrong.ORIGIN),
        ("https://app.example.edu:443", Wrong.ORIGIN),
        ("http://localhost:80", Wrong.ORIGIN),
        ("http://app.example.edu", Wrong.INSECURE),
        ("edu.example.app:/", Wrong.ORIGIN),
        ("https://user@app.example.edu", Wrong.USER),
        ("app.example.edu", Wrong.RELATIVE),
        ("https://图书馆.example", Wrong.HOST),
        ("https://app.example.edu#", Wrong.FRAGMENT),
        ("", Wrong.CHARACTERS),
    ],
)
def test_what_no_browser_sends_as_an_origin_is_refused(origin: str, wrong: Wrong) -> None:
    with pytest.raises(AddressWrong) as refused:
        client_addresses.origin(origin)
    assert refused.value.wrong is wrong


def test_the_origins_of_addresses_are_those_that_browsers_would_send_for_their_pages() -> None:
    uris = [
        "https://App.example.edu/callback",
        "https://app.example.edu:443/other",
        "https://app.example.edu:8443/callback?x",
        "http://127.0.0.1:5173/callback",
        "http://localhost:80/callback",
        "edu.example.app:/callback",
    ]
    assert client_addresses.origins_of(uris) == [
        "https://app.example.edu",
        "https://app.example.edu:8443",
        "http://127.0.0.1:5173",
        "http://localhost",
    ]
    assert [client_addresses.origin(one) for one in client_addresses.origins_of(uris)]

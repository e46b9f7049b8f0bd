"""B18: a link can't make the sign-in lead to a foreign page."""

import pytest

from auth.targets import DEFAULT, own_path

SITE = "https://mutua.example.org"


@pytest.mark.parametrize(
    "target",
    [
        None,
        "",
        "https://evil.example",
        "//evil.example",
        "///evil.example",
        "javascript:alert(1)",
        "\\evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "\t//evil.example",
        " //evil.example",
        "https:evil.example",
        "https:///evil.example",
        "data:text/html,x",
        "https://mutua.example.org.evil.example/",
        "https://mutua.example.org@evil.example/",
        "https://mutua.example.org//evil.example/",
        "http://mutua.example.org/",
        "HTTPS://EVIL.example",
        "/a\r\nSet-Cookie: x=1",
        "/a\x00b",
        "/／evil.example",
        "relative",
        "?a=b",
        "/" + "a" * 5000,
    ],
)
def test_a_foreign_target_is_the_default_page(target: str | None) -> None:
    assert own_path(target, SITE) == DEFAULT


@pytest.mark.parametrize(
    "target", ["/", "/content/0198?page=2", "/graphql?query=%7Bviewer%7D#x", "/a//b", "/why/a.b-c_d", "/a?u=https://x"]
)
def test_an_own_target_is_kept(target: str) -> None:
    assert own_path(target, SITE) == target
    assert own_path(SITE + target, SITE) == target

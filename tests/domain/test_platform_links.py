"""The ways to a platform."""

import pytest

from domain.platform_links import NOBODY, LinkKind, Traveller, address
from models.vocabulary import LinkRule

URL = "https://platform.example/j/1?a=b&c=d"
PROXY = "https://proxy.pku.example/login?url={url}"
WAYFLESS = "https://platform.example/login?idp={entity_id}&scope={scope}&target={url}"
READER = Traveller(PROXY, "https://idp.pku.example/sso", "pku.edu.cn")
QUOTED = "https%3A%2F%2Fplatform.example%2Fj%2F1%3Fa%3Db%26c%3Dd"


def test_a_plain_address_stays_as_it_is() -> None:
    assert address(URL, LinkRule.PLAIN, None, READER) == (LinkKind.PLATFORM, URL)


def test_the_members_proxy_gets_the_whole_address() -> None:
    expected = (LinkKind.PROXY, f"https://proxy.pku.example/login?url={QUOTED}")
    assert address(URL, LinkRule.PROXY_PREFIX, None, READER) == expected


def test_nobody_needs_the_proxy_on_the_members_own_network() -> None:
    there = Traveller(PROXY, on_site=True)
    assert address(URL, LinkRule.PROXY_PREFIX, None, there) == (LinkKind.PLATFORM, URL)


def test_a_wayfless_address_names_the_readers_provider() -> None:
    kind, made = address(URL, LinkRule.WAYFLESS, WAYFLESS, READER)
    assert kind is LinkKind.WAYFLESS
    idp = "https%3A%2F%2Fidp.pku.example%2Fsso"
    assert made == f"https://platform.example/login?idp={idp}&scope=pku.edu.cn&target={QUOTED}"


@pytest.mark.parametrize("traveller", [NOBODY, Traveller(scope="pku.edu.cn"), Traveller(entity_id="x")])
def test_without_what_the_rule_needs_the_address_stays_as_it_is(traveller: Traveller) -> None:
    assert address(URL, LinkRule.WAYFLESS, WAYFLESS, traveller) == (LinkKind.PLATFORM, URL)
    assert address(URL, LinkRule.PROXY_PREFIX, None, traveller) == (LinkKind.PLATFORM, URL)


def test_braces_within_an_address_are_no_placeholders() -> None:
    """Filled in one pass: what is put in is never looked at again."""
    _, made = address("https://x.example/{scope}", LinkRule.WAYFLESS, WAYFLESS, READER)
    assert made.endswith("target=https%3A%2F%2Fx.example%2F%7Bscope%7D")

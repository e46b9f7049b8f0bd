"""How a reader is led to a title on its platform: as it is, through the member's proxy, or by a WAYFless address."""

import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote

from models.vocabulary import LinkRule


class LinkKind(StrEnum):
    CONTENT = "content"
    PLATFORM = "platform"
    PROXY = "proxy"
    WAYFLESS = "wayfless"


@dataclass(frozen=True, slots=True)
class Traveller:
    """What of the member whose right is used an address may need, and whether the reader is on its network now."""

    proxy_prefix: str | None = None
    entity_id: str | None = None
    scope: str | None = None
    on_site: bool = False


NOBODY = Traveller()
_PLACEHOLDER = re.compile(r"\{(url|entity_id|scope)\}")


def address(url: str, rule: LinkRule, template: str | None, traveller: Traveller) -> tuple[LinkKind, str]:
    """The address that leads to `url`. Where the member lacks what the rule needs, it is the address as it is; on the
    member's own network nobody needs its proxy."""
    facts = {"url": url, "entity_id": traveller.entity_id, "scope": traveller.scope}
    if rule is LinkRule.PROXY_PREFIX and traveller.proxy_prefix and not traveller.on_site:
        return LinkKind.PROXY, _filled(traveller.proxy_prefix, facts)
    if rule is LinkRule.WAYFLESS and template and all(facts[name] for name in _PLACEHOLDER.findall(template)):
        return LinkKind.WAYFLESS, _filled(template, facts)
    return LinkKind.PLATFORM, url


def _filled(template: str, facts: dict[str, str | None]) -> str:
    return _PLACEHOLDER.sub(lambda found: quote(facts[found[1]] or "", safe=""), template)

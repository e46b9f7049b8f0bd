"""Real SAML identity providers made known to Mutua the way an operator does it: by a federation's signed metadata."""

from pathlib import Path
from typing import Any
from urllib.request import urlopen

from lxml import etree

from auth.federation import sources
from auth.federation.sources import Description
from domain import members
from domain.members import Policies
from tests.federation.maker import Federation, University, written
from tests.identity.house import House

FEDERATION = Federation()
MD = "{urn:oasis:names:tc:SAML:2.0:metadata}"


def described(address: str, *scopes: str, names: dict[str, str]) -> University:
    """A provider as its own unsigned metadata describes it, with what a federation adds."""
    with urlopen(address, timeout=20) as answer:
        root = etree.fromstring(answer.read())
    role = next(root.iter(f"{MD}IDPSSODescriptor"))
    entity = role.getparent()
    assert entity is not None

    def endpoints(kind: str) -> dict[str, str]:
        return {one.attrib["Binding"]: one.attrib["Location"] for one in role.iter(MD + kind)}

    signing = [key for key in role.iter(f"{MD}KeyDescriptor") if key.get("use", "signing") == "signing"]
    certificates = ["".join(str(key.xpath("string(.//*[local-name()='X509Certificate'])")).split()) for key in signing]
    return University(
        entity.attrib["entityID"],
        scopes,
        sso=endpoints("SingleSignOnService"),
        slo=endpoints("SingleLogoutService"),
        certificates=tuple(certificates),
        names=names,
    )


async def join(mutua: House, folder: Path, *universities: University, **policies: Any) -> None:
    """Load the federation's metadata, and register each of them for the scopes that it lists."""
    document = written(folder, FEDERATION.aggregate(*universities))
    await sources.establish(mutua.everybody, Description("test", str(document), (FEDERATION.pem,)), document)
    async with mutua.everybody() as session:
        source = await sources.by_name(session, "test")
        assert source
        for one in universities:
            await members.register_saml_provider(
                session,
                entity_id=one.entity_id,
                name=one.names,
                source_id=source.id,
                scopes=one.scopes,
                policies=Policies(**policies),
            )

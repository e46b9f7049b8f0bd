"""Makes the demo's universities known to Mutua and gives the demo's people their roles."""

import tempfile
from pathlib import Path

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from auth.federation import sources
from auth.federation.sources import Description, Transaction
from demo import saml
from demo.identity import Campus
from demo.identity_people import CLIENT_ID
from domain import members, pseudonyms, roles
from domain.keys import KeyStore, Purpose
from domain.pseudonyms import Subject
from models.identity import IdentityProvider


async def load_metadata(transaction: Transaction, campus: Campus) -> None:
    """Take in the demo federation's metadata, as an operator does a real one's."""
    document, certificate = saml.metadata(campus)
    with tempfile.NamedTemporaryFile(suffix=".xml") as file:
        file.write(document)
        file.flush()
        described = Description(saml.FEDERATION, "demo-metadata.xml", (certificate,))
        await sources.establish(transaction, described, Path(file.name))


async def install(session: AsyncSession, keys: KeyStore, campus: Campus) -> None:
    """Register every university that the campus has, at its present address, and the roles that people hold.

    Again and again is fine. Universities at other addresses (another port) no longer count. The members must be there,
    and the transaction must see the rows of all of them; the metadata of those that speak SAML must have been loaded.
    """
    issuers = [campus.issuer(university) for university in campus.people.universities]
    await session.execute(
        update(IdentityProvider)
        .where(col(IdentityProvider.demo), col(IdentityProvider.issuer).not_in(issuers))
        .values(enabled=False)
    )
    sealed = keys.seal(Purpose.PROVIDERS, campus.secrets.client_secret.encode())
    source = await sources.by_name(session, saml.FEDERATION)
    for university in campus.people.universities.values():
        if university.saml:
            if source is None:
                raise LookupError("the demo federation's metadata are not loaded")
            await members.register_saml_provider(
                session,
                entity_id=campus.issuer(university.id),
                name=university.name,
                source_id=source.id,
                scopes=university.scopes,
                demo=True,
            )
            continue
        await members.register_provider(
            session,
            issuer=campus.issuer(university.id),
            name=university.name,
            client_id=CLIENT_ID,
            sealed_secret=sealed,
            scopes=university.scopes,
            demo=True,
        )
    for person in campus.people.persons.values():
        subject = Subject(campus.issuer(person.university), "pairwise_id", campus.secrets.pairwise_id(person).lower())
        for role, code in person.roles:
            member = await members.by_code(session, code)
            if member is None:
                raise LookupError(f"persons.yaml gives {person.id} a role at {code}, which is no member")
            pseudonym_id = await pseudonyms.recognise(session, keys, member.id, subject)
            name = f"{person.name['zh']} {person.name['en']}"
            await roles.assign(session, pseudonym_id, member.id, role, name, "demo")

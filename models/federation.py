"""Whose metadata of SAML identity providers is believed, and what it said when it was last read."""

from datetime import datetime
from uuid import UUID

from sqlmodel import SQLModel

from models.columns import Localised, document, flag, instant, key, localised, refers, string, texts


class MetadataSource(SQLModel, table=True):
    """A federation's signed metadata: an aggregate, or a server that answers for one entity at a time (MDQ)."""

    __tablename__ = "metadata_source"

    id: UUID = key()
    name: str = string(unique=True)
    location: str = string()
    """Its https address, or the name of the file that it was last read from by hand."""
    mdq: bool = flag()
    """It answers for one entity at a time (draft-young-md-query-saml)."""
    certificates: list[str] = texts()
    """Pinned, PEM. What none of them signed is not believed."""
    registration_authorities: list[str] | None = texts(optional=True)
    """mdrpi:RegistrationInfo/@registrationAuthority of the entities that count; null: all."""
    digest: str | None = string(default=None, nullable=True)
    """SHA-256 of the document that the entities are from, in hexadecimal."""
    valid_until: datetime | None = instant(optional=True)
    refreshed_at: datetime | None = instant(optional=True)
    """When the last good copy was read."""
    checked_at: datetime | None = instant(optional=True)
    problem: str | None = string(default=None, nullable=True)
    """Why the latest copy was not taken; null: it was."""
    created_at: datetime = instant()


class SamlEntity(SQLModel, table=True):
    """An identity provider as one source describes it. It signs nobody in unless an `identity_provider` names it."""

    __tablename__ = "saml_entity"

    source_id: UUID = refers("metadata_source.id", primary=True, delete="CASCADE")
    entity_id: str = string(primary_key=True)
    registration_authority: str | None = string(default=None, nullable=True)
    names: Localised = localised()
    """mdui:DisplayName, else md:OrganizationDisplayName, by language."""
    keywords: Localised = document()
    """mdui:Keywords by language, separated by spaces."""
    logo: str | None = string(default=None, nullable=True)
    """mdui:Logo: an https address."""
    scopes: list[str] = texts()
    """shibmd:Scope without regexp, in lower case."""
    scope_patterns: list[str] = texts()
    """shibmd:Scope with regexp="true", as RE2 reads them."""
    signing_certificates: list[str] = texts()
    """Base64 of DER: of every KeyDescriptor for signing or for any use."""
    single_sign_on: dict[str, str] = document()
    """Address by binding."""
    single_logout: dict[str, dict[str, str]] = document()
    """By binding: `location`, and `response` where answers go elsewhere (ResponseLocation)."""
    error_url: str | None = string(default=None, nullable=True)
    """As the REFEDS errorURL specification fills it in."""
    categories: list[str] = texts()
    """Entity categories that it has or supports."""
    hidden: bool = flag()
    """In the category http://refeds.org/category/hide-from-discovery."""
    valid_until: datetime | None = instant(optional=True)
    """The earliest validUntil around it; afterwards it signs nobody in."""
    read_at: datetime = instant()

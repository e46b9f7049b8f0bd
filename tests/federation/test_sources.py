"""A federation's metadata is taken in whole, replaced whole, and kept when the next copy is no good (B17, F10)."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError
from sqlmodel import col

from api.database import Transactions
from auth.federation import entities, refreshing, sources, verification
from auth.federation.refusals import Refused, Wrong
from auth.federation.sources import Description
from domain import members
from models.federation import MetadataSource, SamlEntity
from models.identity import IdentityProvider
from tests.federation.conftest import Publisher
from tests.federation.maker import Federation, University, base64_certificate, in_days, rsa_key, written
from tests.identity.house import member

FEDERATION = Federation()
SOAP = "urn:oasis:names:tc:SAML:2.0:bindings:SOAP"
ALPHA = University("https://idp.alpha.example", ("alpha.edu",))
BETA = University("https://idp.beta.example", ("beta.edu",))


def describe(**facts: Any) -> Description:
    return Description(**{"name": "fed", "location": "metadata.xml", "certificates": (FEDERATION.pem,), **facts})


async def put(begin: Transactions, **facts: Any) -> MetadataSource:
    async with begin() as session:
        await sources.put(session, described := describe(**facts))
    return await now(begin, described.name)


async def now(begin: Transactions, name: str = "fed") -> MetadataSource:
    """The source as it stands."""
    async with begin() as session:
        found = await sources.by_name(session, name)
    assert found
    return found


async def entity_ids(begin: Transactions) -> list[str]:
    async with begin() as session:
        return list(await session.scalars(select(col(SamlEntity.entity_id)).order_by(col(SamlEntity.entity_id))))


async def register(begin: Transactions, source: MetadataSource, *universities: University) -> None:
    async with begin() as session:
        for one in universities:
            await members.register_saml_provider(
                session, entity_id=one.entity_id, name={"en": "A"}, source_id=source.id, scopes=["alpha.edu"]
            )


async def usable(begin: Transactions) -> list[str]:
    """Who can sign in, by whatever question is asked about it."""
    async with begin() as session:
        choices = [choice.issuer for choice in await members.choices(session, demo=False)]
        assert choices == [one.issuer for one in await members.providers(session, demo=False)]
        assert choices == [one.issuer for one in await members.registrations(session, demo=False) if one.usable]
        for provider in await session.scalars(select(IdentityProvider)):
            one = await members.usable_provider(session, provider.issuer, demo=False)
            assert (one is not None) == (provider.issuer in choices)
            assert one is None or await entities.of_provider(session, one) is not None
    return choices


async def test_a_newer_copy_takes_the_place_of_the_last_and_a_bad_one_doesn_t(
    begin: Transactions, tmp_path: Path
) -> None:
    async def took(content: bytes) -> tuple[int, int, int]:
        taken = await sources.take(begin, await now(begin), written(tmp_path, content))
        return taken.changes.new, taken.changes.changed, taken.changes.removed

    await put(begin)
    first = FEDERATION.aggregate(ALPHA, BETA)
    assert await took(first) == (2, 0, 0)
    taken = await now(begin)
    assert await took(first) == (0, 0, 0)
    same = await now(begin)
    assert (same.refreshed_at, same.digest) == (taken.refreshed_at, taken.digest)
    assert taken.checked_at
    assert same.checked_at
    assert same.checked_at > taken.checked_at
    assert await took(FEDERATION.aggregate(ALPHA, BETA, valid_until=in_days(9))) == (0, 0, 0)
    moved = University(BETA.entity_id, ("beta.edu", "beta.org"))
    assert await took(FEDERATION.aggregate(ALPHA, moved)) == (0, 1, 0)
    good = await now(begin)
    for content, wrong in (
        (Federation(rsa_key(5)).aggregate(ALPHA), Wrong.OTHER_KEY),
        (FEDERATION.aggregate(ALPHA, valid_until=in_days(-1)), Wrong.EXPIRED),
        (FEDERATION.aggregate(ALPHA, ALPHA), Wrong.DUPLICATE),
        (b"", Wrong.UNREADABLE),
    ):
        with pytest.raises(Refused) as refused:
            await took(content)
        bad = await now(begin)
        assert refused.value.wrong == wrong
        assert bad.problem == str(refused.value)
        assert (bad.digest, bad.valid_until, bad.refreshed_at) == (good.digest, good.valid_until, good.refreshed_at)
        assert await entity_ids(begin) == [ALPHA.entity_id, BETA.entity_id]
    assert await took(FEDERATION.aggregate(ALPHA)) == (0, 0, 1)
    assert (await now(begin)).problem is None
    assert await entity_ids(begin) == [ALPHA.entity_id]


async def test_only_a_provider_that_its_own_federation_describes_can_sign_in(
    begin: Transactions, tmp_path: Path
) -> None:
    source, other = await put(begin), await put(begin, name="other")
    weak = University("https://weak.example", ("alpha.edu",), certificates=(base64_certificate(9, 1024),))
    nowhere = University("https://nowhere.example", ("alpha.edu",), sso={SOAP: "https://nowhere.example/soap"})
    await sources.take(begin, source, written(tmp_path, FEDERATION.aggregate(ALPHA, weak, nowhere)))
    await sources.take(begin, other, written(tmp_path, FEDERATION.aggregate(BETA)))
    async with begin() as session:
        await member(session, "alpha", "alpha.edu")
    await register(begin, source, ALPHA, BETA, weak, nowhere)
    assert await usable(begin) == [ALPHA.entity_id]
    async with begin() as session:
        assert await sources.undescribed(session, "fed") == [BETA.entity_id], "whatever another federation says"
        with pytest.raises(sources.InUse):
            await sources.remove(session, source)
    await sources.take(begin, await now(begin), written(tmp_path, FEDERATION.aggregate(weak)))
    assert await usable(begin) == [], "removed: it signs nobody in"
    await sources.take(begin, await now(begin), written(tmp_path, FEDERATION.aggregate(ALPHA, weak)))
    assert await usable(begin) == [ALPHA.entity_id]
    async with begin() as session:
        assert await members.switch_provider(session, ALPHA.entity_id, enabled=False)
    assert await usable(begin) == []
    async with begin() as session:
        assert await members.switch_provider(session, ALPHA.entity_id, enabled=True)
        assert not await members.switch_provider(session, "https://nobody.example", enabled=True)
        await session.execute(text("UPDATE saml_entity SET valid_until = now()"))
    assert await usable(begin) == [], "expired: it signs nobody in"


async def test_a_source_and_its_document_are_taken_together_or_not_at_all(begin: Transactions, tmp_path: Path) -> None:
    document = written(tmp_path, FEDERATION.aggregate(ALPHA, BETA))
    others = (Federation(rsa_key(5)).pem,)
    with pytest.raises(Refused):
        await sources.establish(begin, describe(certificates=others), document)
    async with begin() as session:
        assert await sources.every(session) == []
    await sources.establish(begin, describe(), document)
    with pytest.raises(Refused):
        await sources.establish(begin, describe(certificates=others, location="https://fed.example/m"), document)
    kept = await now(begin)
    assert (kept.location, kept.certificates) == ("metadata.xml", [FEDERATION.pem])
    filtered = await sources.establish(begin, describe(authorities=("https://fed.example",)), document)
    assert (filtered.changes.removed, filtered.found and filtered.found.entities) == (0, 2)
    with pytest.raises(Refused) as refused:
        await sources.establish(begin, describe(authorities=("https://other.example",)), document)
    assert refused.value.wrong == Wrong.NO_ENTITY
    assert (await now(begin)).registration_authorities == ["https://fed.example"]


async def test_what_was_verified_for_a_source_that_is_described_otherwise_since_counts_no_more(
    begin: Transactions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, others = verification.verified, (Federation(rsa_key(5)).pem,)

    async def slowly(*arguments: Any) -> verification.Found:
        found = await real(*arguments)
        await put(begin, certificates=others)
        return found

    source = await put(begin)
    monkeypatch.setattr(verification, "verified", slowly)
    taken = await sources.take(begin, source, written(tmp_path, FEDERATION.aggregate(ALPHA)))
    assert (taken.found, taken.changes.new, await entity_ids(begin)) == (None, 0, [])
    assert (await now(begin)).certificates == [*others]
    async with begin() as session:
        await sources.remove(session, source)
    taken = await sources.take(begin, source, written(tmp_path, FEDERATION.aggregate(ALPHA)))
    assert (taken.found, await entity_ids(begin)) == (None, [])


async def test_a_document_known_already_is_verified_again_once_other_certificates_count(
    begin: Transactions, tmp_path: Path
) -> None:
    document = written(tmp_path, FEDERATION.aggregate(ALPHA))
    await sources.take(begin, await put(begin), document)
    source = await put(begin, certificates=(Federation(rsa_key(5)).pem,))
    with pytest.raises(Refused) as refused:
        await sources.take(begin, source, document)
    assert refused.value.wrong == Wrong.OTHER_KEY


async def test_while_a_document_is_taken_in_nobody_describes_its_source_otherwise(begin: Transactions) -> None:
    source = await put(begin)
    async with begin() as session:
        assert await sources.unchanged(session, source)
        async with begin() as other:
            await other.execute(text("SET LOCAL lock_timeout = '50ms'"))
            with pytest.raises(OperationalError, match="lock timeout"):
                await sources.put(other, describe())
            await other.rollback()


async def test_what_is_read_from_an_address_must_end_and_what_is_read_by_hand_need_not(
    begin: Transactions, tmp_path: Path
) -> None:
    endless = written(tmp_path, FEDERATION.aggregate(ALPHA, valid_until=None))
    with pytest.raises(Refused) as refused:
        await sources.establish(begin, describe(location="https://fed.example/m"), endless)
    assert refused.value.wrong == Wrong.VALID_UNTIL_MISSING
    assert (await sources.establish(begin, describe(), endless)).changes.new == 1
    assert (await now(begin)).valid_until is None


async def test_a_source_is_read_again_by_the_clock_and_one_that_fails_stops_no_other(
    begin: Transactions, publisher: Publisher
) -> None:
    publisher.documents = {"/good": FEDERATION.aggregate(ALPHA), "/bad": Federation(rsa_key(5)).aggregate(ALPHA)}
    for name in ("bad", "good"):
        await put(begin, name=name, location=f"{publisher.url}/{name}")
    await put(begin, name="by-hand")
    await refreshing.sweep(begin, at_home=True)
    assert publisher.asked == ["/bad", "/good"]
    assert publisher.since == [None, None]
    assert [(await now(begin, name)).problem for name in ("bad", "good")] == ["other_key: ", None]
    assert await entity_ids(begin) == [ALPHA.entity_id]
    await refreshing.sweep(begin, at_home=True)
    assert len(publisher.asked) == 2, "read a moment ago"
    async with begin() as session:
        await session.execute(text("UPDATE metadata_source SET checked_at = now() - interval '1 hour'"))
    publisher.documents["/good"] = FEDERATION.aggregate(ALPHA, BETA)
    await refreshing.sweep(begin, at_home=True)
    assert publisher.asked[2:] == ["/bad", "/good"]
    assert publisher.since[3] is not None
    assert await entity_ids(begin) == [ALPHA.entity_id, BETA.entity_id]
    async with begin() as session:
        await session.execute(text("UPDATE metadata_source SET problem = 'other_key: ' WHERE name = 'good'"))
    await refreshing.refresh(begin, await now(begin, "good"), at_home=True)
    assert publisher.since[4] is None, "what followed a copy that was refused is read whatever its date"
    assert (await now(begin, "good")).problem is None


async def test_of_an_mdq_server_the_registered_entities_are_kept(begin: Transactions, publisher: Publisher) -> None:
    source = await put(begin, location=publisher.url, mdq=True)
    async with begin() as session:
        await member(session, "alpha", "alpha.edu")
    path = "/entities/https%3A%2F%2Fidp.alpha.example"
    await register(begin, source, ALPHA)
    assert await usable(begin) == []
    publisher.documents[path] = FEDERATION.entity(ALPHA)
    taken = await refreshing.refresh(begin, source, at_home=True)
    assert (taken.changes.new, await usable(begin)) == (1, [ALPHA.entity_id])
    for answer in (FEDERATION.entity(BETA), FEDERATION.entity(ALPHA, valid_until=None), b"<x/>"):
        publisher.documents[path] = answer
        with pytest.raises(Refused):
            await refreshing.refresh(begin, await now(begin), at_home=True)
        assert await usable(begin) == [ALPHA.entity_id]
        assert (await now(begin)).problem
    del publisher.documents[path]
    taken = await refreshing.refresh(begin, await now(begin), at_home=True)
    assert (taken.changes.removed, await usable(begin)) == (1, [])
    assert (await now(begin)).problem is None
    publisher.documents[path] = FEDERATION.entity(ALPHA)
    await refreshing.refresh(begin, await now(begin), at_home=True)
    for certificates, left in (((FEDERATION.pem,), [ALPHA.entity_id]), ((Federation(rsa_key(5)).pem,), [])):
        async with begin() as session:
            await sources.put_mdq(session, describe(location=publisher.url, mdq=True, certificates=certificates))
        assert await usable(begin) == left, "what a certificate vouched for goes with it"
    del publisher.documents[path]
    await refreshing.refresh(begin, await now(begin), at_home=True)
    assert [one[:17] for one in publisher.asked[-2:]] == [path[:17], "/entities/%7Bsha1"]


async def test_a_process_that_never_ends_or_dies_is_no_good_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def verified() -> Wrong:
        document = written(tmp_path, FEDERATION.aggregate(ALPHA))
        trust = verification.Trust((FEDERATION.pem,))
        with pytest.raises(Refused) as refused:
            await verification.verified(document, tmp_path / "rows", trust, datetime.now(UTC))
        return refused.value.wrong

    with monkeypatch.context() as patch:
        patch.setattr(verification, "MOST_SECONDS", 0.01)
        assert await verified() == Wrong.VERIFIER
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    (tmp_path / "auth").mkdir()
    (tmp_path / "auth" / "__init__.py").write_text("raise SystemExit(3)\n")
    assert await verified() == Wrong.VERIFIER

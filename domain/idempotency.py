"""Requests that may be sent twice: the same `Idempotency-Key` gets the answer of the first time.

The key is claimed by the transaction of the effect and the answer kept by it, so that there is an answer exactly when
there is an effect. Who sends the same key meanwhile waits for that transaction (draft-ietf-httpapi-idempotency-key §2).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.keys import KeyStore, Purpose, Unreadable
from domain.principal import Viewer
from models.record import IdempotencyKey

LONGEST = 255
"""Characters of a key."""


class Unusable(ValueError):
    """The key is empty, too long, or has characters that no header should."""


class OtherRequest(Exception):
    """The key was used for another request."""


class AnswerLost(Exception):
    """The request was done, and its answer can't be read any more: its key was taken away."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to answer one request under a key."""

    scope: bytes
    key: str


def key_of(header: str) -> str:
    """The key of a header, with or without quotes (RFC 8941 §3.3.3). Raises Unusable."""
    key = header.strip()
    if len(key) > 1 and key[0] == key[-1] == '"':
        key = key[1:-1]
    if not 1 <= len(key) <= LONGEST or not key.isascii() or not key.isprintable():
        raise Unusable
    return key


def digest(request: Any) -> bytes:
    """What tells two requests apart."""
    return sha256(orjson.dumps(request, option=orjson.OPT_SORT_KEYS)).digest()


async def claim(session: AsyncSession, viewer: Viewer, key: str, request: bytes) -> Claim | IdempotencyKey:
    """The claim, or what stands there from the first time; waits while another transaction holds the key.

    Raises:
        OtherRequest: it was used for another one.
    """
    scope = _scope(viewer)
    for _ in range(2):  # what stood there may have been cleared away in between
        row = insert(IdempotencyKey).values(scope=scope, key=key, request=request).on_conflict_do_nothing()
        if (await session.execute(row.returning(col(IdempotencyKey.key)))).first():
            break
        kept = await session.scalar(select(IdempotencyKey).where(*_at(scope, key)))
        if kept is not None:
            if kept.request != request:
                raise OtherRequest
            return kept
    return Claim(scope, key)


def answer_of(kept: IdempotencyKey, keys: KeyStore) -> bytes:
    """The answer of the first time. Raises AnswerLost."""
    try:
        return keys.unseal(Purpose.ANSWERS, kept.answer or "")
    except Unreadable as error:
        raise AnswerLost from error


async def keep(session: AsyncSession, keys: KeyStore, claimed: Claim, answer: bytes) -> None:
    """Keep the answer for whoever asks again."""
    kept = update(IdempotencyKey).where(*_at(claimed.scope, claimed.key))
    await session.execute(kept.values(answer=keys.seal(Purpose.ANSWERS, answer)))


async def release(session: AsyncSession, claimed: Claim) -> None:
    """Nothing was done: the same key may try again."""
    await session.execute(delete(IdempotencyKey).where(*_at(claimed.scope, claimed.key)))


def _at(scope: bytes, key: str) -> tuple[Any, Any]:
    return col(IdempotencyKey.scope) == scope, col(IdempotencyKey.key) == key


def _scope(viewer: Viewer) -> bytes:
    """Whose keys: a person's, by whichever of her pseudonyms comes first; without one, this sign-in's."""
    pseudonyms = sorted(one.pseudonym_id for one in viewer.principal.memberships if one.pseudonym_id)
    return _of_pseudonym(pseudonyms[0]) if pseudonyms else _of_sign_in(viewer.session_id)


def scopes(pseudonyms: Iterable[UUID], sign_ins: Iterable[UUID]) -> list[bytes]:
    """Under which the keys of a person may lie who has, or had, these."""
    return [*map(_of_pseudonym, pseudonyms), *map(_of_sign_in, sign_ins)]


def _of_pseudonym(key: UUID) -> bytes:
    return sha256(str(key).encode()).digest()


def _of_sign_in(key: UUID | None) -> bytes:
    return sha256(f"session:{key}".encode()).digest()

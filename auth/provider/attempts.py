"""Wrong secrets, codes and tokens are counted, by client and address and by address alone: guessing gets slow."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import case, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from auth.address import Address
from domain.keys import KeyStore, Purpose
from models.client import FailedAttempt

WINDOW = timedelta(minutes=1)
OF_CLIENT = 10
"""Failures within a window before one address must wait with one client."""
OF_ADDRESS = 60
"""The same with all clients together: many readers may share an address."""


class Counter:
    """Those of one request. The address is kept as a keyed hash only, for a day (`domain.retention`)."""

    def __init__(self, session: AsyncSession, keys: KeyStore, client_id: str | None, address: Address | None) -> None:
        self._session = session
        place = str(address).encode()
        self._limits = {
            keys.mac(Purpose.CLIENTS, b"attempts\0" + place + b"\0" + (client_id or "").encode()): OF_CLIENT,
            keys.mac(Purpose.CLIENTS, b"attempts\0" + place): OF_ADDRESS,
        }

    async def wait(self) -> int | None:
        """Seconds to wait before anything is looked at; None = go on."""
        failed = FailedAttempt
        found = await self._session.execute(
            select(col(failed.fingerprint), col(failed.failures), col(failed.window_started_at)).where(
                col(failed.fingerprint).in_(self._limits), col(failed.window_started_at) > datetime.now(UTC) - WINDOW
            )
        )
        ends = [began + WINDOW for fingerprint, failures, began in found if failures >= self._limits[fingerprint]]
        return max(1, int((max(ends) - datetime.now(UTC)).total_seconds())) if ends else None

    async def failed(self) -> None:
        """Count a failure, in an order that two at once share."""
        failed = FailedAttempt
        for fingerprint in sorted(self._limits):
            over = col(failed.window_started_at) <= func.now() - WINDOW
            await self._session.execute(
                insert(failed)
                .values(fingerprint=fingerprint)
                .on_conflict_do_update(
                    index_elements=["fingerprint"],
                    set_={
                        "failures": case((over, 1), else_=col(failed.failures) + 1),
                        "window_started_at": case((over, func.now()), else_=col(failed.window_started_at)),
                    },
                )
            )

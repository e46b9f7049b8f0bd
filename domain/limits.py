"""Which limits a licence can set: what each kind needs, and what of it can't be meant."""

from collections.abc import Mapping
from decimal import Decimal

from models.vocabulary import LimitKind, NoticeUnit

COUNTED = frozenset({LimitKind.CONCURRENT_USERS, LimitKind.CONCURRENT_USERS_PER_MEMBER})
"""Of users at the same time."""
OF_THE_WHOLE = COUNTED | {LimitKind.NOTICE}
"""Limits of a licence as a whole; all others belong to a term."""
WHOLE_NUMBERS = OF_THE_WHOLE | {LimitKind.COPIES, LimitKind.PAGES}
ALL = Decimal(100)
MOST = Decimal(1_000_000)
LONGEST_NOTICE: Mapping[object, Decimal] = {
    NoticeUnit.DAYS: Decimal(36_525),
    NoticeUnit.WEEKS: Decimal(5_217),
    NoticeUnit.MONTHS: Decimal(1_200),
    NoticeUnit.YEARS: Decimal(100),
}
"""A century. Far beyond any contract, and every day that long before another is still a day of the calendar."""


def flaw(kind: LimitKind, amount: Decimal | None, unit: object, formats: object) -> str | None:
    """The column that can't be meant in a limit of this kind; None = it can."""
    if kind is LimitKind.FORMATS:
        return "amount" if amount is not None else "unit" if unit else None if formats else "formats"
    if formats:
        return "formats"
    if amount is None or not 0 < amount <= _most(kind, unit):
        return "amount"
    if kind in WHOLE_NUMBERS and amount != amount.to_integral_value():
        return "amount"
    return "unit" if (kind is LimitKind.NOTICE) != bool(unit) else None


def _most(kind: LimitKind, unit: object) -> Decimal:
    if kind is LimitKind.PERCENT:
        return ALL
    return LONGEST_NOTICE.get(unit, MOST) if kind is LimitKind.NOTICE else MOST

"""The checks behind a decision told to a reader: the names that their facts stand for, and the sentences."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain import explanation, messages, visibility
from domain.decisions import Asked
from domain.principal import Principal, Viewer
from domain.rights.answer import Answer, Granted, Refused, Window
from domain.rights.change import Change, ChangeKind, Situation, cheapest
from domain.rights.explain import Checked, Explanation, Outcome, explain
from domain.rights.facts import CONTRACTUAL, Fact, Named, Place, Thing, Value
from domain.rights.grants import Grants
from domain.scopes import Scope
from models import agreement as agreements
from models import licence as licences
from models import package as packages
from models import party as parties
from models.columns import Localised

Names = Mapping[Named, Localised]
"""What the things that facts name are called. A thing without a name isn't told."""


def behind(grants: Grants | None, asked: Asked, answer: Answer, viewer: Viewer) -> Explanation:
    """The checks behind an answer, as far as this viewer may see what they read. `grants` None: they can't be had."""
    told = explain(grants, asked.principal, asked.context, asked.at, asked.epoch, answer)
    return visible(told, viewer, answer.member_id)


def would_grant(grants: Grants | None, asked: Asked, answer: Answer, viewer: Viewer, *, own: bool) -> Change | None:
    """The cheapest change that would allow what was refused. `own`: the viewer asks, and not whoever got an id.

    None also where rights have changed since: then another answer is due first.
    """
    if isinstance(answer, Granted) or grants is None or grants.epoch != asked.epoch:
        return None
    held, any_affiliation = _held(viewer, asked.principal, own=own)
    situation = Situation(grants, asked.principal, answer.action, asked.context, asked.at, held, any_affiliation)
    return cheapest(situation, answer)


def visible(told: Explanation, viewer: Viewer, member_id: UUID | None) -> Explanation:
    """An explanation as far as this viewer may see it: agreements only with the member's contracts."""
    if visibility.sees_contracts_of(viewer, member_id) and viewer.allows(Scope.AGREEMENTS_RIGHTS_READ):
        return told
    kept = (replace(one, facts=tuple(f for f in one.facts if f.name not in CONTRACTUAL)) for one in told.checks)
    return replace(told, checks=tuple(kept))


def named(checks: Iterable[Checked]) -> frozenset[Named]:
    """The things whose names the facts need."""
    facts = (fact for one in checks for fact in one.facts)
    return frozenset(value for fact in facts for value in fact.values if isinstance(value, Named))


async def names(session: AsyncSession, wanted: Iterable[Named]) -> Names:
    """One statement for each kind of thing."""
    found: dict[Named, Localised] = {}
    keys: dict[Thing, list[UUID]] = {}
    for thing, key in wanted:
        keys.setdefault(thing, []).append(key)
    for thing, of_kind in keys.items():
        for key, name in await session.execute(_called(thing, of_kind)):
            if name:
                found[Named(thing, key)] = as_name(name)
    return found


def as_name(called: Localised | str | list[str]) -> Localised:
    """A name of any kind, by language; a list of codes is one name."""
    if isinstance(called, dict):
        return called
    return {messages.UNKNOWN: called if isinstance(called, str) else ", ".join(called)}


def _called(thing: Thing, keys: list[UUID]) -> Select[*tuple[Any, ...]]:
    party, package, title, platform = parties.Party, packages.Package, packages.PackageTitle, packages.Platform
    line, agreement, term = agreements.Entitlement, agreements.Agreement, licences.Term
    match thing:
        case Thing.MEMBER:
            return select(col(party.id), col(party.name)).where(col(party.id).in_(keys))
        case Thing.PACKAGE:
            return select(col(package.id), col(package.name)).where(col(package.id).in_(keys))
        case Thing.ENTITLEMENT:
            lines = select(col(line.id), col(agreement.name)).join(
                agreement, col(agreement.id) == col(line.agreement_id)
            )
            return lines.where(col(line.id).in_(keys))
        case Thing.PACKAGE_TITLE:
            copies = select(col(title.id), col(platform.name)).join(
                platform, col(platform.id) == col(title.platform_id)
            )
            return copies.where(col(title.id).in_(keys))
        case Thing.TERM:
            return select(col(term.id), col(term.user_classes)).where(col(term.id).in_(keys))


@dataclass(frozen=True, slots=True)
class Told:
    """One check in words. `facts`: name, label, value."""

    checked: Checked
    label: str
    outcome: str
    message: str
    facts: tuple[tuple[str, str, str], ...]


def tell(one: Checked, answer: Answer, about: explanation.Facts, called: Names, languages: Sequence[str]) -> Told:
    """A check in the first language of `languages` that we speak. `about`: the names behind the answer."""
    return Told(
        one,
        label=check_label(one, languages),
        outcome=messages.sentence(f"word.outcome.{one.outcome.value}", languages),
        message=message(one, answer, about, called, languages),
        facts=tuple(
            (fact.name.value, label(fact, languages), value(fact, called, languages) or "")
            for fact in tellable(one, called)
        ),
    )


def check_label(one: Checked, languages: Sequence[str]) -> str:
    return messages.sentence(f"word.check.{one.check.name.lower()}", languages)


def tellable(one: Checked, called: Names) -> list[Fact]:
    """The facts of a check without those whose things have no name: content that we hold is on no platform."""

    def known(value: Value) -> bool:
        return not isinstance(value, Named) or value in called

    return [fact for fact in one.facts if any(known(value) for value in fact.values)]


def message(one: Checked, answer: Answer, about: explanation.Facts, called: Names, languages: Sequence[str]) -> str:
    if one.outcome is Outcome.FAILED:
        return explanation.message(answer, about, languages)
    said = {fact.name.value: value(fact, called, languages) for fact in one.facts}
    return messages.sentence(f"check.{one.sentence}", languages, **said)


def label(fact: Fact, languages: Sequence[str]) -> str:
    return messages.sentence(f"word.fact.{fact.name.value}", languages)


def value(fact: Fact, called: Names, languages: Sequence[str]) -> str | None:
    """A fact's values in words; None = it has a name that nobody knows."""
    said = [_said(one, called, languages) for one in fact.values]
    known = [one for one in said if one is not None]
    return messages.sentence("page.list_separator", languages).join(known) if known else None


def _said(one: Value, called: Names, languages: Sequence[str]) -> str | None:
    match one:
        case Named():
            return messages.localised(called[one], languages) if one in called else None
        case Window():
            return window(one, languages)
        case date():
            return messages.day(one, languages)
        case Place():
            return messages.sentence(f"word.place.{one.value}", languages)
        case StrEnum():
            return messages.word(one, languages)
        case str():
            return messages.coded(one, languages)
        case int():
            return str(one)


def window(span: Window, languages: Sequence[str]) -> str:
    """A span of publication dates; whole years are told as years."""
    first, last = span.first, span.last
    whole = (first is None or (first.month, first.day) == (1, 1)) and (
        last is None or (last.month, last.day) == (12, 31)
    )
    year = "{}年" if messages.spoken(languages) == "zh" else "{}"
    begins = year.format(first.year) if first and whole else first
    ends = year.format(last.year) if last and whole else last
    how = "one" if begins == ends and begins else "between" if begins and ends else "since" if begins else "until"
    return messages.sentence(
        f"word.window.{how if begins or ends else 'everything'}", languages, first=begins, last=ends
    )


def change(one: Change, answer: Answer, about: explanation.Facts, called: Names, languages: Sequence[str]) -> str:
    """The change in one sentence."""
    member = called.get(Named(Thing.MEMBER, one.member_id)) if one.member_id else None
    anew = (
        one.kind is ChangeKind.NEW_AGREEMENT and about.licence and not (isinstance(answer, Refused) and answer.ended_on)
    )
    named = {"licence": about.licence, "licensor": about.licensor} if anew else {}
    return messages.sentence(
        f"change.{'renegotiation' if anew else one.kind.value}",
        languages,
        member=messages.localised(member, languages) if member else None,
        affiliations=[messages.word(word, languages) for word in one.affiliations] or None,
        available_on=one.available_on,
        clause=about.clause.number if about.clause and anew else None,
        **{name: messages.localised(text, languages) for name, text in named.items() if text},
    )


def of_change(one: Change | None) -> frozenset[Named]:
    """The things whose names a change needs."""
    return frozenset({Named(Thing.MEMBER, one.member_id)} if one and one.member_id else ())


def _held(viewer: Viewer, asked: Principal, *, own: bool) -> tuple[Principal | None, bool]:
    """What else whoever was asked about might be: the viewer herself, where it is her `own` question that told less of
    her; any kind of reader, where the viewer may ask about all of them."""
    members = [membership.member_id for membership in asked.memberships]
    others = asked.memberships != viewer.principal.memberships
    if members and others and all(visibility.asks_for(viewer, one) for one in members):
        return None, True
    return viewer.principal if own else None, False

"""Somebody who asks in one way, about however many resources: her claims, worked out once and kept with the grants."""

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from uuid import UUID

from domain.principal import Principal
from domain.rights.answer import Context
from domain.rights.claims import Claim, claim
from domain.rights.coverage import Dates
from domain.rights.grants import EVERYBODY, FREE, NOTHING, Grant, Grants, Holdings, Member, PackageTitle, Resource
from domain.rights.kept import kept
from domain.rights.people import People, as_anybody, identified, judged_as
from models.vocabulary import Action

MOST = 512
"""Holders whose claims are kept, per process and epoch."""

Found = Iterator[tuple[Claim, PackageTitle | None]]


@dataclass(slots=True, eq=False)
class Holder:
    """The claims to one member's grants that the same people have in the same way on the same day; or, of nobody, to
    those of all members. Each is worked out when it is first asked for."""

    grants: Grants
    holdings: Holdings
    member: Member | None
    people: People
    action: Action
    context: Context
    """Of it only the use counts, and whether the gate asks."""
    day: date | None
    packages: dict[UUID, tuple[Claim, ...]] = field(default_factory=dict)
    titles: dict[UUID, tuple[Claim, ...]] = field(default_factory=dict)
    resources: dict[UUID, tuple[Claim, ...]] = field(default_factory=dict)
    reached: dict[int, Dates] = field(default_factory=dict)

    def on_title(self, title: PackageTitle) -> tuple[Claim, ...]:
        """Those to its package and to itself, the best first."""
        singly = self.holdings.package_titles
        if not singly or title.id not in singly:
            found = self.packages.get(title.package_id)
            if found is None:
                found = self.packages[title.package_id] = self._claims(self.holdings.packages.get(title.package_id, ()))
            return found
        found = self.titles.get(title.id)
        if found is None:
            grants = self.holdings.packages.get(title.package_id, ())
            found = self.titles[title.id] = self._claims((*grants, *singly[title.id]))
        return found

    def on_resource(self, resource: Resource) -> tuple[Claim, ...]:
        """Those to the resource, in whatever copy of its licensor's."""
        grants = self.holdings.resources.get(resource.id) if self.holdings.resources else None
        if not grants:
            return ()
        found = self.resources.get(resource.id)
        if found is None:
            found = self.resources[resource.id] = self._claims(grants)
        return found

    def claims(self, resource: Resource) -> Found:
        """Those that cover a resource, with the copy that each reaches."""
        for title in resource.package_titles:
            for one in self.on_title(title):
                if title.kept if one.kept else title.current:
                    yield one, title
        for one in self.on_resource(resource):
            yield from ((one, copy) for copy in one.grant.copies(resource))

    def _claims(self, grants: tuple[Grant, ...]) -> tuple[Claim, ...]:
        asked = self.member, self.people, self.action, self.context, self.day, None, self.reached
        made = (claim(self.grants, grant, *asked) for grant in grants)
        return tuple(sorted(made, key=lambda one: one.rank))


@dataclass(slots=True, eq=False)
class Asking:
    """The asker, with the holders of what may serve her."""

    grants: Grants
    principal: Principal
    action: Action
    context: Context
    now: datetime
    anybody: People
    holders: list[Holder]
    identified: bool
    """Whether a member vouches for her."""
    sole: Member | None
    """The member that she belongs to, where it is one alone."""
    open: dict[tuple[str, str | None], Claim] = field(default_factory=dict)

    def open_to_everybody(self, resource: Resource) -> Found:
        """What is open to all, signed in or not."""
        if resource.open_access:
            for copy in EVERYBODY.copies(resource):
                yield self._of_everybody(EVERYBODY, resource), copy
        for title in resource.package_titles:
            if title.free and FREE.reaches(title):
                yield self._of_everybody(FREE, resource), title

    def claims(self, resource: Resource) -> Found:
        """Every claim that covers a resource: what is open to everybody, then what her members hold."""
        yield from self.open_to_everybody(resource)
        for holder in self.holders:
            yield from holder.claims(resource)

    def _of_everybody(self, grant: Grant, resource: Resource) -> Claim:
        """Beyond viewing and downloading a work's own rights statement decides."""
        key = grant.key, resource.rights
        found = self.open.get(key)
        if found is None:
            day = self.context.on or self.grants.today(None, self.now)
            asked = self.grants, grant, None, self.anybody, self.action, self.context, day, resource.rights
            found = self.open[key] = claim(*asked)
        return found


def asking(grants: Grants, principal: Principal, action: Action, context: Context, now: datetime) -> Asking:
    """The very same question about another resource, which is what lists ask, is known again."""
    last: Asking | None = grants.asked[0] if grants.asked else None
    if (
        last is not None
        and last.principal is principal
        and last.action is action
        and last.now is now
        and last.context is context
    ):
        return last
    served = judged_as(principal, grants)
    made = Asking(
        grants=grants,
        principal=principal,
        action=action,
        context=context,
        now=now,
        anybody=as_anybody(principal, served),
        holders=[holder(grants, member, people, action, context, now) for member, people in served],
        identified=identified(principal),
        sole=served[0][0] if len(served) == 1 else None,
    )
    grants.asked[:] = [made]
    return made


def holder(
    grants: Grants, member: Member | None, people: People, action: Action, context: Context, now: datetime
) -> Holder:
    """`member` None: nobody has signed in, and the grants of all members are looked at."""
    day = context.on or _today(grants, member, now)
    holdings = grants.holdings.get(member.id, NOTHING) if member else grants.pool
    made_of: Hashable = (member and member.id, people, action, context.use, context.gate, day)
    make = partial(Holder, grants, holdings, member, people, action, context, day)
    found: Holder = kept(grants.claims, made_of, make, most=MOST)
    return found


def _today(grants: Grants, member: Member | None, now: datetime) -> date | None:
    try:
        return grants.today(member, now)
    except LookupError:
        return None

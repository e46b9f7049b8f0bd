"""As whom an asker may be judged: one person for each affiliation of each membership (design §4, Principal)."""

from domain.principal import IMPLIES_MEMBER, Principal
from domain.rights.grants import Grants, Member
from domain.rights.qualifiers import Person
from models.vocabulary import Affiliation

People = tuple[Person, ...]
WALK_IN = frozenset({Affiliation.LIBRARY_WALK_IN})


def judged_as(principal: Principal, grants: Grants) -> list[tuple[Member, People]]:
    """The members whose grants may serve the asker, each with the people she is there.

    Whoever stands on a member's network, signed in or not, is also a library-walk-in there where the member says so.
    """
    found: dict[Member, list[Person]] = {}
    for membership in principal.memberships:
        if member := grants.members.get(membership.member_id):
            on_site = member.id in principal.on_site
            territory = principal.territory or member.country
            found.setdefault(member, []).extend(
                Person(one, membership.entitlements, on_site, territory) for one in _each(membership.affiliations)
            )
    for member_id in sorted(principal.on_site):
        member = grants.members.get(member_id)
        if member and member.walk_ins:
            walk_in = Person(WALK_IN, frozenset(), on_site=True, territory=principal.territory or member.country)
            found.setdefault(member, []).append(walk_in)
    return [(member, tuple(dict.fromkeys(people))) for member, people in found.items()]


def as_anybody(principal: Principal, served: list[tuple[Member, People]]) -> People:
    """The asker where it doesn't matter who she is, only under which law she is."""
    territories = {person.territory for _, people in served for person in people} or {principal.territory}
    return tuple(Person(territory=territory) for territory in sorted(territories, key=str))


def identified(principal: Principal) -> bool:
    """Whether a member vouches for her as more than somebody who walked in."""
    return any(
        membership.affiliations != WALK_IN or membership.entitlements or membership.pseudonym_id
        for membership in principal.memberships
    )


def alone(affiliation: Affiliation) -> frozenset[Affiliation]:
    """An affiliation with the `member` that it implies."""
    return frozenset({affiliation, Affiliation.MEMBER} if affiliation in IMPLIES_MEMBER else {affiliation})


def _each(affiliations: frozenset[Affiliation]) -> list[frozenset[Affiliation]]:
    """None at all is judged once, as not known."""
    return [alone(one) for one in sorted(affiliations)] or [frozenset()]

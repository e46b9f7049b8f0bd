"""The root of mutations: composition only."""

import strawberry

from schema import role
from schema.kit.source import computed


@strawberry.type(description="What can be done. Each field is one act, done whole or not at all.")
class Mutation:
    role_invite: role.RoleInvitePayload = computed(role.invite, "Make a one-time link that hands out a role.")
    role_end: role.RoleEndPayload = computed(role.end, "End a role now.")

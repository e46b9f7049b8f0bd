"""The root of mutations: composition only."""

import strawberry

from schema import delivery, role
from schema.acts import licence
from schema.kit.source import computed


@strawberry.type(description="What can be done. Each field is one act, done whole or not at all.")
class Mutation:
    content_open: delivery.ContentOpenPayload = computed(
        delivery.open_content, "Make a signed link to begin reading a file with, within a minute."
    )
    role_invite: role.RoleInvitePayload = computed(role.invite, "Make a one-time link that hands out a role.")
    role_end: role.RoleEndPayload = computed(role.end, "End a role now.")
    licence_create: licence.LicenceCreatePayload = computed(licence.create, "Enter a licence, as a draft.")
    licence_activate: licence.LicenceActivatePayload = computed(
        licence.activate, "Put a licence in force: from now on decisions read it."
    )

"""The root of mutations: composition only."""

import strawberry

from schema import delivery, role
from schema.acts import (
    agreement,
    amendment,
    clause,
    client,
    draft,
    entitlement,
    licence,
    limit,
    package,
    participation,
    party,
    pool,
    resource,
    term,
    viewer,
)
from schema.kit.source import computed


@strawberry.type(description="What can be done. Each field is one act, done whole or not at all.")
class Mutation:
    content_open: delivery.ContentOpenPayload = computed(
        delivery.open_content, "Make a signed link to begin reading a file with, within a minute."
    )
    role_invite: role.RoleInvitePayload = computed(role.invite, "Make a one-time link that hands out a role.")
    role_end: role.RoleEndPayload = computed(role.end, "End a role now.")
    member_create: party.MemberCreatePayload = computed(party.create_member, "Take a member into the pool.")
    member_update: party.MemberUpdatePayload = computed(
        party.update_member, "Say something else of a member: its own librarians, and the consortium."
    )
    provider_create: party.ProviderCreatePayload = computed(party.create_provider, "Name a provider.")
    platform_create: party.PlatformCreatePayload = computed(
        party.create_platform, "Name a platform, and how a reader is led there."
    )
    package_create: package.PackageCreatePayload = computed(
        package.create, "Name a package: a member's collection by its librarians, others by the consortium."
    )
    package_update: package.PackageUpdatePayload = computed(package.update, "Say something else of a package.")
    package_title_add: package.PackageTitleAddPayload = computed(
        package.add_title, "Put a resource into a package; one that was taken out comes back."
    )
    package_title_remove: package.PackageTitleRemovePayload = computed(
        package.remove_title, "Take a title out of its package. What was kept for ever of it stays open."
    )
    resource_create: resource.ResourceCreatePayload = computed(
        resource.create, "Catalogue a title, once for all members: a known identifier is a problem."
    )
    resource_update: resource.ResourceUpdatePayload = computed(
        resource.update, "Say something else of a resource: its contributor's librarians, and the consortium."
    )
    content_update: resource.ContentUpdatePayload = computed(
        resource.update_content, "Say something else of a file: whoever holds its collection."
    )
    licence_create: licence.LicenceCreatePayload = computed(licence.create, "Enter a licence, as a draft.")
    licence_draft: draft.LicenceDraftPayload = computed(
        draft.draft, "Enter a licence from its document, as a draft with the document's clauses and no term."
    )
    licence_update: licence.LicenceUpdatePayload = computed(licence.update, "Correct what is said of a licence.")
    licence_activate: licence.LicenceActivatePayload = computed(
        licence.activate, "Put a licence in force: from now on decisions read it."
    )
    licence_terminate: licence.LicenceTerminatePayload = computed(licence.terminate, "End a licence on a day.")
    clause_set: clause.ClauseSetPayload = computed(clause.set_, "Write a clause of a licence, or change it.")
    clause_remove: clause.ClauseRemovePayload = computed(
        clause.remove, "Take a clause off a licence that is still being prepared."
    )
    term_set: term.TermSetPayload = computed(term.set_, "Code what a licence says of an action, or change that.")
    term_remove: term.TermRemovePayload = computed(
        term.remove, "Take a term off a licence that is still being prepared."
    )
    amendment_set: amendment.AmendmentSetPayload = computed(
        amendment.set_, "Draft an amendment of a licence, or change what is drafted."
    )
    amendment_activate: amendment.AmendmentActivatePayload = computed(
        amendment.activate, "Put an amendment in force: from its day on decisions read its terms."
    )
    amendment_remove: amendment.AmendmentRemovePayload = computed(
        amendment.remove, "Take back an amendment that is drafted."
    )
    limit_set: limit.LimitSetPayload = computed(limit.set_, "Set how much a licence allows, or change that.")
    limit_remove: limit.LimitRemovePayload = computed(limit.remove, "Take a limit away.")
    silent_default_set: pool.SilentDefaultSetPayload = computed(
        pool.set_default, "Say what holds where licences don't speak of an action: the consortium."
    )
    statutory_rule_set: pool.StatutoryRuleSetPayload = computed(
        pool.set_statute, "Say what the law of a territory permits whatever contracts say: the consortium."
    )
    statutory_rule_remove: pool.StatutoryRuleRemovePayload = computed(
        pool.remove_statute, "Take a rule away, of a law that is no more: the consortium."
    )
    agreement_create: agreement.AgreementCreatePayload = computed(agreement.create, "Enter an agreement, as a draft.")
    agreement_update: agreement.AgreementUpdatePayload = computed(
        agreement.update, "Change an agreement's name, periods or licences."
    )
    agreement_activate: agreement.AgreementActivatePayload = computed(
        agreement.activate, "Put an agreement in force: from now on decisions read it."
    )
    agreement_close: agreement.AgreementClosePayload = computed(agreement.close, "Close an agreement on a day.")
    participation_start: participation.ParticipationStartPayload = computed(
        participation.start, "Let a member take part in an agreement of the consortium."
    )
    participation_end: participation.ParticipationEndPayload = computed(
        participation.end, "End a member's taking part on a day."
    )
    entitlement_grant: entitlement.EntitlementGrantPayload = computed(
        entitlement.grant, "Give a package, a title or a resource by an agreement."
    )
    entitlement_withdraw: entitlement.EntitlementWithdrawPayload = computed(
        entitlement.withdraw, "End what an agreement gives on a day."
    )
    client_register: client.ClientRegisterPayload = computed(
        client.register, "Register an app or a partner's system: librarians for their member, admins for all."
    )
    client_update: client.ClientUpdatePayload = computed(
        client.update, "Say something else of an app or a partner's system."
    )
    client_rotate_secret: client.ClientRotateSecretPayload = computed(
        client.rotate_secret, "Give a client a new secret; the one before ends now, or a few days later."
    )
    client_suspend: client.ClientSuspendPayload = computed(
        client.suspend, "Let a client do nothing any more: its tokens end at once."
    )
    client_resume: client.ClientResumePayload = computed(client.resume, "Let a suspended client work again.")
    viewer_app_withdraw: viewer.ViewerAppWithdrawPayload = computed(
        viewer.withdraw_app, "Take back what one allowed an app: it isn't remembered, and its tokens end at once."
    )
    viewer_erase: viewer.ViewerErasePayload = computed(
        viewer.erase, "Have what is kept of oneself erased: one is signed out, and somebody new at the next sign-in."
    )

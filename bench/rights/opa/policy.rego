# What bench/world.py's licences say, as an OPA policy would: of the grants that a member has on the packages in which a
# title is, those that stand today, cover it and permit the action to one of her affiliations; the one with the smallest
# entitlement grants, by its term. Dates are numbers (20260131); what an embargo leaves open today was worked out before.
package rights

default answer := {"granted": false}

answer := {"granted": true, "term": null} if {
	input.action in {"view", "download"}
	data.titles[input.resource].open
}

else := {"granted": true, "term": best.term} if {
	best := by_entitlement[min(object.keys(by_entitlement))]
}

by_entitlement[entitlement] := found if {
	title := data.titles[input.resource]
	some copy in title.copies
	some grant in data.grants[input.member][copy.package]
	grant.first <= input.day
	input.day <= grant.last
	covers(copy, title)
	term := data.licences[grant.licence][input.action]
	permits(term)
	entitlement := grant.entitlement
	found := {"term": term.id}
}

covers(copy, title) if not title.published_first

covers(copy, title) if {
	copy.first <= title.published_last
	title.published_first <= copy.last
}

permits(term) if {
	term.permits
	not term.affiliations
}

permits(term) if {
	term.permits
	some affiliation in term.affiliations
	affiliation in input.affiliations
}

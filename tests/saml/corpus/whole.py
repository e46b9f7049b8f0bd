"""All cases, each made anew: responses age."""

from collections.abc import Iterator
from itertools import chain

from auth.saml.response import Recipient
from tests.saml.corpus import good, hostile, sealed, unfitting, unsound, wrapping
from tests.saml.corpus.keys import pair
from tests.saml.corpus.stage import Case, Stage

US = Recipient(
    "https://mutua.example/saml/metadata", "https://mutua.example/saml/acs", (pair("us").rsa, pair("us before").rsa)
)
FAMILIES = {
    "good": good,
    "wrapping": wrapping,
    "unsound": unsound,
    "unfitting": unfitting,
    "hostile": hostile,
    "sealed": sealed,
}


def corpus(stage: Stage) -> list[Case]:
    return list(chain.from_iterable(family.cases(stage) for family in FAMILIES.values()))


def fresh(us: Recipient) -> Iterator[Case]:
    """Each made when it is asked for, each family at a moment of its own: for readers who look at the real clock."""
    return chain.from_iterable(family.cases(Stage(us)) for family in FAMILIES.values())

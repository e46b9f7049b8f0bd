"""All cases, each made anew: responses age."""

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

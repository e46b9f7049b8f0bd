"""A mutant of a good response either is refused, in time and for a cause, or is the very response that was signed."""

import random
import time
from collections import Counter
from collections.abc import Iterator
from functools import cache
from unittest import mock

import pytest
from lxml import etree

from auth.saml import signatures
from auth.saml.documents import Element
from auth.saml.refused import Failed, Invalid
from auth.saml.response import Verified, read, verify
from tests.saml import mutants
from tests.saml.corpus import signing
from tests.saml.corpus.maker import encoded
from tests.saml.corpus.sealing import GCM, Seal
from tests.saml.corpus.signing import Manner
from tests.saml.corpus.stage import Stage
from tests.saml.corpus.whole import US

SECONDS = 1.0
"""Of processor time that one mutant may take; good ones take a thousandth."""
COMMENTED = Manner(canonical=signing.WITH_COMMENTS, transforms=(signing.ENVELOPED, signing.WITH_COMMENTS))


@cache
def stage() -> Stage:
    return Stage(US)


SIGNED_TWICE = (2, 5)
"""Of the seeds, those whose assertion is signed as well as the response, and not encrypted by CBC."""


@cache
def seeds() -> tuple[bytes, ...]:
    return tuple(
        stage().make(**options)
        for options in (
            {"sign": "assertion"},
            {"sign": "response"},
            {"sign": "both"},
            {"sign": "assertion", "in_response_to": None},
            {"sign": "assertion", "manner": Manner(prefixes="xs")},
            {"sign": "both", "manner": COMMENTED},
            {"sign": "assertion", "seal": GCM},
            {"sign": "both", "seal": Seal("aes128-cbc", beside=True)},
            {"sign": "response", "seal": GCM},
            {"sign": "assertion", "name_id": "somebody else", "attributes": {"urn:x": ("y",)}},
        )
    )


def signed_parts(form: str) -> tuple[Verified, frozenset[bytes]]:
    """What is believed of a response, and the canonical form of each element that counted as signed."""
    seen: set[bytes] = set()
    covered = signatures.covered

    def watched(element: Element, certificates: tuple[bytes, ...]) -> Element | None:
        found = covered(element, certificates)
        if found is not None:
            seen.add(etree.tostring(found, method="c14n", exclusive=True))
        return found

    with mock.patch.object(signatures, "covered", watched):
        verified = verify(read(form), stage().alpha.party, US, stage().now)
    return verified, frozenset(seen)


@cache
def good() -> tuple[tuple[Verified, frozenset[bytes]], ...]:
    """All that may come out: of the seeds, and of those that still say so without the signature of their envelope."""
    whole = [signed_parts(encoded(seed)) for seed in seeds()]
    bare = [signed_parts(encoded(without_outer(seeds()[number]))) for number in SIGNED_TWICE]
    return (*whole, *bare)


def without_outer(seed: bytes) -> bytes:
    root = etree.fromstring(seed)
    root.remove(root[1])
    return etree.tostring(root)


def outcomes(number: int, seed: int) -> Iterator[str]:
    """What became of each mutant; fails where one became somebody else."""
    source = random.Random(seed)
    for _ in range(number):
        form = mutants.mutant(source, seeds())
        began = time.process_time()
        try:
            came = signed_parts(form)
        except Invalid as invalid:
            outcome = invalid.cause
        except Failed:
            outcome = "failed"
        else:
            assert came in good(), form
            outcome = "accepted"
        assert time.process_time() - began < SECONDS, form
        yield outcome


def check(number: int, seed: int) -> None:
    """Enough mutants get through, and are refused for enough causes, that the others mean something."""
    counted = Counter(outcomes(number, seed))
    assert counted["accepted"] > number // 50, counted
    assert len(counted) > 30, counted


def test_mutants_are_refused_or_unchanged() -> None:
    check(1_500, 1)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(2, 7))
def test_many_mutants_are_refused_or_unchanged(seed: int) -> None:
    check(25_000, seed)

"""What two others say of the same corpus; wherever one disagrees with us, a sentence says why we are right."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.saml import onelogin
from tests.saml.corpus.keys import pair
from tests.saml.corpus.stage import EVIL, REQUEST, Case, Stage
from tests.saml.corpus.whole import US, fresh
from tests.saml.shibboleth import server

HERE = Path(__file__).parent
REASONS = YAML(typ="safe").load((HERE / "disagreements.yaml").read_text("utf-8"))
PAGE = (HERE.parents[1] / "docs" / "saml.md").read_text("utf-8")
Attributes = Mapping[str, tuple[str, ...]]


def documented(oracle: str, verb: str) -> set[str]:
    return {name for reason in REASONS[oracle] for name in reason.get(verb, ())}


def agrees_but_for_what_is_documented(oracle: str, said: Sequence[tuple[Case, Attributes | None]]) -> None:
    """And in no case, wherever it disagrees, did it take what the forger wanted it to."""
    accepts = {case.name for case, attributes in said if attributes is not None and case.cause is not None}
    refuses = {case.name for case, attributes in said if attributes is None and case.cause is None}
    assert (accepts, refuses) == (documented(oracle, "accepts"), documented(oracle, "refuses"))
    taken = [attributes for _, attributes in said if attributes is not None]
    assert len(taken) > 100
    assert not [one for one in taken if any(EVIL in values for values in one.values())]


def test_python3_saml_agrees_but_for_what_is_documented() -> None:
    stage = Stage(US)
    readers = {
        maker.entity_id: onelogin.reader(maker, US, pair("us")) for maker in (stage.alpha, stage.small, stage.odd)
    }
    said = [(case, readers[case.party.entity_id](case.form, REQUEST)) for case in fresh(US)]
    agrees_but_for_what_is_documented("python3-saml", said)


@pytest.fixture(scope="module")
def shibboleth() -> Iterator[server.Shibboleth]:
    stage = Stage(US)
    with server.running((stage.alpha, stage.beta, stage.small, stage.odd), (pair("us"), pair("us before"))) as started:
        yield started


def test_shibboleth_agrees_but_for_what_is_documented(shibboleth: server.Shibboleth) -> None:
    cases = (case for case in fresh(shibboleth.recipient) if not case.heavy)
    said = [(case, shibboleth.attributes(case.form)) for case in cases]
    agrees_but_for_what_is_documented("shibboleth", said)


@pytest.mark.parametrize("oracle", ["shibboleth", "python3-saml"])
def test_the_page_repeats_each_sentence_with_the_number_of_its_responses(oracle: str) -> None:
    for reason in REASONS[oracle]:
        accepts, refuses = len(reason.get("accepts", ())), len(reason.get("refuses", ()))
        assert f"| {accepts or ''} | {refuses or ''} | {reason['why']} |" in PAGE

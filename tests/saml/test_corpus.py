"""Good and forged responses: each comes out as it should, for the cause that it should."""

import contextlib
import logging
import socket
from collections import Counter
from datetime import timedelta
from functools import cache
from itertools import chain
from unittest import mock

import pytest
from lxml import etree

from auth.saml import profile, signatures
from auth.saml.refused import Failed, Invalid
from auth.saml.response import Party, read, verify
from tests.saml.corpus import hostile, sealed, unsound
from tests.saml.corpus.good import SAID
from tests.saml.corpus.keys import pair
from tests.saml.corpus.maker import TRANSIENT, encoded
from tests.saml.corpus.sealing import GCM
from tests.saml.corpus.stage import Case, Stage, setting
from tests.saml.corpus.whole import US, corpus


@cache
def stage() -> Stage:
    """One moment for all: what is made in it doesn't age."""
    return Stage(US)


@cache
def cases() -> list[Case]:
    return corpus(stage())


def outcome(case: Case) -> str | None:
    """The cause of the refusal; None where the right person is let in."""
    try:
        verified = verify(read(case.form), case.party, US, stage().now)
    except Invalid as invalid:
        return invalid.cause
    except Failed:
        return "failed"
    assert verified.issuer == case.party.entity_id
    says = SAID if case.attributes is None else case.attributes
    wrong = dict(verified.attributes) != {name: tuple(values) for name, values in says.items()}
    if wrong or case.name_id != (verified.name_id and verified.name_id.value):
        return f"{verified}"
    return None


def test_every_response_comes_out_as_the_corpus_says() -> None:
    assert [name for name, times in Counter(case.name for case in cases()).items() if times > 1] == []
    assert len(cases()) >= 300
    assert {case.name: outcome(case) for case in cases()} == {case.name: case.cause for case in cases()}


def test_the_failure_that_a_provider_reports_is_handed_on() -> None:
    status = "urn:oasis:names:tc:SAML:2.0:status:"
    made = stage().alpha.failure(US, f"{status}Responder", f"{status}AuthnFailed", "Not today.", stage().now)
    with pytest.raises(Failed) as failed:
        verify(read(encoded(made)), stage().alpha.party, US, stage().now)
    assert failed.value == Failed(f"{status}Responder", f"{status}AuthnFailed", "Not today.")


def test_what_is_read_is_complete() -> None:
    until = stage().ago(hours=-8).replace(microsecond=0)
    form = stage().alpha.form(
        US,
        in_response_to="_r1",
        now=stage().now,
        sign="both",
        seal=GCM,
        session_index="_s1",
        session_until=until,
        authorities=("https://home.example/idp",),
    )
    response = read(form)
    verified = verify(response, stage().alpha.party, US, stage().now)
    issued = stage().now.replace(microsecond=0)
    assert response.issuer == verified.issuer == stage().alpha.entity_id
    assert (response.id, response.in_response_to) == (verified.response_id, verified.in_response_to)
    assert verified.in_response_to == "_r1"
    assert verified.assertion_id.startswith("_")
    assert (verified.authn_instant, verified.session_until) == (issued, until)
    assert verified.expires_at == issued + timedelta(minutes=5) + profile.SKEW
    assert verified.authorities == ("https://home.example/idp",)
    assert verified.name_id
    assert (verified.name_id.value, verified.session_index) == ("_ada-in-this-session", "_s1")
    assert verified.name_id.format == TRANSIENT
    assert (verified.name_id.qualifier, verified.name_id.sp_qualifier) == (stage().alpha.entity_id, US.entity_id)


def test_clocks_may_differ_by_a_minute_and_no_more() -> None:
    """Confirmation and Conditions of 300 s: believed from 60 s before they were issued until 60 s after their end."""
    form, issued = stage().alpha.form(US, now=stage().now), stage().now.replace(microsecond=0)
    for seconds in (-60, 0, 359):
        verify(read(form), stage().alpha.party, US, issued + timedelta(seconds=seconds))
    for seconds in (-61, 360):
        with pytest.raises(Invalid):
            verify(read(form), stage().alpha.party, US, issued + timedelta(seconds=seconds))


def test_a_replay_is_refused_for_its_age_once_it_need_not_be_remembered() -> None:
    form = stage().alpha.form(US, now=stage().now, minutes=60)
    remembered = verify(read(form), stage().alpha.party, US, stage().now).expires_at
    verify(read(form), stage().alpha.party, US, remembered - timedelta(seconds=1))
    with pytest.raises(Invalid, match="too long ago"):
        verify(read(form), stage().alpha.party, US, remembered)


def test_neither_a_cause_nor_a_log_tells_what_a_response_said(caplog: pytest.LogCaptureFixture) -> None:
    said = ("student@", "staff@", "ADA0123456789", "ada-in-this-session", "_admin")
    with caplog.at_level(logging.DEBUG):
        causes = [outcome(case) or "" for case in cases() if case.cause]
    told = "\n".join((*causes, *(record.getMessage() for record in caplog.records)))
    assert not [word for word in said if word in told]


def test_nothing_is_fetched_whatever_a_document_points_at() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        stage = Stage(US, nowhere=f"http://127.0.0.1:{listening.getsockname()[1]}/")
        for case in chain(hostile.cases(stage), unsound.cases(stage), sealed.cases(stage)):
            with contextlib.suppress(Invalid, Failed):
                verify(read(case.form), case.party, US, stage.now)
        listening.setblocking(False)
        with pytest.raises(BlockingIOError):
            listening.accept()


def test_a_provider_without_keys_signs_nobody_in() -> None:
    form = stage().alpha.form(US, now=stage().now)
    elliptic, edwards = pair("alpha", "p256").certificate, pair("alpha", "ed25519").certificate
    for certificates in ((), (b"",), (b"no certificate",), (elliptic, edwards)):
        with pytest.raises(Invalid, match="no usable key"):
            verify(read(form), Party(stage().alpha.entity_id, certificates), US, stage().now)
    assert len(stage().alpha.party.certificates) <= signatures.MAX_KEYS


def test_keys_that_cannot_be_used_do_not_hide_those_that_can() -> None:
    form = stage().alpha.form(US, now=stage().now)
    certificates = (b"no certificate", pair("alpha", "ed25519").certificate, *stage().alpha.party.certificates)
    verify(read(form), Party(stage().alpha.entity_id, certificates[:3]), US, stage().now)
    crowd = (b"",) * signatures.MAX_KEYS
    with pytest.raises(Invalid, match="no usable key"):
        verify(read(form), Party(stage().alpha.entity_id, (*crowd, *certificates)), US, stage().now)


def test_what_the_library_calls_signed_must_be_the_element_itself() -> None:
    """Whatever flaw it may have: another element, another ID, or a signature that is still there."""
    form = stage().alpha.form(US, now=stage().now)
    assertion = read(form).root[-1]
    whole = etree.tostring(assertion, method="c14n", exclusive=True)
    bare = signatures.covered(assertion, stage().alpha.party.certificates)
    assert bare is not None
    sound = etree.tostring(bare)
    for signed in (whole, sound.replace(b' ID="', b' ID="x'), sound.replace(b":Assertion", b":Other")):
        other = mock.patch.object(signatures, "_verified", lambda *_, signed=signed: signed)
        with other, pytest.raises(Invalid, match="covers something else"):
            signatures.covered(assertion, stage().alpha.party.certificates)


def test_a_name_id_without_format_is_of_none_in_particular() -> None:
    form = stage().alpha.form(US, now=stage().now, bend_assertion=setting("//saml:NameID", "Format", None))
    verified = verify(read(form), stage().alpha.party, US, stage().now)
    assert verified.name_id
    assert verified.name_id.format == "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"


def test_a_status_that_cannot_be_read_is_handed_on_as_nothing() -> None:
    for status, handed in (("\u202e", ""), ("urn:x", "urn:x")):
        made = stage().alpha.failure(US, status, "\u202e", "\u202e", stage().now)
        with pytest.raises(Failed) as failed:
            verify(read(encoded(made)), stage().alpha.party, US, stage().now)
        assert failed.value == Failed(handed, None, None)

"""A university's own help page is filled in as the REFEDS errorURL profile says."""

from datetime import UTC, datetime

import pytest

from auth import error_url
from auth.refusals import STATUS, Error

TEMPLATE = "https://idp.example/help?code=ERRORURL_CODE&ts=ERRORURL_TS&rp=ERRORURL_RP&tid=ERRORURL_TID&ctx=ERRORURL_CTX"
AT = datetime(2026, 11, 27, 12, 0, 0, tzinfo=UTC)


def filled(template: str | None, error: Error = Error.ATTRIBUTES_MISSING, context: str = "a b") -> str | None:
    return error_url.filled(
        template, error, at=AT, us="https://mutua.example/saml/metadata", number="0123", context=context
    )


def test_every_placeholder_is_replaced_and_encoded() -> None:
    assert filled(TEMPLATE) == (
        "https://idp.example/help?code=IDENTIFICATION_FAILURE&ts=1795780800"
        "&rp=https%3A%2F%2Fmutua.example%2Fsaml%2Fmetadata&tid=0123&ctx=a%20b"
    )
    assert filled("https://idp.example/ERRORURL_CODE/help") == "https://idp.example/IDENTIFICATION_FAILURE/help"
    assert filled(TEMPLATE, context="&x=1#ERRORURL_TS") is not None
    assert "ctx=%26x%3D1%23ERRORURL_TS" in str(filled(TEMPLATE, context="&x=1#ERRORURL_TS"))


def test_what_is_not_known_stays_as_the_profile_wants() -> None:
    assert str(filled(TEMPLATE, context="")).endswith("&ctx=ERRORURL_CTX")


def test_an_address_without_placeholders_stays_as_it_is() -> None:
    assert filled("https://idp.example/help") == "https://idp.example/help"


@pytest.mark.parametrize("template", [None, "", "javascript:alert(1)", "data:text/html,x", "//evil.example", "x"])
def test_no_browser_is_led_anywhere_but_to_a_web_page(template: str | None) -> None:
    assert filled(template) is None


def test_every_refusal_has_a_code() -> None:
    codes = {error: str(filled("https://x.example/ERRORURL_CODE", error)).rpartition("/")[2] for error in STATUS}
    assert set(codes.values()) == set(error_url.Code)
    assert codes[Error.MFA_MISSING] == "AUTHENTICATION_FAILURE"
    assert codes[Error.RESPONSE_INVALID] == "OTHER_ERROR"

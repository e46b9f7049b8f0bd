"""File names in headers (RFC 6266, RFC 8187)."""

from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.streaming import disposition


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("report.pdf", "inline; filename=\"report.pdf\"; filename*=UTF-8''report.pdf"),
        ("碑帖 一.pdf", "inline; filename=\"__ _.pdf\"; filename*=UTF-8''%E7%A2%91%E5%B8%96%20%E4%B8%80.pdf"),
        ('a"b\\c.pdf', "inline; filename=\"abc.pdf\"; filename*=UTF-8''abc.pdf"),
        ("../../etc/passwd", "inline; filename=\"etcpasswd\"; filename*=UTF-8''etcpasswd"),
        ("a\r\nSet-Cookie: x=1", "inline; filename=\"aSet-Cookie: x=1\"; filename*=UTF-8''aSet-Cookie%3A%20x%3D1"),
        ("100%.pdf", "inline; filename=\"100_.pdf\"; filename*=UTF-8''100%25.pdf"),
        ("", "inline; filename=\"content\"; filename*=UTF-8''content"),
    ],
)
def test_names_are_told_in_both_forms(name: str, header: str) -> None:
    assert disposition("inline", name) == header


@given(st.text(max_size=60))
def test_no_name_breaks_out_of_its_header(name: str) -> None:
    header = disposition("attachment", name)
    assert header.isascii()
    assert header.isprintable()
    assert header.count('"') == 2
    assert not {"/", "\\"} & set(unquote(header.partition("UTF-8''")[2]))

"""Network ranges: what can be read in one way is, everything else is told and never widens anything."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.intake import networks
from domain.intake.networks import Range
from domain.intake.reasons import Reason, Severity


def spans(cell: str) -> list[str]:
    return [f"{item.first}-{item.last}" for item in networks.read(cell).ranges]


def refused(cell: str) -> set[Reason]:
    reading = networks.read(cell)
    assert not reading.ranges
    return {problem.reason for problem in reading.problems if problem.severity is Severity.CELL}


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("194.83.57.69", ["194.83.57.69-194.83.57.69"]),
        ("194.82.236.* - 194.82.239.*;", ["194.82.236.0-194.82.239.255"]),
        ("193.60.223.193 - 206;", ["193.60.223.193-193.60.223.206"]),
        ("193.61.3-16.*", ["193.61.3.0-193.61.16.255"]),
        ("194.66.64 - 79.*", ["194.66.64.0-194.66.79.255"]),
        ("195.195.[16-17].*", ["195.195.16.0-195.195.17.255"]),
        ("212.219.118.96 – 212.219.118.103", ["212.219.118.96-212.219.118.103"]),
        ("212.219.90.225 to 212.219.90.239", ["212.219.90.225-212.219.90.239"]),
        ("195.194.188.0-189.255", ["195.194.188.0-195.194.189.255"]),
        ("193.63.112.*-127.*", ["193.63.112.0-193.63.127.255"]),
        ("193.62.224.* - 255.*", ["193.62.224.0-193.62.255.255"]),
        ("139.184.*.* or 139.184.0.0 - 139.184.255.255", ["139.184.0.0-139.184.255.255"]),
        (
            "194.82.127.0 - 194.82.127.255  and  194.66.205.0 - 194.66.205.255",
            ["194.66.205.0-194.66.205.255", "194.82.127.0-194.82.127.255"],
        ),
        ("193.60.221.* 194.66.95.*", ["193.60.221.0-193.60.221.255", "194.66.95.0-194.66.95.255"]),
        (
            "192.171.170.* 192.171.171.* (All of one site) 192.171.190.*",
            ["192.171.170.0-192.171.171.255", "192.171.190.0-192.171.190.255"],
        ),
        ("194.83.80.***; 194.83.81.xxx", ["194.83.80.0-194.83.81.255"]),
        ("195.195.20.x", ["195.195.20.0-195.195.20.255"]),
        ("212.219.142.144/28", ["212.219.142.144-212.219.142.159"]),
        ("212.219.105.000", ["212.219.105.0-212.219.105.0"]),
        ("193.63.32.000 - 193.63.39.255", ["193.63.32.0-193.63.39.255"]),
        ("212.219.113.128 - 212.219.113.159 (subnet mask: 255.255.255.224/27)", ["212.219.113.128-212.219.113.159"]),
        ("144.82.0-1.1-2", ["144.82.0.1-144.82.0.2", "144.82.1.1-144.82.1.2"]),
        ("公网：202.112.7.0/24；202.112.8.1", ["202.112.7.0-202.112.7.255", "202.112.8.1-202.112.8.1"]),
        ("2001:da8:201::/48", ["2001:da8:201::-2001:da8:201:ffff:ffff:ffff:ffff:ffff"]),
        ("2001:da8::1 - 2001:da8::ff", ["2001:da8::1-2001:da8::ff"]),
        ("", []),
    ],
)
def test_notations_that_can_be_read_in_one_way_are_read(cell: str, expected: list[str]) -> None:
    reading = networks.read(cell)
    assert [f"{item.first}-{item.last}" for item in reading.ranges] == expected
    assert not [problem for problem in reading.problems if problem.severity is not Severity.NOTE]


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("0.0.0.0/0", Reason.NETWORK_TOO_WIDE),
        ("::/0", Reason.NETWORK_TOO_WIDE),
        ("1.0.0.0 - 223.255.255.255", Reason.NETWORK_TOO_WIDE),
        ("10.0.0.0/8", Reason.NETWORK_RESERVED),
        ("172.16.151.1 - 255", Reason.NETWORK_RESERVED),
        ("192.168.*.*", Reason.NETWORK_RESERVED),
        ("127.0.0.1", Reason.NETWORK_RESERVED),
        ("169.254.1.1", Reason.NETWORK_RESERVED),
        ("100.64.0.0/10", Reason.NETWORK_RESERVED),
        ("224.0.0.1", Reason.NETWORK_RESERVED),
        ("198.51.100.0/24", Reason.NETWORK_RESERVED),
        ("172.15.0.0 - 172.16.0.0", Reason.NETWORK_RESERVED),
        ("::1", Reason.NETWORK_RESERVED),
        ("fd00::/8", Reason.NETWORK_TOO_WIDE),
        ("fd12:3456::/32", Reason.NETWORK_RESERVED),
        ("fe80::1", Reason.NETWORK_RESERVED),
        ("::ffff:194.83.57.69", Reason.NETWORK_RESERVED),
        ("2002:c353:3945::/48", Reason.NETWORK_RESERVED),
        ("194.83.57.0/33", Reason.NETWORK_UNREADABLE),
        ("10.0.0.0/33", Reason.NETWORK_UNREADABLE),
        ("194.83.57.256", Reason.NETWORK_UNREADABLE),
        ("194.010.0.1", Reason.NETWORK_OCTAL),
        ("010.0.0.1", Reason.NETWORK_OCTAL),
        ("194.82.255.245-8", Reason.NETWORK_REVERSED),
        ("212.219.11.208 - 212.119.11.224", Reason.NETWORK_REVERSED),
        ("195.194.119.220/24", Reason.NETWORK_AMBIGUOUS),
        ("163.119.0.* - 255.0.*", Reason.NETWORK_AMBIGUOUS),
        ("194.*.5.1", Reason.NETWORK_AMBIGUOUS),
        ("212.219.92.98 (255.255.255.224)", Reason.NETWORK_AMBIGUOUS),
        ("212.219.113.128 - 212.219.113.160 (subnet mask: 255.255.255.224/27)", Reason.NETWORK_AMBIGUOUS),
        ("195.195.41*", Reason.NETWORK_UNREADABLE),
        ("194.82.83/24", Reason.NETWORK_UNREADABLE),
        ("195.194.162", Reason.NETWORK_UNREADABLE),
        ("192.195.105.*.*", Reason.NETWORK_UNREADABLE),
        ("195 194 75 217", Reason.NETWORK_UNREADABLE),
        ("216147.221.75", Reason.NETWORK_UNREADABLE),
        ("193.61.108.5: 193.61.108.15", Reason.NETWORK_UNREADABLE),
        ("Proxy: 194.82.177.15", Reason.NETWORK_PROXY),
        ("138.40.3.55 - library proxy server", Reason.NETWORK_PROXY),
        ("143.117.*.* exc. 143.117.14.194 & 14.195", Reason.NETWORK_EXCLUSION),
        ("194.66.32-63.*; Exclude 194.66.32.021 walk-in WiFi", Reason.NETWORK_EXCLUSION),
        ("*.stockport.ac.uk", Reason.NAME_OF_HOST),
        ("Please contact institution for IP address information", Reason.REMARK),
        ("194.83.144.0-255.1-254", Reason.NETWORK_UNREADABLE),
        ("194.0-255.0-255.7", Reason.NETWORK_TOO_WIDE),
        ("１９４．８３．５７．６９", Reason.REMARK),
    ],
)  # fmt: skip
def test_what_can_not_be_read_in_one_way_is_refused_with_its_reason(cell: str, reason: Reason) -> None:
    assert refused(cell) == {reason}


def test_a_bad_piece_never_takes_a_good_one_with_it() -> None:
    reading = networks.read("194.83.57.69; 10.0.0.1; nonsense; 194.83.58.0/24", line=7, column="networks")
    assert spans("194.83.57.69; 10.0.0.1; nonsense; 194.83.58.0/24") == [
        "194.83.57.69-194.83.57.69",
        "194.83.58.0-194.83.58.255",
    ]
    assert [(p.line, p.column, p.value, p.reason) for p in reading.problems] == [
        (7, "networks", "10.0.0.1", Reason.NETWORK_RESERVED),
        (7, "networks", "nonsense", Reason.REMARK),
    ]


def test_repairs_are_told() -> None:
    reading = networks.read("Inst.IP: 195.194.86.150; 195.194.87.0")
    assert [(p.value, p.reason, p.severity) for p in reading.problems] == [
        ("Inst.IP: 195.194.86.150", Reason.NETWORK_LABEL, Severity.NOTE),
        ("195.194.87.0", Reason.NETWORK_ZERO_HOST, Severity.NOTE),
    ]


def test_a_range_remembers_the_words_it_comes_from() -> None:
    assert networks.read("194.83.58.*; 194.83.57.*").written == ["194.83.58.*; 194.83.57.*"]


def test_addresses_for_documentation_count_only_in_demonstrations() -> None:
    assert networks.read("198.51.100.0/26; 2001:db8:1::/48", examples=True).ranges
    assert not networks.read("198.51.100.0/26; 2001:db8:1::/48").ranges
    assert not networks.read("10.0.0.0/26", examples=True).ranges


four = st.integers(min_value=int(IPv4Address("11.0.0.0")), max_value=int(IPv4Address("99.255.255.255"))).map(
    IPv4Address
)
six = st.integers(min_value=int(IPv6Address("2400::")), max_value=int(IPv6Address("2bff::"))).map(IPv6Address)


@given(st.one_of(st.tuples(four, st.integers(8, 32)), st.tuples(six, st.integers(19, 128))))
def test_every_public_network_in_cidr_is_read_as_itself(network: tuple[IPv4Address | IPv6Address, int]) -> None:
    address, length = network
    expected = ip_network(f"{address}/{length}", strict=False)
    assert networks.read(str(expected)).ranges == [Range(expected.network_address, expected.broadcast_address)]


@given(st.tuples(four, st.integers(0, 2**20)))
def test_both_ends_say_the_same_as_patterns(span: tuple[IPv4Address, int]) -> None:
    first = span[0]
    last = IPv4Address(min(int(first) + span[1], int(IPv4Address("99.255.255.255"))))
    assert networks.read(f"{first} – {last}").ranges == [Range(first, last)]
    start, end = str(first).split("."), str(last).split(".")
    if start[:2] == end[:2] and start != end:
        assert networks.read(f"{first}-{'.'.join(end[2:])}").ranges == [Range(first, last)]


@given(st.lists(st.tuples(four, st.integers(0, 1000)), max_size=8))
def test_merging_keeps_every_address_and_adds_none(spans: list[tuple[IPv4Address, int]]) -> None:
    ranges = [Range(first, IPv4Address(int(first) + size)) for first, size in spans]
    merged = networks.merge(ranges)
    assert {n for r in ranges for n in range(int(r.first), int(r.last) + 1)} == {
        n for r in merged for n in range(int(r.first), int(r.last) + 1)
    }
    assert all(int(a.last) + 1 < int(b.first) for a, b in pairwise(merged))


@given(st.text(alphabet="0123456789.*-/x; ,:()[]abcdefABexcproy–\n", max_size=60))
def test_no_text_breaks_the_reader_and_nothing_reserved_comes_out(cell: str) -> None:
    reading = networks.read(cell)
    for item in reading.ranges:
        assert int(item.first) <= int(item.last)
        assert item.first.version == item.last.version
        for end in (item.first, item.last):
            assert end.is_global or end in ip_network("192.88.99.0/24")
            assert not end.is_multicast
            assert ip_address(str(end)) == end

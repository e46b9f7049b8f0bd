"""Members, groups and platforms: what a file says of them, what is never trusted, what is kept for two."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from domain.intake.groups import Groups
from domain.intake.members import Members
from domain.intake.platforms import Platforms
from domain.intake.reasons import Reason
from tests.intake.conftest import Load

Ask = Callable[..., Awaitable[list[Any]]]
HEADER = (
    "code,name_zh,name_en,kind,country,time_zone,contact,proxy_prefix,isil,ror,identifiers,scopes,identity_providers,"
    "groups,networks,walk_ins"
)
PKU = (
    "pku,北京大学,Peking University,university,CN,Asia/Shanghai,https://www.pku.edu.cn,"
    "https://proxy.example.edu/login?url={url},CN-110108,https://ror.org/02v51f717,wikidata:Q16952,pku.edu.cn,"
    "https://idp.pku.edu.cn/idp/shibboleth,c9,162.105.0.0/16;2001:da8:201::/48,yes"
)


@pytest.fixture
def csv(tmp_path: Path) -> Callable[..., Path]:
    def write(*lines: str, name: str = "file.csv") -> Path:
        path = tmp_path / name
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    return write


def entries(outcome: Any) -> list[tuple[int | None, str, str]]:
    return [(entry.line, entry.column, entry.code) for entry in outcome.entries]


async def test_a_member_with_everything_is_loaded_and_again_unchanged(
    load: Load, csv: Callable[..., Path], ask: Ask
) -> None:
    await load(Groups(), csv("group,parent,name_zh,name_en,member", "c9,,九校联盟,C9 League,"))
    path = csv(HEADER, PKU)
    outcome = await load(Members(), path)
    assert outcome.exit_code == 0
    assert await ask(
        "SELECT code, party.name, member.kind, country, time_zone, walk_ins FROM member JOIN party USING (id)"
    ) == [("pku", {"zh": "北京大学", "en": "Peking University"}, "university", "CN", "Asia/Shanghai", True)]
    assert await ask("SELECT scope FROM member_scope") == ["pku.edu.cn"]
    assert await ask("SELECT namespace, value FROM member_identifier ORDER BY 1") == [
        ("entity_id", "https://idp.pku.edu.cn/idp/shibboleth"),
        ("isil", "CN-110108"),
        ("ror", "https://ror.org/02v51f717"),
        ("wikidata", "Q16952"),
    ]
    assert await ask("SELECT host(first), host(last), written FROM network_range ORDER BY first") == [
        ("162.105.0.0", "162.105.255.255", "162.105.0.0/16"),
        ("2001:da8:201::", "2001:da8:201:ffff:ffff:ffff:ffff:ffff", "2001:da8:201::/48"),
    ]
    assert await ask("SELECT code FROM group_membership JOIN member_group ON group_id = id") == ["c9"]
    again = await load(Members(), path)
    assert not again.changed
    assert again.counts["unchanged"] == 1


async def test_what_a_file_no_longer_says_goes_and_what_it_has_no_column_for_stays(
    load: Load, csv: Callable[..., Path], ask: Ask
) -> None:
    await load(Members(), csv(HEADER, PKU.replace(",c9,", ",,")))
    outcome = await load(Members(), csv("code,scopes,networks", "pku,bjmu.edu.cn,162.105.1.0/24"))
    assert outcome.counts["changed"] == 1
    assert await ask("SELECT scope FROM member_scope") == ["bjmu.edu.cn"]
    assert await ask("SELECT host(last) FROM network_range") == ["162.105.1.255"]
    assert await ask("SELECT country, name->>'zh' FROM member JOIN party USING (id)") == [("CN", "北京大学")]
    assert await ask("SELECT count(*) FROM member_identifier") == [4]


async def test_bad_cells_are_told_and_the_rest_of_the_member_loads(
    load: Load, csv: Callable[..., Path], ask: Ask
) -> None:
    bad = (
        "x,,X,palace,ZZ,Mars/Olympus,ftp://x,https://proxy.example.edu/login,nonsense,02v51f717x,no-colon,"
        "not a scope;x.example,see our web page,nowhere,10.0.0.0/8;194.83.57.0/24,maybe"
    )
    outcome = await load(Members(), csv(HEADER, bad))
    assert outcome.exit_code == 1
    assert sorted(entries(outcome)) == sorted(
        (2, column, code)
        for column, code in [
            ("kind", "value_unknown"),
            ("country", "country_unknown"),
            ("time_zone", "time_zone_unknown"),
            ("time_zone", "value_normalised"),
            ("contact", "url_unreadable"),
            ("proxy_prefix", "template_unreadable"),
            ("isil", "identifier_unreadable"),
            ("ror", "identifier_unreadable"),
            ("identifiers", "identifier_unreadable"),
            ("scopes", "scope_unreadable"),
            ("identity_providers", "identity_provider_unreadable"),
            ("groups", "unknown_group"),
            ("networks", "network_reserved"),
            ("walk_ins", "value_unknown"),
        ]
    )
    assert await ask("SELECT country, time_zone, walk_ins FROM member") == [(None, "UTC", False)]
    assert await ask("SELECT scope FROM member_scope") == ["x.example"]
    assert await ask("SELECT host(first) FROM network_range") == ["194.83.57.0"]


async def test_rows_that_can_not_be_a_member_are_refused(load: Load, csv: Callable[..., Path], ask: Ask) -> None:
    outcome = await load(
        Members(), csv("code,name_en,time_zone", ",Nameless,", "Bad Code,X,", "y,,", "z,Z,UTC", "z,Z again,UTC")
    )
    assert [(entry.line, entry.code) for entry in outcome.entries] == [
        (2, "value_missing"),
        (3, "value_unknown"),
        (4, "value_missing"),
        (6, "row_twice"),
    ]
    assert outcome.counts == {"read": 5, "loaded": 1, "rejected": 4, "new": 1, "without_scope": 1}
    assert await ask("SELECT code, name FROM party") == [("z", {"en": "Z"})]


async def test_a_scope_of_another_member_is_not_taken(load: Load, csv: Callable[..., Path], ask: Ask) -> None:
    outcome = await load(Members(), csv("code,name_en,scopes", "a,A,shared.example", "b,B,Shared.example;b.example"))
    assert [(e.line, e.column, e.value, e.reason) for e in outcome.entries if e.severity == "cell"] == [
        (3, "scopes", "shared.example", "scope_shared: a")
    ]
    assert await ask("SELECT scope, code FROM member_scope JOIN party ON party.id = member_id ORDER BY 1") == [
        ("b.example", "b"),
        ("shared.example", "a"),
    ]


async def test_what_two_members_share_is_kept_for_both_and_told(load: Load, csv: Callable[..., Path], ask: Ask) -> None:
    path = csv(
        "code,name_en,networks,identity_providers,identifiers",
        "a,A,194.83.57.0/24,https://idp.example/idp,ringgold:1",
        "b,B,194.83.57.128-194.83.58.10,https://idp.example/idp,ringgold:1",
        "c,C,194.83.59.1,https://idp.c.example/idp,ringgold:2",
    )
    outcome = await load(Members(), path)
    shared = [(e.line, e.column, e.value, e.reason) for e in outcome.entries if e.code.endswith("shared")]
    assert shared == [
        (2, "identity_providers", "https://idp.example/idp", "identity_provider_shared: b"),
        (2, "ringgold", "1", "identifier_of_member_shared: b"),
        (2, "networks", "194.83.57.128-194.83.57.255", "network_shared: b"),
        (3, "identity_providers", "https://idp.example/idp", "identity_provider_shared: a"),
        (3, "ringgold", "1", "identifier_of_member_shared: a"),
        (3, "networks", "194.83.57.128-194.83.57.255", "network_shared: a"),
    ]
    assert await ask("SELECT member_id FROM members_on_network('194.83.57.200')") == await ask(
        "SELECT id FROM party WHERE code IN ('a', 'b')"
    )
    assert await ask("SELECT count(*) FROM identity_provider") == [0]
    assert not (await load(Members(), path)).changed


async def test_a_scope_that_goes_takes_its_registration_with_it(
    load: Load, csv: Callable[..., Path], ask: Ask, begin: Any
) -> None:
    from domain import members

    await load(Members(), csv("code,name_en,scopes", "a,A,a.example"))
    async with begin() as session:
        await members.register_provider(
            session,
            issuer="https://idp.example",
            name={"en": "I"},
            client_id="m",
            sealed_secret=None,
            scopes=["a.example"],
        )
    await load(Members(), csv("code,scopes", "a,"))
    assert await ask("SELECT count(*) FROM identity_provider_scope") == [0]


KBPLUS = "institutional_name,ringold_id,ingenta_id,jc_id,ip_range,ukfamf_idp,athens_id,sector_name"


async def test_kb_plus_members_load_without_scope_and_prose_is_never_an_identity_provider(
    load: Load, csv: Callable[..., Path], ask: Ask
) -> None:
    path = csv(
        KBPLUS,
        "Aberdeen College ,11918,NULL,1,194.82.236.* - 194.82.239.*;,"
        "Students: https://idp.x.uk/shib; https://idp.y.uk/shib,NULL,Further Education",
        'Oxford,NULL,city lit,2,"NULL",VLE moodle - http://moodle.x.uk,7374652,Higher Education',
        "No number,1,NULL,,NULL,NULL,NULL,Other",
    )
    outcome = await load(Members("kbplus"), path)
    assert outcome.counts == {"read": 3, "loaded": 2, "rejected": 1, "new": 2, "without_scope": 2}
    assert sorted(entries(outcome)) == [
        (2, "ukfamf_idp", "identity_provider_unreadable"),
        (3, "ingenta_id", "identifier_unreadable"),
        (3, "ukfamf_idp", "identity_provider_unreadable"),
        (4, "jc_id", "value_missing"),
    ]
    assert await ask("SELECT code, name->>'en', member.kind, country FROM member JOIN party USING (id) ORDER BY 1") == [
        ("jc-1", "Aberdeen College", "college", "GB"),
        ("jc-2", "Oxford", "university", "GB"),
    ]
    assert await ask("SELECT value FROM member_identifier WHERE namespace = 'entity_id'") == ["https://idp.y.uk/shib"]
    groups = csv("consortia_id,member_jc_id,link_type", "WHEEL,1,consortium", "WHEEL,99,consortium", name="groups.csv")
    outcome = await load(Groups("kbplus"), groups)
    assert entries(outcome) == [(3, "member_jc_id", "unknown_member")]
    assert await ask("SELECT code, count(*) FROM group_membership JOIN member_group ON id = group_id GROUP BY 1") == [
        ("WHEEL", 1)
    ]
    assert not (await load(Groups("kbplus"), groups)).changed


async def test_groups_that_are_part_of_themselves_are_refused(load: Load, csv: Callable[..., Path], ask: Ask) -> None:
    outcome = await load(
        Groups(),
        csv(
            "group,parent,name_en,member",
            "a,b,A,",
            "b,c,B,",
            "c,a,C,",
            "self,self,Self,",
            "top,,Top,",
            "sub,top,Sub,",
            "lost,nowhere,Lost,",
            "below,a,Below a ring,",
        ),
    )
    assert [(e.line, e.code) for e in outcome.entries] == [
        (2, "group_cycle"),
        (3, "group_cycle"),
        (4, "group_cycle"),
        (5, "group_cycle"),
        (8, "unknown_group"),
        (9, "unknown_group"),
    ]
    assert await ask(
        """SELECT child.code, parent.code FROM member_group child
           LEFT JOIN member_group parent ON parent.id = child.parent_id ORDER BY 1"""
    ) == [("below", None), ("lost", None), ("sub", "top"), ("top", None)]
    outcome = await load(Groups(), csv("group,parent", "top,sub"))
    assert outcome.counts["rejected"] == 1
    assert await ask("SELECT parent_id FROM member_group WHERE code = 'top'") == [None]


async def test_ten_thousand_groups_in_each_other_are_refused_where_they_get_too_deep(
    load: Load, csv: Callable[..., Path], ask: Ask
) -> None:
    """C09: a chain, and a ring as long; each row is looked at for as many steps as levels are allowed."""
    chain = [f"g{number},g{number - 1}" for number in range(1, 10_000)]
    outcome = await load(Groups(), csv("group,parent", "g0,", *chain))
    assert outcome.counts["new"] == 500
    assert {entry.code for entry in outcome.entries} == {"group_too_deep"}
    outcome = await load(Groups(), csv("group,parent", *(f"r{number},r{(number + 1) % 100}" for number in range(100))))
    assert "new" not in outcome.counts
    assert len(await ask("SELECT code FROM member_group")) == 500


async def test_four_hundred_nested_groups_are_loaded(load: Load, csv: Callable[..., Path], ask: Ask) -> None:
    lines = [f"g{number},{f'g{number - 1}' if number else ''}" for number in range(400)]
    outcome = await load(Groups(), csv("group,parent", *lines))
    assert outcome.exit_code == 0
    assert await ask("SELECT count(*) FROM member_group WHERE parent_id IS NOT NULL") == [399]


async def test_platforms_are_loaded_and_a_template_that_leads_nowhere_is_refused(
    load: Load, csv: Callable[..., Path], ask: Ask
) -> None:
    path = csv(
        "name,provider,url,link_rule,link_template",
        "Plain,Northlight,https://plain.example,,",
        "Way,Northlight,https://way.example,wayfless,https://way.example/in?idp={entity_id}&to={url}",
        "Bad,,javascript:x,wayfless,https://bad.example/in?to={target}",
        "Worse,member:nobody,,telepathy,",
        "Plain,,,,",
    )
    outcome = await load(Platforms(), path)
    assert [(e.line, e.column, e.code) for e in outcome.entries] == [
        (4, "link_template", "template_unreadable"),
        (4, "url", "url_unreadable"),
        (5, "link_rule", "value_unknown"),
        (5, "provider", "unknown_member"),
        (6, "name", "row_twice"),
    ]
    assert await ask("SELECT code, url, link_rule, link_template IS NULL FROM platform ORDER BY 1") == [
        ("Bad", None, "plain", True),
        ("Plain", "https://plain.example", "plain", True),
        ("Way", "https://way.example", "wayfless", False),
        ("Worse", None, "plain", True),
    ]
    assert not (await load(Platforms(), path)).changed


@pytest.mark.parametrize(
    ("content", "line", "reason"),
    [
        ("name,country\nA,CN\n", 1, Reason.NOT_THIS_FORMAT),
        ("code,name_en,code\na,A,b\n", 1, Reason.COLUMN_TWICE),
        ('code,name_en\na,A\nb,"B\nc,C\n', 3, Reason.QUOTE_UNCLOSED),
        ('code,name_en\na,"A"x\n', 2, Reason.QUOTE_UNCLOSED),
        ("", 1, Reason.EMPTY_FILE),
        (",".join(f"c{n}" for n in range(999)) + "\n", 1, Reason.COLUMNS_TOO_MANY),
    ],
)
async def test_a_file_that_is_not_of_the_format_changes_nothing(
    load: Load, tmp_path: Path, ask: Ask, content: str, line: int, reason: Reason
) -> None:
    path = tmp_path / "members.csv"
    path.write_text(content)
    outcome = await load(Members(), path)
    assert outcome.refused
    assert (outcome.refused.line, outcome.refused.reason) == (line, reason)
    assert await ask("SELECT count(*) FROM party") == [0]
    assert await ask("SELECT count(*) FROM import_row") == [0]


async def test_cells_may_hold_line_breaks(load: Load, tmp_path: Path, ask: Ask) -> None:
    path = tmp_path / "members.csv"
    path.write_bytes(b'code,name_en,time_zone,networks\r\na,A,UTC,"194.83.57.1\r\n194.83.57.9"\r\nb,B,UTC,bad\r\n')
    outcome = await load(Members(), path)
    assert await ask("SELECT host(first) FROM network_range ORDER BY first") == ["194.83.57.1", "194.83.57.9"]
    assert entries(outcome) == [(4, "networks", "remark")]

"""Lines of a contract become its numbered clauses, in Chinese and in English."""

import pytest

from domain.documents.clauses import Line, divided


def clauses(text: str) -> dict[str, str]:
    found = divided(Line(line) for line in text.strip().split("\n"))
    assert len({clause.number for clause in found}) == len(found), "numbers are unique"
    return {clause.number: clause.text for clause in found}


def test_english_numbers_stand_within_each_other() -> None:
    found = clauses("""
LICENCE AGREEMENT
1. DEFINITIONS
1.1 In this Agreement
(a) "Authorised Users" means
(b) "Walk-ins" means:
(i) readers
(ii) guests
2. GRANT
2.1 The Licensee may
(a) download
2.2 and print.
""")
    assert list(found) == ["0", "1", "1.1", "1.1(a)", "1.1(b)", "1.1(b)(i)", "1.1(b)(ii)", "2", "2.1", "2.1(a)", "2.2"]
    assert found["0"] == "LICENCE AGREEMENT"
    assert found["1"] == "DEFINITIONS"
    assert found["1.1(b)(ii)"] == "guests"


def test_chinese_articles_paragraphs_and_items() -> None:
    found = clauses("""
数据库使用许可协议
第一章 总则
第一条 定义
授权用户指教师、学生和职工。
第二条 授权
（一）在线阅读；
（二）下载：
１．单篇
２．整章
第三条第一款 可以打印。
第三条第二款 不得挖掘。
第十一条 其他
""")
    assert list(found) == [
        *("0", "第一条", "第二条", "第二条（一）", "第二条（二）", "第二条（二）1", "第二条（二）2"),
        *("第三条", "第三条第一款", "第三条第二款"),
    ]
    assert found["第一条"] == "第一章总则\n定义 授权用户指教师、学生和职工。".replace("定义 ", "定义")
    assert found["第三条第二款"] == "不得挖掘。第十一条 其他".replace(" ", ""), "the eleventh doesn't follow the third"


def test_chinese_lists_count_anew_within_each_other() -> None:
    found = clauses("""
一、授权范围
（一）用户
1、学生
2、教师
（二）使用
1、下载
二、限制
""")
    assert list(found) == ["一", "一（一）", "一（一）1", "一（一）2", "一（二）", "一（二）1", "二"]


def test_sections_are_counted_anew_within_articles_and_numbers_that_go_on_are_not() -> None:
    assert list(clauses("ARTICLE I\nSection 1. Users\nSection 2. Use\nARTICLE II\nSection 1. Fees")) == [
        *("ARTICLE I", "ARTICLE I, Section 1", "ARTICLE I, Section 2", "ARTICLE II", "ARTICLE II, Section 1")
    ]
    assert list(clauses("Section I Users\n1. Students.\n2. Staff.\nSection II Uses\n3. Download.")) == [
        *("Section I", "1", "2", "Section II", "3")
    ]


def test_schedules_begin_anew() -> None:
    found = clauses("1. Grant\n1.1 See\nSchedule 1 hereto.\nSchedule 1 Titles\n1. Journals\nSchedule 2\n1. Fees\n")
    assert list(found) == ["1", "1.1", "Schedule 1", "Schedule 1, 1", "Schedule 2", "Schedule 2, 1"]
    assert found["1.1"] == "See Schedule 1 hereto."
    assert list(clauses("第一条 授权\n附件一 清单\n一、期刊\n附件二：价格\n一、年费")) == [
        *("第一条", "附件一", "附件一，一", "附件二", "附件二，一")
    ]


@pytest.mark.parametrize(
    "wrapped",
    [
        "3.4 above, may download.",
        "Section 9 of the Act, may download.",
        "12 months after the end, may download.",
        "2027. The Licensee may download.",
        "Article 5 of this Agreement, may download.",
        "(c) and (d) above, may download.",
        "第九条规定的除外。",
        "1.5% of the fee.",
    ],
)
def test_a_number_at_the_end_of_a_sentence_that_wrapped_begins_no_clause(wrapped: str) -> None:
    found = clauses(f"1. Grant\n1.1 The Licensee, subject to clause\n{wrapped}\n1.2 Users may print.")
    assert list(found) == ["1", "1.1", "1.2"]
    assert found["1.1"] == f"The Licensee, subject to clause {wrapped}"


def test_one_missing_number_loses_nothing_that_follows() -> None:
    assert list(clauses("1. A\n1.1 B\n1.3 C\n1.4 D\n2. E")) == ["1", "1.1", "1.3", "1.4", "2"]


def test_after_a_clause_whose_number_is_lost_the_next_titles_are_found_again() -> None:
    found = clauses("1. Grant\n1.1 Users may read.\n3. Permitted Uses\n3.1 They may print.\n5. FEES\n5.1 None.")
    assert list(found) == ["1", "1.1", "3", "3.1", "5", "5.1"]
    assert list(clauses("1. Grant\n1.1 As said in Section\n3. The Licensee pays for it.\n1.2 Print.")) == [
        "1",
        "1.1",
        "1.2",
    ]


def test_roman_numbers_and_letters_are_told_apart_by_what_comes_before() -> None:
    letters = "".join(f"({letter}) x\n" for letter in "abcdefghij")
    assert list(clauses(f"1. A\n{letters}"))[-2:] == ["1(i)", "1(j)"]
    assert list(clauses("1. A\n(i) x\n(ii) y\n(iii) z")) == ["1", "1(i)", "1(ii)", "1(iii)"]


def test_a_title_without_a_number_belongs_to_the_clause_after_it() -> None:
    found = clauses("1. Users.\nPERMITTED USES\n2. Download.")
    assert found == {"1": "Users.", "2": "PERMITTED USES\nDownload."}


def test_words_that_were_parted_at_the_end_of_a_line_keep_their_hyphen() -> None:
    assert clauses("1. Walk-\nins and\ninter-\nlibrary loan")["1"] == "Walk-ins and inter-library loan"


def test_traditional_characters_number_as_simplified_ones() -> None:
    found = clauses(
        "第一章 總則\n第一條 定義\n第一項 讀者\n第二項 學生\n第二編 授權\n第二條 授權\n第二條第二款 下載\n附錄一 清單"
    )
    assert list(found) == ["第一條", "第一條第一項", "第一條第二項", "第二條", "第二條第二款", "附錄一"]
    assert found["第一條"] == "第一章總則\n定義"


def test_an_item_may_begin_with_a_day_or_a_quantity() -> None:
    items = ["2027年1月1日起", "2028年止", "50个用户", "100,000元"]
    lines = "\n".join(f"{at}、{item}" for at, item in enumerate(items, 1))
    found = clauses(f"一、期限\n{lines}\n二、其他")
    assert list(found.values()) == ["期限", *items, "其他"]
    assert list(found) == ["一", "一, 1", "一, 2", "一, 3", "一, 4", "二"]


@pytest.mark.parametrize(
    "wrapped", ["2、3项规定的除外。", "2、3、4的约定。", "2、3条的约定。", "2、3及4的约定。", "2,3的约定。"]
)
def test_numbers_that_are_told_together_number_nothing(wrapped: str) -> None:
    assert list(clauses(f"一、期限\n1、依照第1、\n{wrapped}\n2、其他")) == ["一", "一, 1", "一, 2"]


def test_articles_count_anew_in_each_part() -> None:
    found = clauses(
        "第一部分 通用条款\n第一条 定义\n第二条 授权\n（一）浏览\n第二部分　专用条款\n第一条 期限\n一、年\n附件一 清单"
    )
    assert list(found) == [
        *("第一部分", "第一部分，第一条", "第一部分，第二条", "第一部分，第二条（一）"),
        *("第二部分", "第二部分，第一条", "第二部分，第一条一", "附件一"),
    ]
    assert list(clauses("第一部分 通用\n第一条 定义\n第二部分 专用\n第二条 期限")) == [
        *("第一部分", "第一条", "第二部分", "第二条")
    ]


@pytest.mark.parametrize("wrapped", ["第二部分所列资源除外。", "第二部分 所列资源除外。", "第二部分的规定"])
def test_a_sentence_about_a_part_begins_none(wrapped: str) -> None:
    assert list(clauses(f"第一部分 通用条款\n第一条 依照\n{wrapped}\n第二条 授权")) == ["第一部分", "第一条", "第二条"]


def test_numbers_before_a_bracket_count_within_those_before_a_point() -> None:
    assert list(clauses("1. Grant\n1) read\n2) print\n2. Fees\n1) yearly\n2) 5 copies\n3)10 pages")) == [
        *("1", "1, 1", "1, 2", "2", "2, 1", "2, 2", "2, 3")
    ]
    assert list(clauses("第一条 授权\n1）浏览；\n2）50个用户；\n第二条 费用\n1）年费")) == [
        *("第一条", "第一条, 1", "第一条, 2", "第二条", "第二条, 1")
    ]


def test_a_bracket_that_was_opened_before_numbers_nothing() -> None:
    assert list(clauses("1. Users may read (as said in\n1) and print.\n2. Fees")) == ["1", "2"]
    assert list(clauses("第一条 用户（见附件\n1）可以浏览。\n第二条 费用")) == ["第一条", "第二条"]


def test_numbers_in_one_character_or_in_a_box_are_numbers() -> None:
    assert list(clauses("⒈ 授权\n⒉50个用户\n⒊费用")) == ["1", "2", "3"]
    assert list(clauses("㈠ 甲\n㈡乙\n⑴丙\n⑵丁")) == ["（一）", "（二）", "（二）(1)", "（二）(2)"]
    assert clauses("【第一条】定义\n【第 二 条】 授权\n【注】第三条\n【第三条】规定的除外") == {
        "第一条": "定义",
        "第二条": "授权【注】第三条【第三条】规定的除外",
    }


def test_an_item_on_the_line_of_its_clause_has_the_next_ones_beside_it() -> None:
    found = clauses("2.1 (a) Users may read:\n(i) books\n(ii) journals\n(b) Users may print.\n2.2 (a) Fees.\n(b) Tax.")
    assert list(found) == ["2.1", "2.1(a)", "2.1(a)(i)", "2.1(a)(ii)", "2.1(b)", "2.2", "2.2(a)", "2.2(b)"]
    assert found["2.1(a)"] == "Users may read:"
    assert list(clauses("第一条 （一）浏览；\n（二）下载。\n第二条 费用")) == [
        *("第一条", "第一条（一）", "第一条（二）", "第二条")
    ]


@pytest.mark.parametrize(
    "text",
    [
        "1.1 (a) read and (b) print.\n1.2 Fees",
        "1.1 (a) and (b) of 3.1 apply.\n(b) print\n1.2 Fees",
        "1.1 (a) subject to clause 3(a) and\n(b) above, read.\n1.2 Fees",
        "1.1 (a) Users may read.\n1.2 Fees:\n(b) none",
    ],
)
def test_an_enumeration_within_a_line_stays_in_it(text: str) -> None:
    assert list(clauses(text)) == ["1.1", "1.2"]


def numbers_of(text: str) -> list[str]:
    """Of lines each of which ends a paragraph."""
    return [clause.number for clause in divided(Line(line, ends=True) for line in text.split("\n"))]


def test_a_bare_number_before_a_short_title_begins_a_clause_where_its_parts_follow() -> None:
    text = "1 总则\n1.1 定义\n用户。\n1.2 范围\n2 期限\n3 许可范围\n3.1 浏览\n3.2 下载"
    assert numbers_of(text) == ["1", "1.1", "1.2", "2", "3", "3.1", "3.2"]


@pytest.mark.parametrize(
    "text",
    [
        "1 期刊\n2 图书\n3 数据库\n1.2 范围",
        "2 图书\n1.2 范围",
        "2 本协议所称用户，\n1.2 范围",
        "2 授权用户可以浏览。\n1.2 范围",
        "12 总则\n12.1 定义\n1.2 范围",
    ],
)
def test_a_quantity_or_a_row_of_a_table_begins_no_clause(text: str) -> None:
    assert numbers_of(f"1.1 定义\n{text}") == ["1.1", "1.2"]
    assert numbers_of("1.1 定义\n2 个月内可以退款\n2.1 费用") == ["1.1", "2.1"], "however it goes on"


def test_a_bare_number_in_the_midst_of_a_paragraph_begins_no_clause() -> None:
    assert list(clauses("1.1 用户可以浏览全部资源，但不超过\n2 授权范围\n2.1 浏览")) == ["1.1", "2.1"]

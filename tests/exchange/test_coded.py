"""AIP and Annual Reviews exist twice, as ONIX-PL and as coded CSV of KB+: both say the same, or it is known why not."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from domain.exchange.coded import columns, compared
from domain.exchange.coded.intake import CodedLicence
from domain.exchange.onixpl import documents
from domain.exchange.onixpl.reading import Options
from domain.intake.reasons import Reason
from domain.intake.source import FileRefused, look
from models.vocabulary import Action, Affiliation, TermStatus
from tests.exchange.documents import READ, usage, whole
from tests.exchange.test_stored import real

HERE = Path(__file__).parent
KNOWN: dict[str, Any] = yaml.safe_load((HERE / "differences.yaml").read_text("utf-8"))
HEADER = "licence_name,concurrent_users,remote_access,remote_access_note,walkin_access,alumni_access,ill,coursepack,vle,enterprise,pca,notice_period,Licensor,Licence_type"  # noqa: E501


@pytest.mark.parametrize("name", ["AIP", "Annual"])
def test_two_encodings_of_a_licence_agree_but_for_what_is_known(name: str, shared_data: Path) -> None:
    (_, row), *others = columns.rows(look(real(shared_data, name, "csv")))
    assert others == []
    document = documents.load(look(real(shared_data, name)))
    known = {column: (told["csv"], told["onixpl"]) for column, told in KNOWN[name].items()}
    assert compared.differences(row, document) == known
    assert all(told["why"] for told in KNOWN[name].values())
    assert {column.name for column in columns.columns()} <= set(row)


def test_the_notes_of_a_column_say_what_a_code_cannot(shared_data: Path) -> None:
    """Both call external teachers users, and the note of the one and the annotation of the other doubt it."""
    _, row = next(columns.rows(look(real(shared_data, "Annual", "csv"))))
    document = documents.load(look(real(shared_data, "Annual")))
    assert (row["partners_access"], row["partners_access_note"]) == ("Other", "Not known")
    doubts = [text for text in document.root.itertext() if "no provision is made in this licence for access by" in text]
    assert len(doubts) == 1


PREMISES = (
    "<UsageRelatedPlace><UsagePlaceRelator>onixPL:PlaceOfUsage</UsagePlaceRelator>"
    "<RelatedPlace>onixPL:LicenseePremises</RelatedPlace></UsageRelatedPlace>"
)
LIBRARY = (
    "<UsageRelatedAgent><UsageAgentRelator>onixPL:ReceivingAgent</UsageAgentRelator>"
    "<RelatedAgent>onixPL:ThirdPartyLibrary</RelatedAgent></UsageRelatedAgent>"
)
INTO = (
    "<UsageRelatedResource><UsageResourceRelator>onixPL:TargetResource</UsageResourceRelator>"
    "<RelatedResource>onixPL:{}</RelatedResource></UsageRelatedResource>"
)
USERS = (
    "<UsageQuantity><UsageQuantityType>onixPL:NumberOfConcurrentUsers</UsageQuantityType><QuantityDetail>"
    "<Value>7</Value><QuantityUnit>onixPL:Users</QuantityUnit></QuantityDetail></UsageQuantity>"
)
SITE = (
    "<AgentRelatedPlace><AgentPlaceRelator>onixPL:SiteRestriction</AgentPlaceRelator>"
    "<RelatedPlace>LicenseeSite</RelatedPlace></AgentRelatedPlace>"
)
COMMERCIAL = "<UsagePurpose>onixPL:CommercialUse</UsagePurpose>"


@pytest.mark.parametrize(
    ("column", "written", "value"),
    [
        ("remote_access", whole(), "Yes"),
        ("remote_access", whole(usage(more=PREMISES)), "No"),
        ("walkin_access", whole(), "Yes"),
        ("walkin_access", whole().replace("onixPL:WalkInUser", "onixPL:LicenseeStaff"), "No"),
        ("alumni_access", whole(), "No"),
        ("alumni_access", whole().replace("onixPL:LicenseeStudent", "onixPL:LicenseeAlumnus"), "Yes"),
        ("multisite_access", whole(), "Yes"),
        ("multisite_access", whole(restriction=SITE), "No"),
        ("partners_access", whole(), "No"),
        ("partners_access", whole().replace("onixPL:WalkInUser", "onixPL:ExternalTeacher"), "Other"),
        ("partners_access", whole().replace("onixPL:WalkInUser", "onixPL:LicenseeInstitutionAndPartners"), "Yes"),
        ("ill", whole(), "No"),
        ("ill", whole(READ + usage("SupplyCopy", more=LIBRARY)), "Yes"),
        ("ill", whole(READ + usage("SupplyCopy", "Prohibited", LIBRARY)), "No"),
        ("coursepack", whole(READ + usage("Include", more=INTO.format("PrintedInstructionalMaterial"))), "Yes"),
        ("coursepack", whole(READ + usage("Include", more=INTO.format("DigitalInstructionalMaterial"))), "No"),
        ("vle", whole(READ + usage("Include", more=INTO.format("DigitalInstructionalMaterial"))), "Yes"),
        ("enterprise", whole(), "Yes"),
        ("enterprise", whole(READ + usage("Use", "Prohibited", COMMERCIAL)), "No"),
        ("concurrent_users", whole(), "No limit"),
        ("concurrent_users", whole(usage(more=USERS)), "7"),
        ("pca", whole(), "No"),
        ("licensor", whole(), "Elder Press"),
        ("licence_type", whole(), "Template"),
    ],
)
def test_a_column_is_read_from_its_path(tmp_path: Path, column: str, written: str, value: str) -> None:
    path = tmp_path / "licence.xml"
    path.write_text(written, "utf-8")
    assert compared.of_document(documents.load(look(path)))[column] == value


def load(folder: Path, *rows: str, **options: Any) -> dict[str, Any]:
    path = folder / "licence.csv"
    path.write_text("\n".join([HEADER, *rows, ""]), "utf-8")
    (row,) = CodedLicence(options=Options(**options)).rows(look(path))
    assert row.result
    return row.result | {"problems": [(problem.column, problem.reason) for problem in row.problems]}


def test_yes_and_no_are_somebodys_reading_of_the_contract(tmp_path: Path) -> None:
    file = load(tmp_path, "Deal 2012,5,No,On campus,Yes,Yes,Yes,No,Other,No,Yes,3 months,Elder Press,Template")
    said = {(term["action"], term["status"], term["on_site_only"]) for term in file["terms"] if not term["purposes"]}
    assert said == {
        (Action.VIEW, TermStatus.PERMITTED_INTERPRETED, True),
        (Action.INTERLIBRARY_SUPPLY, TermStatus.PERMITTED_INTERPRETED, True),
        (Action.COURSE_PACK, TermStatus.PROHIBITED_INTERPRETED, False),
    }
    assert Affiliation.ALUM in file["terms"][0]["affiliations"]
    assert file["terms"][0]["note"] == "On campus"
    assert {term["action"] for term in file["terms"] if term["purposes"]} == set(Action)
    assert [(limit["kind"], limit["amount"], limit["unit"]) for limit in file["limits"]] == [
        ("concurrent_users_per_member", "5", None),
        ("notice", "3", "months"),
    ]
    assert (file["licence"]["code"], file["licence"]["start"], file["licence"]["end"]) == ("deal-2012", None, None)
    assert file["problems"] == [("vle", Reason.NOT_MODELLED), ("pca", Reason.NOT_MODELLED)]


def test_a_period_and_a_number_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    file = load(tmp_path, "Deal 2012,many,Yes,,No,No,No,No,No,Yes,No,soon,Elder Press,")
    assert file["limits"] == []
    assert file["problems"] == [
        ("concurrent_users", Reason.VALUE_UNKNOWN),
        ("notice_period", Reason.VALUE_UNKNOWN),
    ]


PLAIN = dict.fromkeys(HEADER.split(","), "") | {"licence_name": "Deal", "Licensor": "Elder Press"}


def coded(folder: Path, **cells: str) -> dict[str, Any]:
    return load(folder, ",".join({**PLAIN, "remote_access": "Yes", **cells}.values()))


def test_a_code_is_read_whatever_its_case(tmp_path: Path) -> None:
    upper = {"remote_access": "YES", "walkin_access": "yes", "alumni_access": "yes", "ill": "no", "enterprise": "no"}
    more = {"Licence_type": "template", "notice_period": "3 Months", "concurrent_users": "no limit"}
    file = coded(tmp_path, **upper, **more)
    plain = coded(
        tmp_path,
        remote_access="Yes",
        walkin_access="Yes",
        alumni_access="Yes",
        ill="No",
        enterprise="No",
        Licence_type="Template",
        notice_period="3 months",
        concurrent_users="No limit",
    )
    assert file == plain
    assert file["problems"] == []
    commercial = [term for term in file["terms"] if term["purposes"]]
    assert {term["action"] for term in commercial} == set(Action), "a prohibition that is lost would permit"


@pytest.mark.parametrize(
    "column",
    ["remote_access", "walkin_access", "alumni_access", "ill", "coursepack", "vle", "enterprise", "pca"],
)
def test_what_is_neither_yes_nor_no_is_told(tmp_path: Path, column: str) -> None:
    for value, reason in (
        ("Other", Reason.NOT_MODELLED),
        ("other", Reason.NOT_MODELLED),
        ("Maybe", Reason.VALUE_UNKNOWN),
    ):
        assert coded(tmp_path, **{column: value})["problems"] == [(column, reason)]
    assert coded(tmp_path, **{column: ""})["problems"] == []


def test_a_notice_of_nothing_and_an_unknown_type_are_told(tmp_path: Path) -> None:
    file = coded(tmp_path, notice_period="0 months", Licence_type="Bogus")
    assert file["limits"] == []
    assert file["problems"] == [("licence_type", Reason.VALUE_UNKNOWN), ("notice_period", Reason.VALUE_UNKNOWN)]


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([], Reason.NOT_THIS_FORMAT),
        (["A,,Yes,,,,,,,,,,X,", "B,,Yes,,,,,,,,,,X,"], Reason.NOT_THIS_FORMAT),
        (["A,,Yes,,,,,,,,,,,"], Reason.NOT_DERIVABLE),
        (["许可,,Yes,,,,,,,,,,X,"], Reason.NOT_DERIVABLE),
    ],
)
def test_a_file_that_is_not_one_licence_is_refused(tmp_path: Path, rows: list[str], reason: Reason) -> None:
    with pytest.raises(FileRefused) as refused:
        load(tmp_path, *rows)
    assert refused.value.problem.reason == reason

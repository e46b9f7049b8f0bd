"""ONIX-PL as terms of ours: what each code means, and what is refused with line and path."""

from pathlib import Path
from typing import Any

import pytest

from domain.intake.reasons import Reason
from models.vocabulary import Action, Affiliation, LicenceStatus, TermStatus
from tests.exchange.documents import READ, read, refused, usage, whole

NON_COMMERCIAL = "onixPL:ThirdPartyNonCommercialLibrary"
STUDENT, WALK_IN = [Affiliation.STUDENT], [Affiliation.LIBRARY_WALK_IN]


def terms(folder: Path, written: str, **parts: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = read(folder, whole(written, **parts))[0]["terms"]
    return found


def one(folder: Path, written: str, **parts: str) -> dict[str, Any]:
    """The term of the readers who aren't walk-ins."""
    return terms(folder, written, **parts)[0]


def test_a_licence_says_who_gives_it_from_when_to_when(tmp_path: Path) -> None:
    file, notes = read(tmp_path, whole())
    licence = file["licence"]
    assert (licence["code"], licence["name"], licence["licensor"][0]) == (
        "deal-2026",
        {"und": "Deal 2026"},
        "Elder Press",
    )
    assert (licence["start"], licence["end"], licence["status"]) == ("2026-01-01", "2026-12-31", LicenceStatus.TEMPLATE)
    assert [clause["number"] for clause in file["clauses"]] == ["3.1", "4.1"]
    assert not any({"visibility", "summary"} & set(clause) for clause in file["clauses"]), "of which it says nothing"
    assert {note.reason for note in notes} == {Reason.NOT_MODELLED}


def test_a_walk_in_reads_on_the_premises_only(tmp_path: Path) -> None:
    found = [(term["affiliations"], term["on_site_only"], term["clause"]) for term in terms(tmp_path, READ)]
    assert found == [(STUDENT, False, "3.1"), (WALK_IN, True, "3.1")]


@pytest.mark.parametrize(
    ("written", "status"),
    [
        ("Permitted", TermStatus.PERMITTED_EXPLICIT),
        ("InterpretedAsPermitted", TermStatus.PERMITTED_INTERPRETED),
        ("Prohibited", TermStatus.PROHIBITED_EXPLICIT),
        ("InterpretedAsProhibited", TermStatus.PROHIBITED_INTERPRETED),
        ("SilentUninterpreted", TermStatus.SILENT),
        ("NotApplicable", TermStatus.NOT_APPLICABLE),
    ],
)
def test_a_usages_status_is_the_terms(tmp_path: Path, written: str, status: TermStatus) -> None:
    assert one(tmp_path, usage("PrintCopy", written))["status"] == status


@pytest.mark.parametrize(
    ("kind", "more", "action", "recipients"),
    [
        ("Access", "", Action.VIEW, None),
        ("MakeDigitalCopy", "", Action.DOWNLOAD, None),
        ("PrintCopy", "", Action.PRINT, None),
        ("UseForDataMining", "", Action.TEXT_AND_DATA_MINE, None),
        ("SupplyCopy", "to:AuthorizedUser", Action.SHARE, ["onixPL:AuthorizedUser"]),
        ("SupplyCopy", "to:ThirdPartyLibrary", Action.INTERLIBRARY_SUPPLY, None),
        ("SupplyCopy", "to:ThirdPartyNonCommercialLibrary", Action.INTERLIBRARY_SUPPLY, [NON_COMMERCIAL]),
        ("DepositInPerpetuity", "at:LicenseeSecureRepository", Action.ARCHIVE, ["onixPL:LicenseeSecureRepository"]),
    ],
)  # fmt: skip
def test_a_usages_type_and_recipient_are_the_action(
    tmp_path: Path, kind: str, more: str, action: Action, recipients: list[str] | None
) -> None:
    term = one(tmp_path, usage(kind, more=_to(more)))
    assert (term["action"], term["recipients"]) == (action, recipients)


def _to(more: str) -> str:
    how, _, whom = more.partition(":")
    if how == "to":
        relator = "<UsageAgentRelator>onixPL:ReceivingAgent</UsageAgentRelator>"
        return f"<UsageRelatedAgent>{relator}<RelatedAgent>onixPL:{whom}</RelatedAgent></UsageRelatedAgent>"
    if how in {"at", "from"}:
        relator = "PlaceOfDeposit" if how == "at" else "PlaceOfUsage"
        return (
            f"<UsageRelatedPlace><UsagePlaceRelator>onixPL:{relator}</UsagePlaceRelator>"
            f"<RelatedPlace>onixPL:{whom}</RelatedPlace></UsageRelatedPlace>"
        )
    if how in {"into", "with"}:
        relator = "TargetResource" if how == "into" else "MustInclude"
        targets = "".join(f"<RelatedResource>onixPL:{target}</RelatedResource>" for target in whom.split())
        return (
            f"<UsageRelatedResource><UsageResourceRelator>onixPL:{relator}</UsageResourceRelator>{targets}"
            "</UsageRelatedResource>"
        )
    return more


@pytest.mark.parametrize(
    ("targets", "actions"),
    [
        ("PrintedInstructionalMaterial", {Action.COURSE_PACK: ["print"]}),
        ("DigitalInstructionalMaterial", {Action.COURSE_PACK: ["electronic"], Action.COURSE_RESERVE: ["electronic"]}),
        ("CoursePackPrinted CoursePackElectronic", {Action.COURSE_PACK: None}),
        ("CourseReserveElectronic", {Action.COURSE_RESERVE: ["electronic"]}),
    ],
)
def test_what_a_part_is_put_into_is_the_action_and_its_form(
    tmp_path: Path, targets: str, actions: dict[Action, list[str] | None]
) -> None:
    found = terms(tmp_path, usage("Include", more=_to(f"into:{targets}"), users="LicenseeStudent"))
    said = {term["action"]: (term["limits"][0]["formats"] if term["limits"] else None) for term in found}
    assert said == actions


def test_use_for_a_purpose_prohibits_every_action_for_it(tmp_path: Path) -> None:
    purposes = "<UsagePurpose>onixPL:CommercialUse</UsagePurpose>"
    found = terms(tmp_path, usage("Use", "Prohibited", purposes, users="Licensee AuthorizedUser", clause="b"))
    assert {term["action"] for term in found} == set(Action)
    assert {(term["clause"], *term["purposes"]) for term in found} == {("4.1", "onixPL:CommercialUse")}
    assert all(term["affiliations"] is None for term in found)


def test_a_permission_to_use_in_general_is_no_term(tmp_path: Path) -> None:
    file, notes = read(tmp_path, whole(usage("Use", more="<UsagePurpose>onixPL:TestingLicensedContent</UsagePurpose>")))
    assert file["terms"] == []
    assert [kept["path"] for kept in file["fragments"]].count("UsageTerms") == 1
    assert (Reason.NOT_MODELLED, "Use: Permitted") in {(note.reason, note.detail) for note in notes}


def test_prohibiting_what_the_licence_is_granted_for_prohibits_altogether(tmp_path: Path) -> None:
    academic = "<UsagePurpose>onixPL:AcademicUse</UsagePurpose>"
    assert one(tmp_path, usage("UseForDataMining", "InterpretedAsProhibited", academic))["purposes"] is None
    assert one(tmp_path, usage("UseForDataMining", "Permitted", academic))["purposes"] == ["onixPL:AcademicUse"]


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ("<UsageCondition>onixPL:SubjectToFairUse</UsageCondition>", "Within fair use or fair dealing."),
        ("with:AcknowledgmentOfSource CopyrightNotice", "Acknowledge the source; Include the copyright notice."),
        (
            "<UsageQuantity><UsageQuantityType>onixPL:RetentionPeriodForUsedResource</UsageQuantityType><QuantityDetail>"
            "<Value>12</Value><QuantityUnit>onixPL:Months</QuantityUnit></QuantityDetail></UsageQuantity>",
            "Keep the copy for 12 months at most.",
        ),
    ],
)
def test_what_a_permission_depends_on_is_told(tmp_path: Path, more: str, sentence: str) -> None:
    term = one(tmp_path, usage("UseForDataMining", more=_to(more)))
    assert (term["status"], term["public_note"]["en"]) == (TermStatus.PERMITTED_CONDITIONAL, sentence)
    assert term["public_note"]["zh"].endswith("。")


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (("NumberOfCopiesPermitted", "12.5", "Percent"), "Within the amount that the contract names (12.5 Percent)."),
        (("NumberOfCopiesPermitted", "100", "Weeks"), "Within the amount that the contract names (100 Weeks)."),
        (("NumberOfConcurrentUsers", "some", "Users"), "Within the amount that the contract names (some Users)."),
        (None, "Only at the time that the contract names (Before LicenseEndDate)."),
    ],
)
def test_an_amount_or_a_time_that_a_term_cannot_say_is_told(
    tmp_path: Path, more: tuple[str, str, str] | None, sentence: str
) -> None:
    """A permission without it would be wider."""
    point = (
        "<UsageRelatedTimePoint><UsageTimePointRelator>onixPL:Before</UsageTimePointRelator>"
        "<RelatedTimePoint>LicenseEndDate</RelatedTimePoint></UsageRelatedTimePoint>"
    )
    written = _quantity(more[0], "NotMoreThan", more[1], more[2]) if more else point
    term = one(tmp_path, usage("PrintCopy", more=written))
    assert (term["status"], term["public_note"]["en"]) == (TermStatus.PERMITTED_CONDITIONAL, sentence)
    assert one(tmp_path, usage("PrintCopy", "Prohibited", written))["status"] == TermStatus.PROHIBITED_EXPLICIT
    read_well = _quantity("NumberOfCopiesPermitted", "NotMoreThan", 2, "Copies")
    read_well += _quantity("NumberOfConcurrentUsers", "NotMoreThan", 5, "Users")
    assert one(tmp_path, usage(more=read_well))["status"] == TermStatus.PERMITTED_EXPLICIT


def test_users_who_must_be_in_a_country_are_told_so(tmp_path: Path) -> None:
    within = (
        "<AgentRelatedPlace><AgentPlaceRelator>onixPL:GeographicalRestriction</AgentPlaceRelator>"
        "<RelatedPlace>onixPL:CountryOfLicensee</RelatedPlace></AgentRelatedPlace>"
    )
    term = one(tmp_path, READ, restriction=within)
    assert (term["status"], term["public_note"]["en"]) == (
        TermStatus.PERMITTED_CONDITIONAL,
        "Only users in the licensee's country.",
    )


def test_signing_in_is_no_method_that_a_reader_chooses(tmp_path: Path) -> None:
    found = one(tmp_path, usage(more="<UsageMethod>onixPL:SecureAuthentication</UsageMethod>"))
    assert found["methods"] is None


def test_a_network_that_is_secure_is_left_by_what_prohibits_publishing(tmp_path: Path) -> None:
    exceptions = "".join(
        f"<UsageException><UsageExceptionType>onixPL:{kind}</UsageExceptionType></UsageException>"
        for kind in ("ExceptOnSecureNetwork", "ExceptAsPermitted")
    )
    term = one(tmp_path, usage("MakeAvailable", "Prohibited", exceptions))
    assert (term["methods"], term["except_as_permitted"]) == (["onixPL:PublicNetwork"], True)


def test_a_place_of_usage_is_on_site_unless_remote_is_named_too(tmp_path: Path) -> None:
    premises = _to("from:LicenseePremises")
    assert one(tmp_path, usage(more=premises))["on_site_only"] is True
    assert one(tmp_path, usage(more=premises + _to("from:RemoteLocation")))["on_site_only"] is False


def test_copies_are_a_limit_of_the_term(tmp_path: Path) -> None:
    term = one(tmp_path, usage("PrintCopy", more=_quantity("NumberOfCopiesPermitted", "NotMoreThan", 1, "Copies")))
    assert [(limit["kind"], limit["amount"]) for limit in term["limits"]] == [("copies", "1")]
    fewer = one(tmp_path, usage("PrintCopy", more=_quantity("NumberOfCopiesPermitted", "LessThan", 6, "Pages")))
    assert [(limit["kind"], limit["amount"]) for limit in fewer["limits"]] == [("pages", "5")]


def test_140_percent_is_refused(tmp_path: Path) -> None:
    share = _quantity("NumberOfCopiesPermitted", "NotMoreThan", 140, "Percent")
    (problem,) = refused(tmp_path, whole(usage("PrintCopy", more=share)))
    assert (problem.line, problem.column, problem.value, problem.reason) == (
        58,
        "UsageTerms/Usage",
        "140",
        Reason.LIMIT_WRONG,
    )


def _quantity(kind: str, proximity: str, value: int | str, unit: str, name: str = "Usage") -> str:
    return (
        f"<{name}Quantity><{name}QuantityType>onixPL:{kind}</{name}QuantityType><QuantityDetail>"
        f"<Proximity>onixPL:{proximity}</Proximity><Value>{value}</Value><QuantityUnit>onixPL:{unit}</QuantityUnit>"
        f"</QuantityDetail></{name}Quantity>"
    )


def test_users_at_the_same_time_and_notice_are_limits_of_the_licence(tmp_path: Path) -> None:
    users = _quantity("NumberOfPooledConcurrentUsers", "NotMoreThan", 5, "Users")
    period = _quantity("NoticePeriodForTermination", "NotLessThan", 3, "Months", "GeneralTerm")
    notice = (
        "<GeneralTerms><GeneralTerm><GeneralTermType>onixPL:TerminationByNotice</GeneralTermType>"
        f'<LicenseTextLink href="b"/>{period}</GeneralTerm></GeneralTerms>'
    )
    file, _ = read(tmp_path, whole(usage(more=users), terms=notice))
    assert [(limit["kind"], limit["amount"], limit["unit"], limit["clause"]) for limit in file["limits"]] == [
        ("concurrent_users", "5", None, "3.1"),
        ("notice", "3", "months", "4.1"),
    ]


def test_annotations_are_a_note_for_staff(tmp_path: Path) -> None:
    note = (
        "<Annotation><AnnotationType>onixPL:Interpretation</AnnotationType><AnnotationText>Means PDF.</AnnotationText>"
        "</Annotation>"
    )
    assert one(tmp_path, usage("PrintCopy", before=note))["note"] == "Interpretation: Means PDF."


def test_what_is_used_must_be_the_licensed_content(tmp_path: Path) -> None:
    assert terms(tmp_path, usage("PrintCopy", resource="TrainingMaterial")) == []
    assert one(tmp_path, usage("PrintCopy", resource="CompleteArticle"))["parts"] == ["onixPL:CompleteArticle"]


@pytest.mark.parametrize(("start", "end", "days"), [
    ("00000000", "00000000", (None, None)),
    ("20260101", "00000801", ("2026-01-01", None)),
    ("20260100", "20261231", (None, "2026-12-31")),
])  # fmt: skip
def test_a_day_that_a_template_leaves_open_is_none(
    tmp_path: Path, start: str, end: str, days: tuple[str | None, str | None]
) -> None:
    licence = read(tmp_path, whole(start=start, end=end))[0]["licence"]
    assert (licence["start"], licence["end"]) == days


def test_a_licence_is_never_in_force_by_being_imported(tmp_path: Path) -> None:
    file, notes = read(tmp_path, whole(status="ActiveLicense"))
    assert file["licence"]["status"] == LicenceStatus.DRAFT
    assert [(note.line, note.column, note.detail) for note in notes if note.reason == Reason.NOT_IN_FORCE] == [
        (9, "LicenseDetail/LicenseStatus", "ActiveLicense")
    ]


@pytest.mark.parametrize(
    ("old", "new", "line", "path", "reason"),
    [
        ("Permitted", "Allowed", 60, "UsageTerms/Usage/UsageStatus", Reason.CODE_UNKNOWN),
        ("onixPL:Access<", "Access<", 59, "UsageTerms/Usage/UsageType", Reason.CODE_UNKNOWN),
        ("onixPL:AcademicUse", "onixPL:Fun", 56, "LicenseGrant/LicenseGrantPurpose", Reason.CODE_UNKNOWN),
        ('href="a"', 'href="c"', 61, "UsageTerms/Usage/LicenseTextLink", Reason.UNKNOWN_CLAUSE),
        ("20261231", "20260231", 53, "Definitions/TimePointDefinition[2]/TimePointIdentifier", Reason.DATE_UNREADABLE),
        ("20261231", "20251231", 7, "LicenseDetail", Reason.DATES_REVERSED),
        ("<Name>Elder Press</Name>", "<Name/>", 10, "LicenseDetail/LicenseRelatedAgent[1]", Reason.NOT_DERIVABLE),
        ("Deal 2026", "合同", 7, "LicenseDetail", Reason.NOT_DERIVABLE),
        ("<UsageStatus>onixPL:Permitted</UsageStatus>", "", 58, "UsageTerms/Usage", Reason.VALUE_MISSING),
        ("<UsageTerms>", "<Usages/><UsageTerms>", 57, "Usages", Reason.KEY_UNKNOWN),
        ("<UsageTerms>", "<UsageTerms><Usages/>", 57, "UsageTerms/Usages", Reason.KEY_UNKNOWN),
        ("<UsageTerms>", "<LicenseGrant/><UsageTerms>", 57, "LicenseGrant[2]", Reason.NUMBER_TWICE),
        ('id="b"', 'id="a"', 70, "LicenseDocumentText/TextElement[2]", Reason.NUMBER_TWICE),
        (' version="1.0">', ' version="2.0">', 2, "", Reason.NOT_THIS_FORMAT),
        ("http://www.editeur.org/onix-pl", "http://example.org/", 2, "", Reason.NOT_THIS_FORMAT),
        ("<ExpressionDetail>", "<!DOCTYPE x><ExpressionDetail>", 1, "", Reason.XML_BROKEN),
        ("</UsageTerms>", "</UsageTerm>", 65, "", Reason.XML_BROKEN),
    ],
)
def test_a_mistake_is_told_with_its_line_and_path(
    tmp_path: Path, old: str, new: str, line: int, path: str, reason: Reason
) -> None:
    written = whole()
    assert old in written
    (problem,) = refused(tmp_path, written.replace(old, new, 1))
    assert (problem.line, problem.column, problem.reason) == (line, path, reason)


def test_every_mistake_is_told(tmp_path: Path) -> None:
    written = whole(READ.replace("Permitted", "Maybe") + READ.replace("onixPL:Access", "onixPL:Peek"))
    assert [(problem.value, problem.detail) for problem in refused(tmp_path, written)] == [
        ("onixPL:Maybe", "UsageStatus"),
        ("onixPL:Peek", "UsageType"),
    ]


@pytest.mark.parametrize(
    "written",
    [
        '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>' + whole(),
        '<!DOCTYPE x SYSTEM "file:///etc/passwd">' + whole(),
        whole().encode("utf-16"),
        b"<" * 100_000,
        whole("<Usage>" * 300 + "</Usage>" * 300),
        b'<?xml version="1.0"?>' + b" " * (8 * 1024 * 1024 + 1),
        whole("<Usage/>" * 30_000),
        whole().replace("UTF-8", "UTF-7"),
    ],
    ids=["entities", "elsewhere", "utf-16", "no document", "deep", "large", "many", "utf-7"],
)
def test_a_document_that_means_harm_is_refused_with_one_reason(tmp_path: Path, written: str | bytes) -> None:
    if isinstance(written, str) and written.startswith("<!DOCTYPE"):
        head, _, rest = written.partition("<?xml")
        written = "<?xml" + rest.replace("?>", "?>" + head, 1)
    (problem,) = refused(tmp_path, written)
    assert problem.reason in {Reason.XML_BROKEN, Reason.NOT_THIS_FORMAT, Reason.TOO_LARGE}


def test_a_mistake_in_what_our_own_documents_add_is_told_as_well(tmp_path: Path) -> None:
    beside = "<Annotation><Authority>Mutua</Authority><AnnotationText>{}</AnnotationText></Annotation>"
    for said, reason in (
        ('{"action": "fly", "status": "silent"}', Reason.VALUE_UNKNOWN),
        ('{"action": "view"}', Reason.VALUE_MISSING),
        ("[]", Reason.TYPE_WRONG),
        ("{", Reason.TYPE_WRONG),
        ('{"limits": ' + "[" * 1000 + "]" * 1000 + "}", Reason.TYPE_WRONG),
        ('{"action": "view", "status": "silent", "limits": [{"kind": "percent", "amount": 140}]}', Reason.LIMIT_WRONG),
    ):
        problems = refused(tmp_path, whole(usage(before=beside.format(said))))
        assert [problem.reason for problem in problems] == [reason], said


def test_a_clause_that_our_own_documents_name_must_be_one_of_theirs(tmp_path: Path) -> None:
    """Else an amendment would end whatever there is."""
    said = (
        '{"code": "deal", "amendments": [{"number": "A", "effective": "2027-01-01", "replaces": [{"clause": "3.9"}]}]}'
    )
    beside = f"<Annotation><Authority>Mutua</Authority><AnnotationText>{said}</AnnotationText></Annotation>"
    written = whole().replace("<LicenseRelatedAgent>", beside + "<LicenseRelatedAgent>", 1)
    (problem,) = refused(tmp_path, written)
    assert (problem.line, problem.value, problem.reason) == (10, "3.9", Reason.UNKNOWN_CLAUSE)
    term = beside.replace(said, '{"action": "ai_use", "status": "silent", "clause": "3.9"}')
    (problem,) = refused(tmp_path, whole(usage(before=term)))
    assert (problem.value, problem.reason) == ("3.9", Reason.UNKNOWN_CLAUSE)

"""What a term or a clause can't say is kept as it was written, under the path where it stood; and nothing else is."""

from pathlib import Path

from models.vocabulary import Affiliation
from tests.exchange.documents import READ, read, usage, whole


def kept(folder: Path, written: str) -> dict[str, str]:
    """What stands in fragments of usages, by path."""
    found = read(folder, written)[0]["fragments"]
    return {one["path"]: one["content"] for one in found if one["path"].startswith("UsageTerms/")}


def test_what_a_term_cannot_say_is_kept_beside_each_that_it_belongs_to(tmp_path: Path) -> None:
    method = "<UsageMethod>onixPL:SecureAuthentication</UsageMethod>"
    authority = "<Authority>Elder Press</Authority>"
    written = whole(usage(more=method, before=authority, users="AuthorizedUser ResearchSponsor"))
    left = (
        "<Authority>Elder Press</Authority><User>onixPL:ResearchSponsor</User>"
        "<UsageMethod>onixPL:SecureAuthentication</UsageMethod>"
    )
    assert kept(tmp_path, written) == {
        "UsageTerms/Usage[3.1 view 1]": left,
        "UsageTerms/Usage[3.1 view 2]": left,
    }


def test_a_second_clause_is_kept_by_its_number(tmp_path: Path) -> None:
    first, second = '<LicenseTextLink href="a"/>', '<LicenseTextLink href="b"/>'
    written = whole(READ.replace(first, first + second))
    link = '<LicenseTextLink href="c.4.1"></LicenseTextLink>'
    assert set(kept(tmp_path, written).values()) == {link}


def test_an_exception_is_said_by_the_term_unless_it_says_more(tmp_path: Path) -> None:
    exception = "<UsageException><UsageExceptionType>onixPL:ExceptAsPermitted</UsageExceptionType>{}</UsageException>"
    assert kept(tmp_path, whole(usage("PrintCopy", "Prohibited", exception.format("")))) == {}
    more = exception.format('<LicenseTextLink href="b"/>')
    assert list(kept(tmp_path, whole(usage("PrintCopy", "Prohibited", more)))) == ["UsageTerms/Usage[3.1 print 1]"]
    network = exception.replace("ExceptAsPermitted", "ExceptOnSecureNetwork").format("")
    assert kept(tmp_path, whole(usage("MakeAvailable", "Prohibited", network))) == {}


def test_only_what_every_document_says_is_not_kept(tmp_path: Path) -> None:
    paths = [one["path"] for one in read(tmp_path, whole())[0]["fragments"]]
    assert paths == [
        "LicenseDocumentText/TextElement[4.1]",
        "ExpressionDetail",
        *["Definitions"] * 4,
        "LicenseGrant",
    ]
    labelled = whole().replace("<DocumentLabel>License<", "<DocumentLabel>Schedule<")
    assert "LicenseDocumentText[3.1]" in [one["path"] for one in read(tmp_path, labelled)[0]["fragments"]]
    main = "<LicenseDocument><LicenseDocumentType>onixPL:{}</LicenseDocumentType><DocumentLabel>License</DocumentLabel></LicenseDocument>"  # noqa: E501
    for kinds, number in (("LicenseMainTerms",), 0), (("LicenseMainTerms", "LicenseSchedule"), 2), (("License",), 1):
        documents = "".join(main.format(kind) for kind in kinds)
        written = whole().replace("<LicenseRelatedAgent>", documents + "<LicenseRelatedAgent>", 1)
        found = [one["path"] for one in read(tmp_path, written)[0]["fragments"]]
        assert found.count("LicenseDetail") == number, kinds


def test_users_of_our_own_labels_are_understood(tmp_path: Path) -> None:
    anyone = READ.replace("onixPL:AuthorizedUser", "Mutua:anyone")
    alum = READ.replace("onixPL:AuthorizedUser", "eduPerson:alum")
    nobody = READ.replace("onixPL:AuthorizedUser", "eduPerson:king")
    found = read(tmp_path, whole(anyone + alum + nobody))[0]["terms"]
    assert [term["affiliations"] for term in found] == [None, [Affiliation.ALUM]]

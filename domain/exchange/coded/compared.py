"""What the columns of a coded licence would say of an ONIX-PL document: two encodings of one licence, side by side."""

from collections.abc import Iterator

from domain.exchange.coded.columns import UNLIMITED, Column, columns
from domain.exchange.onixpl import definitions, licensors, lists
from domain.exchange.onixpl.documents import Document, Element, child, children, text, texts


def of_document(document: Document) -> dict[str, str]:
    """What the columns would say of an ONIX-PL document."""
    return {column.name: _Reader(document).value(column) for column in columns()}


def differences(row: dict[str, str], document: Document) -> dict[str, tuple[str, str]]:
    """By column what the row says and what the document says, where that isn't the same but for case."""
    said = of_document(document)
    return {
        name: (row.get(name, ""), value)
        for name, value in said.items()
        if row.get(name, "").casefold() != value.casefold()
    }


class _Reader:
    def __init__(self, document: Document) -> None:
        self.document, self.root = document, document.root
        self.defined = definitions.read(document)
        self.people = self.defined.people([lists.coded("AuthorizedUser")])

    def value(self, column: Column) -> str:
        value: str = getattr(self, f"_{column.rule}")(column)
        return value

    def _present(self, column: Column) -> str:
        return _yes(self._found(column))

    def _absent(self, column: Column) -> str:
        return _yes(not self._found(column))

    def _found(self, column: Column) -> bool:
        match column.path.partition("/")[0]:
            case "ContinuingAccessTerms":
                section = child(self.root, "ContinuingAccessTerms")
                terms = children(section, "ContinuingAccessTerm") if section is not None else ()
                return any(lists.name(text(term, "ContinuingAccessTermType")) in column.codes for term in terms)
            case "UsageTerms":
                return any(
                    (lists.name(place) or place) in column.codes
                    for usage in self._usages("Access", permitted=True)
                    for related in children(usage, "UsageRelatedPlace")
                    for place in texts(related, "RelatedPlace")
                ) and not any(True for _ in self._remote())
            case _:
                return bool(column.codes & {*self.people.named, *self.people.restrictions})

    def _remote(self) -> Iterator[Element]:
        """Usages of access that name no place of usage, or a remote one."""
        for usage in self._usages("Access", permitted=True):
            places = [p for related in children(usage, "UsageRelatedPlace") for p in texts(related, "RelatedPlace")]
            if not places or lists.coded("RemoteLocation") in places:
                yield usage

    def _partners(self, column: Column) -> str:
        if column.codes & self.people.named:
            return "Yes"
        near = {"ExternalTeacher", "ExternalTeacherInCountryOfLicensee", "LicenseeContractorStaff"}
        return "Other" if near & self.people.named else "No"

    def _permitted(self, column: Column) -> str:
        kind = "SupplyCopy" if "SupplyCopy" in column.path else "Include"
        what, value = (
            ("UsageRelatedAgent", "RelatedAgent")
            if kind == "SupplyCopy"
            else ("UsageRelatedResource", "RelatedResource")
        )
        return _yes(
            any(
                lists.name(named) in column.codes
                for usage in self._usages(kind, permitted=True)
                for related in children(usage, what)
                for named in texts(related, value)
            )
        )

    def _not_prohibited(self, column: Column) -> str:
        prohibited = self._usages("Use", permitted=False)
        return _yes(
            not any(lists.name(p) in column.codes for usage in prohibited for p in texts(usage, "UsagePurpose"))
        )

    def _usages(self, kind: str, *, permitted: bool) -> Iterator[Element]:
        section = child(self.root, "UsageTerms")
        for usage in children(section, "Usage") if section is not None else ():
            status = lists.name(text(usage, "UsageStatus")) or ""
            if lists.name(text(usage, "UsageType")) == kind and status.endswith("Permitted") is permitted:
                yield usage

    def _number(self, column: Column) -> str:
        amounts = [
            text(quantity, "QuantityDetail", "Value")
            for usage in self._usages("Access", permitted=True)
            for quantity in children(usage, "UsageQuantity")
            if lists.name(text(quantity, "UsageQuantityType")) in column.codes
        ]
        return amounts[0] if amounts else UNLIMITED

    def _period(self, column: Column) -> str:
        section = child(self.root, "GeneralTerms")
        for term in children(section, "GeneralTerm") if section is not None else ():
            for quantity in children(term, "GeneralTermQuantity"):
                if lists.name(text(quantity, "GeneralTermQuantityType")) in column.codes:
                    unit = lists.name(text(quantity, "QuantityDetail", "QuantityUnit")) or ""
                    return f"{text(quantity, 'QuantityDetail', 'Value')} {unit.lower()}"
        return ""

    def _name(self, column: Column) -> str:
        if column.name == "licensor":
            return licensors.find(self.root, self.defined).name or ""
        detail = child(self.root, "LicenseDetail")
        return text(detail, "Description") if detail is not None else ""

    def _code(self, column: Column) -> str:
        detail = child(self.root, "LicenseDetail")
        return lists.name(text(detail, "LicenseStatus")) or "" if detail is not None else ""


def _yes(found: bool) -> str:
    return "Yes" if found else "No"

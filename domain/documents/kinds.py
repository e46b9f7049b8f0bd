"""What a file is, by its bytes. Names and declared types are never believed."""

from pathlib import Path

from domain.documents import archive
from domain.documents.apart import Kind
from domain.documents.refusals import Refused, Wrong

DOCUMENTS = (Kind.PDF, Kind.DOCX)
"""What a licence comes as."""


def of(path: Path) -> Kind | None:
    """None = nothing that we read. Raises Refused: it is an office file that can't be looked into."""
    with path.open("rb") as file:
        head = file.read(8)
    if head.startswith(b"%PDF-"):
        return Kind.PDF
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):  # office files with a password, and those from before 2007
        raise Refused(Wrong.ENCRYPTED)
    return archive.kind(path) if head.startswith(b"PK\x03\x04") else None


def of_document(path: Path) -> Kind:
    """Raises Refused for what is neither a PDF nor a DOCX."""
    kind = of(path)
    if kind not in DOCUMENTS:
        raise Refused(Wrong.UNKNOWN)
    return kind

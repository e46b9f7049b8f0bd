"""`mutua licence draft`: from the signed document to the sheet that a librarian fills in. No database is needed."""

import hashlib
from pathlib import Path
from typing import Annotated

import typer

from api.commands.wording import LanguageOption, language
from domain import messages
from domain.documents import sheet, texts, workbook
from domain.documents.refusals import Refused
from domain.intake.document import CODE

ENDINGS = {".xlsx": workbook.xlsx_of, ".csv": workbook.csv_of}


class DraftRefused(Exception):
    """The document can't be read, or the sheet not be written."""


def draft(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The licence: a PDF or a DOCX.")],
    out: Annotated[
        Path | None, typer.Option(metavar="SHEET", help="The sheet, .xlsx or .csv; default: FILE's name with .xlsx.")
    ] = None,
    code: Annotated[str, typer.Option(help="The licence's short name, for example cnki-2027.")] = "",
    name_zh: Annotated[str, typer.Option(help="Its name in Chinese.")] = "",
    name_en: Annotated[str, typer.Option(help="Its name in English.")] = "",
    licensor: Annotated[str, typer.Option(help="Who gives it: a provider's name, or member:CODE.")] = "",
    holder: Annotated[str, typer.Option(help="The member whose licence it is; default: the consortium.")] = "",
    lang: LanguageOption = None,
) -> None:
    """Write the term sheet of a licence document: its clauses, every use silent, and hints where to read."""
    if code and not CODE.fullmatch(code):
        raise typer.BadParameter("letters, digits, . _ -", param_hint="--code")
    to = out or Path(f"{file.stem}.xlsx")
    if to.suffix.lower() not in ENDINGS:
        raise typer.BadParameter(".xlsx, .csv", param_hint="--out")
    spoken = language(lang)
    try:
        read = texts.read(file)
        head = {
            "code": code,
            "name_zh": name_zh,
            "name_en": name_en,
            "licensor": licensor,
            "holder": holder,
            "document_name": file.name,
            "document_sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
        }
        made = ENDINGS[to.suffix.lower()](sheet.drafted(read.clauses, head))
        with to.open("xb") as written:  # one that is filled in is somebody's work
            written.write(made)
    except Refused as refused:
        raise DraftRefused(f"{file}: {texts.why(refused, spoken)}") from refused
    except OSError as error:
        raise DraftRefused(f"{error.filename}: {error.strerror}") from error
    for told in read.told(spoken):
        typer.echo(told)
    count = len(read.clauses)
    typer.echo(messages.sentence("document.drafted", spoken, sheet=str(to), clauses=count, pages=read.pages))

"""`mutua import licence`: what a licence says, in whichever format it is written."""

from typing import Annotated

import typer

from api.commands.importing import DryRun, Encoding, File, Language, Report, named, run
from domain.exchange.coded import columns
from domain.exchange.coded.intake import CodedLicence
from domain.exchange.onixpl import documents as onixpl
from domain.exchange.onixpl.intake import OnixLicence
from domain.exchange.onixpl.reading import Options
from domain.intake import term_sheet
from domain.intake.document import CODE
from domain.intake.licence import LicenceFile
from domain.intake.runs import Intake
from domain.intake.source import FileRefused, look
from domain.intake.term_sheet import TermSheet


def _coded(value: str | None) -> str | None:
    if value is not None and not CODE.fullmatch(value):
        raise typer.BadParameter("letters, digits, . _ -")
    return value


def licence(
    file: File,
    code: Annotated[
        str | None, typer.Option(callback=_coded, help="ONIX-PL, KB+: the licence's code; default: as described.")
    ] = None,
    licensor: Annotated[
        str | None,
        typer.Option(callback=named, help="ONIX-PL, KB+: its giver, a provider or member:CODE; default: as said."),
    ] = None,
    draft: Annotated[
        bool, typer.Option("--draft", help="ONIX-PL, KB+: take a template as the draft of a new licence.")
    ] = False,
    dry_run: DryRun = False,
    report: Report = None,
    encoding: Encoding = None,
    *,
    lang: Language,
) -> None:
    """Load a licence with its clauses and terms, and the agreement that uses it. One mistake refuses the whole file.

    A file in XML is read as ONIX-PL, a CSV with the columns of KB+ as a coded licence; a term sheet (mutua licence
    draft), in XLSX or CSV, makes or changes a draft.
    """
    intake: Intake = LicenceFile()
    try:
        source = look(file, encoding)
        if onixpl.is_one(source):
            intake = OnixLicence(options=Options(code, licensor, draft))
        elif columns.is_one(source):
            intake = CodedLicence(options=Options(code, licensor, draft))
        elif term_sheet.is_one(source):
            intake = TermSheet()
        elif code or licensor or draft:
            raise typer.BadParameter("a licence file says these itself", param_hint="--code, --licensor, --draft")
    except FileRefused:
        pass  # whoever loads it says why
    run(intake, file, encoding=encoding, dry_run=dry_run, report_to=report, language=lang)

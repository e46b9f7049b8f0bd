"""The sheets of an XLSX (ISO/IEC 29500-1 §18) as cells, for the term sheet. Runs apart: see `apart`."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import python_calamine

from domain.documents import archive
from domain.documents.refusals import Refused, Wrong

MOST_SHEETS = 20
MOST_ROWS = 20_000
MOST_COLUMNS = 200


def read(path: Path) -> dict[str, Any]:
    """`sheets`: by name, rows of cells from A1 on. Text, numbers and truth values stay what they are; days are as ISO
    writes them. Raises Refused."""
    archive.opened(path).close()
    try:
        with python_calamine.load_workbook(path) as book:
            names = book.sheet_names[:MOST_SHEETS]
            return {"sheets": {name: _rows(book.get_sheet_by_name(name)) for name in names}}
    except python_calamine.PasswordError as error:
        raise Refused(Wrong.ENCRYPTED) from error
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise Refused(Wrong.DAMAGED, str(error)[:200]) from error


def _rows(sheet: python_calamine.CalamineSheet) -> list[list[Any]]:
    if sheet.total_height > MOST_ROWS or sheet.total_width > MOST_COLUMNS:
        raise Refused(Wrong.TOO_LONG, f"{sheet.name[:40]}: {sheet.total_height} × {sheet.total_width}")
    return [[_plain(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)]


def _plain(cell: Any) -> str | int | float | bool:
    if isinstance(cell, datetime):
        return cell.isoformat(" ") if cell.time() != datetime.min.time() else cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return int(cell)
    return cell if isinstance(cell, str | int | float | bool) else str(cell)

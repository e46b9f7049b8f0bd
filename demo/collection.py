"""Makes the files of the demo's special collection from `data/collection.yaml`: title list (KBART), PDFs and pictures.

`make()` writes the folder that `mutua import content` reads. Made again, every file has the same bytes.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from demo import pdf, pictures

SOURCE = Path(__file__).parent / "data" / "collection.yaml"
PACKAGE = "Lanzhou Silk Road Collection"
TITLE_LIST = "silkroad.tsv"
CONTENT = "content"

PACKAGES = Path(__file__).parent / "data" / "packages"
CONTENT_COLUMNS = ["file", "package", "identifier", "label_zh", "label_en", "published", "rights"]

Localised = dict[str, str]


@dataclass(frozen=True, slots=True)
class Item:
    """One file: what it is, and the row of content.csv that says where it belongs."""

    file: str
    package: str
    title_id: str
    label: Localised
    published: str
    rights: str
    data: bytes

    @property
    def row(self) -> dict[str, str]:
        return {
            "file": self.file,
            "package": self.package,
            "identifier": f"title_id:{self.title_id}",
            "label_zh": self.label["zh"],
            "label_en": self.label["en"],
            "published": self.published,
            "rights": self.rights,
        }


def source() -> dict[str, Any]:
    with SOURCE.open(encoding="utf-8") as file:
        loaded: dict[str, Any] = YAML(typ="safe").load(file)
    return loaded


def _both(text: Localised) -> str:
    return f"{text['zh']} / {text['en']}"


def _document(collection: dict[str, Any], title: Localised, part: dict[str, Any], label: Localised | None) -> bytes:
    """A title page, the text, and a colophon that says that all of it is invented."""
    first = [pdf.Line(title["zh"], 20, 60), pdf.Line(title["en"], 13, 10)]
    if label:
        first += [pdf.Line(label["zh"], 12, 30), pdf.Line(label["en"], 10)]
    if part.get("creator"):
        first += [pdf.Line(part["creator"]["zh"], 12, 24), pdf.Line(part["creator"]["en"], 10)]
    text = [pdf.Line(paragraph, 13, 12) for paragraph in part["text"]]
    text.append(pdf.Line(part["abstract"], 10, 28))
    colophon = [
        pdf.Line(collection["holder"]["zh"], 12, 200),
        pdf.Line(collection["holder"]["en"], 10),
        pdf.Line(collection["note"]["zh"], 12, 24),
        pdf.Line(collection["note"]["en"], 10),
        pdf.Line(part.get("rights", collection["rights"]), 9, 24),
    ]
    ornament = pictures.RUBBINGS[len(title["en"]) % len(pictures.RUBBINGS)]
    return pdf.write(_both(title), [first, text, colophon], pictures.draw(ornament, title["zh"]))


def items(collection: dict[str, Any]) -> Iterator[Item]:
    """Every file of the collection, and of the invented titles of other packages that we hold."""
    for work in collection["works"]:
        rights = work.get("rights", collection["rights"])
        if "picture" in work:
            drawn = pictures.draw(work["picture"], work["id"]).write()
            label = {"zh": "影像", "en": "Image"}
            yield Item(f"{work['id']}.png", PACKAGE, work["id"], label, work["date"], rights, drawn)
            continue
        if "issues" not in work:
            label = {"zh": "全文", "en": "Full text"}
            document = _document(collection, work["title"], work, None)
            yield Item(f"{work['id']}.pdf", PACKAGE, work["id"], label, work["date"], rights, document)
        yield from _parts(collection, PACKAGE, work["id"], work["title"], work.get("issues", []), rights)
    for held in collection["held"]:
        package, title_id, title = held["package"], held["title_id"], held["title"]
        yield from _parts(collection, package, title_id, title, held["items"], collection["rights"])


def _parts(
    collection: dict[str, Any], package: str, title_id: str, title: Localised, parts: list[dict[str, Any]], rights: str
) -> Iterator[Item]:
    for part in parts:
        data = _document(collection, title, part, part["label"])
        file = f"{title_id}-{part['published']}.pdf"
        yield Item(file, package, title_id, part["label"], part["published"], part.get("rights", rights), data)


def title_rows(collection: dict[str, Any]) -> Iterator[dict[str, str]]:
    """One KBART row per work."""
    for work in collection["works"]:
        serial = work["kind"] == "serial"
        notes = work.get("notes", collection["note"])
        row = {
            "publication_title": work["title"]["zh"],
            "title_id": work["id"],
            "coverage_depth": "fulltext",
            "notes": f"{notes['zh']} {notes['en']}",
            "publisher_name": _both(collection["holder"]),
            "publication_type": "serial" if serial else "monograph",
            "embargo_info": work.get("embargo", ""),
            "access_type": "F" if work.get("open_access") else "P",
            "title_zh": work["title"]["zh"],
            "title_en": work["title"]["en"],
            "languages": "zh",
            "subjects": ";".join(work["subjects"]),
            "resource_kind": work["kind"],
            "open_access": "yes" if work.get("open_access") else "",
            "rights": work.get("rights", collection["rights"]),
            "contributors": f"{work['creator']['zh']} {work['creator']['en']}|author",
            "contributed_by": "lzu",
            "identifiers": f"demo:{work['id']}",
        }
        if serial:
            row |= {"date_first_issue_online": work["date"], "num_first_vol_online": "1"}
        else:
            row["date_monograph_published_online"] = work["date"]
        yield row


class _Tabs(csv.Dialect):
    """KBART: tabs, no quotes (NISO RP-9-2014 §6.3)."""

    delimiter = "\t"
    quoting = csv.QUOTE_NONE
    quotechar = None
    lineterminator = "\n"


def _columns() -> list[str]:
    """The columns of the other title lists, so that all are alike."""
    with (PACKAGES / "books.tsv").open(encoding="utf-8") as file:
        return file.readline().rstrip("\n").split("\t")


def make(folder: Path) -> Path:
    """Write the title list and the content folder below `folder`; give that folder back."""
    collection = source()
    content = folder / CONTENT
    content.mkdir(parents=True, exist_ok=True)
    with (folder / TITLE_LIST).open("w", encoding="utf-8", newline="") as file:
        titles = csv.DictWriter(file, _columns(), dialect=_Tabs)
        titles.writeheader()
        titles.writerows(title_rows(collection))
    with (content / "content.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.DictWriter(file, CONTENT_COLUMNS, lineterminator="\n")
        rows.writeheader()
        for item in items(collection):
            (content / item.file).write_bytes(item.data)
            rows.writerow(item.row)
    return folder

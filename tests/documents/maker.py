"""Documents made for tests: PDFs and DOCX files of given lines, small and without any program to make them."""

import zipfile
from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from xml.sax.saxutils import escape

_TO_UNICODE = (
    b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /U def 1 begincodespacerange <0000> "
    b"<FFFF> endcodespacerange 1 beginbfrange <0000> <FFFF> <0000> endbfrange endcmap end end"
)
_FONT = b"<< /Font << /F 3 0 R >> >>"
_LINE, _TOP = 14, 780


def pdf(
    pages: Sequence[Sequence[str]],
    *,
    before: bytes = b"",
    form: bytes = b"",
    box: bytes = b"[0 0 595 842]",
    rotated: int = 0,
    annotation: bytes = b"",
) -> bytes:
    """A PDF whose text is UTF-16 code units in a font that isn't there (ISO 32000-2 §9.7.5.2, §9.10.3). `before`:
    operators before each page's lines; `form`: the matrix of a form that its lines are in; `annotation`: of each."""
    bodies: dict[int, bytes] = {
        1: b"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [7 0 R] >> >>"
        if annotation
        else b"<< /Type /Catalog /Pages 2 0 R >>",
        3: b"<< /Type /Font /Subtype /Type0 /BaseFont /F /Encoding /Identity-H /DescendantFonts [4 0 R] "
        b"/ToUnicode 6 0 R >>",
        4: b"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /F /FontDescriptor 5 0 R /DW 500 "
        b"/CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> >>",
        5: b"<< /Type /FontDescriptor /FontName /F /Flags 4 /FontBBox [0 -200 1000 800] /ItalicAngle 0 /Ascent 800 "
        b"/Descent -200 /CapHeight 700 /StemV 80 >>",
        6: _stream(_TO_UNICODE),
        **({7: annotation} if annotation else {}),
    }
    kids = []
    for lines in pages:
        number = max(bodies) + 1
        drawn = b"".join(
            b"BT /F 10 Tf 40 %d Td <%s> Tj ET\n" % (_TOP - _LINE * at, line.encode("utf-16-be").hex().encode())
            for at, line in enumerate(lines)
        )
        if form:
            bodies[number + 2] = _stream(
                drawn, b"/Type /XObject /Subtype /Form /BBox [0 0 842 842] /Matrix [%s] /Resources %s" % (form, _FONT)
            )
            drawn = b"/X Do"
        bodies[number] = _stream(before + drawn)
        drawing = b"/XObject << /X %d 0 R >>" % (number + 2) if form else b""
        bodies[number + 1] = (
            b"<< /Type /Page /Parent 2 0 R /MediaBox %s /Rotate %d /Annots [%s] /Resources << /Font << /F 3 0 R >> "
            b"%s >> /Contents %d 0 R >>" % (box, rotated, b"7 0 R" if annotation else b"", drawing, number)
        )
        kids.append(b"%d 0 R" % (number + 1))
    bodies[2] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(kids), b" ".join(kids))
    return assembled(bodies)


def assembled(bodies: Mapping[int, bytes], trailer: bytes = b"") -> bytes:
    """The objects of a PDF with their cross-reference table."""
    file = b"%PDF-1.7\n"
    offsets = {}
    for number in sorted(bodies):
        offsets[number] = len(file)
        file += b"%d 0 obj\n%s\nendobj\n" % (number, bodies[number])
    start = len(file)
    last = max(bodies)
    table = b"xref\n0 %d\n0000000000 65535 f \n" % (last + 1)
    for number in range(1, last + 1):
        table += b"%010d 00000 n \n" % offsets[number] if number in offsets else b"0000000000 00000 f \n"
    return (
        file + table + b"trailer << /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n" % (last + 1, trailer, start)
    )


def _stream(content: bytes, extra: bytes = b"") -> bytes:
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(content), extra, content)


NAMES = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def docx(body: str, numbering: str = "", styles: str = "") -> bytes:
    """A DOCX of WordprocessingML: paragraphs as `paragraph` makes them, levels as `level` does."""
    parts = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "word/document.xml": f"<w:document {NAMES}><w:body>{body}</w:body></w:document>",
    }
    if numbering:
        parts["word/numbering.xml"] = f"<w:numbering {NAMES}>{numbering}</w:numbering>"
    if styles:
        parts["word/styles.xml"] = f"<w:styles {NAMES}>{styles}</w:styles>"
    return packed(parts)


def packed(parts: Mapping[str, str | bytes]) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


def paragraph(text: str, *, style: str = "", number: tuple[int, int] | None = None) -> str:
    """`number`: list and level."""
    listed = f'<w:numPr><w:ilvl w:val="{number[1]}"/><w:numId w:val="{number[0]}"/></w:numPr>' if number else ""
    named = f'<w:pStyle w:val="{style}"/>' if style else ""
    return f'<w:p><w:pPr>{named}{listed}</w:pPr><w:r><w:t xml:space="preserve">{escape(text)}</w:t></w:r></w:p>'


def levels(number: int, *patterns: tuple[str, str]) -> str:
    """A list whose levels are written so: (kind, pattern), ("decimal", "%1.%2")."""
    made = "".join(
        f'<w:lvl w:ilvl="{at}"><w:start w:val="1"/><w:numFmt w:val="{kind}"/><w:lvlText w:val="{pattern}"/></w:lvl>'
        for at, (kind, pattern) in enumerate(patterns)
    )
    of = f'<w:num w:numId="{number}"><w:abstractNumId w:val="{number}"/></w:num>'
    return f'<w:abstractNum w:abstractNumId="{number}">{made}</w:abstractNum>{of}'


def kept(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def workbook(rows: str, sheet: str = "terms") -> bytes:
    """An XLSX of one sheet; `rows`: SpreadsheetML."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    return packed(
        {
            "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
            "_rels/.rels": f'<Relationships xmlns="{package}"><Relationship Id="r1" Type="{relations}/officeDocument" '
            'Target="xl/workbook.xml"/></Relationships>',
            "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{relations}"><sheets>'
            f'<sheet name="{sheet}" sheetId="1" r:id="r1"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}"><Relationship Id="r1" '
            f'Type="{relations}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
            "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{rows}</sheetData></worksheet>',
        }
    )

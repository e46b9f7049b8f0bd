"""Writes small PDF files with Chinese and English text, from nothing but the standard library (ISO 32000-1).

Chinese uses the predefined font STSong-Light with the UniGB-UCS2-H encoding (§9.7.5.2), which every viewer replaces
with a Chinese font of its own: nothing is embedded. English uses Helvetica, one of the standard fourteen. A picture may
stand on the first page. The same input gives the same bytes, so that a file made again has the same SHA-256.
"""

from dataclasses import dataclass

from demo.png import Canvas

WIDTH, HEIGHT, MARGIN = 420, 595, 42
"""A5, in points."""

_LEADING = 1.7
_FRONTISPIECE = f"\nq 150 0 0 200 {(WIDTH - 150) / 2:g} {MARGIN} cm /P1 Do Q".encode()
_LATIN_WIDTH = 0.5
"""Mean width of a Helvetica letter, in em; close enough for wrapping."""


@dataclass(frozen=True, slots=True)
class Line:
    text: str
    size: float = 12
    space_above: float = 0


Page = list[Line]


def _wide(sign: str) -> bool:
    return ord(sign) > 0x2000


def wrap(text: str, size: float, width: float = WIDTH - 2 * MARGIN) -> list[str]:
    """Break a text into lines: after any Chinese sign, between English words."""
    words: list[str] = []
    for sign in text:
        if _wide(sign) or sign == " " or not words or words[-1] == " " or _wide(words[-1][-1]):
            words.append(sign)
        else:
            words[-1] += sign
    lines, used = [""], 0.0
    for word in words:
        takes = sum(1 if _wide(sign) else _LATIN_WIDTH for sign in word) * size
        if used + takes > width and lines[-1] and word not in "，。；：、！？”）":
            lines.append("")
            used = 0
        if word != " " or lines[-1]:
            lines[-1] += word
            used += takes
    return lines


def _runs(text: str) -> list[tuple[bool, str]]:
    runs: list[tuple[bool, str]] = []
    for sign in text:
        if runs and runs[-1][0] == _wide(sign):
            runs[-1] = (runs[-1][0], runs[-1][1] + sign)
        else:
            runs.append((_wide(sign), sign))
    return runs


def _shown(text: str) -> str:
    """The operators that show one line, changing fonts between Chinese and English."""
    shown = []
    for chinese, run in _runs(text):
        if chinese:
            shown.append(f"/F1 {{size}} Tf <{run.encode('utf-16-be').hex().upper()}> Tj")
        else:
            escaped = run.encode("cp1252", "replace").decode("cp1252").translate({40: "\\(", 41: "\\)", 92: "\\\\"})
            shown.append(f"/F2 {{size}} Tf ({escaped}) Tj")
    return " ".join(shown)


def _drawn(page: Page) -> bytes:
    y = float(HEIGHT - MARGIN)
    operators = []
    for line in page:
        y -= line.space_above
        for part in wrap(line.text, line.size):
            y -= line.size * _LEADING
            shown = _shown(part).replace("{size}", f"{line.size:g}")
            operators.append(f"BT 1 0 0 1 {MARGIN} {y:.1f} Tm {shown} ET")
    return "\n".join(operators).encode("cp1252")


def _text_string(text: str) -> str:
    return f"<FEFF{text.encode('utf-16-be').hex().upper()}>"


def _picture(canvas: Canvas) -> bytes:
    """An image of palette colours; a PNG's compressed rows are read as they are (§7.4.4.4)."""
    pixels = canvas.pixels
    head = (
        f"<< /Type /XObject /Subtype /Image /Width {canvas.width} /Height {canvas.height} /BitsPerComponent 8 "
        f"/ColorSpace [/Indexed /DeviceRGB {len(canvas.palette) - 1} <{canvas.colours.hex()}>] /Filter /FlateDecode "
        f"/DecodeParms << /Predictor 15 /Colors 1 /BitsPerComponent 8 /Columns {canvas.width} >> "
        f"/Length {len(pixels)} >>"
    )
    return head.encode() + b"\nstream\n" + pixels + b"\nendstream"


def write(title: str, pages: list[Page], picture: Canvas) -> bytes:
    """The whole file. `title` is what viewers show in their window; the picture stands below the first page's text."""
    kids = " ".join(f"{8 + 2 * number} 0 R" for number in range(len(pages)))
    bodies = [
        b"<< /Type /Catalog /Pages 2 0 R /Lang (zh-CN) /ViewerPreferences << /DisplayDocTitle true >> >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} /MediaBox [0 0 {WIDTH} {HEIGHT}] "
        "/Resources << /Font << /F1 3 0 R /F2 5 0 R >> /XObject << /P1 7 0 R >> >> >>".encode(),
        b"<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light-UniGB-UCS2-H /Encoding /UniGB-UCS2-H "
        b"/DescendantFonts [4 0 R] >>",
        b"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /DW 1000 "
        b"/CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 2 >> "
        b"/FontDescriptor << /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [-25 -254 1000 880] "
        b"/ItalicAngle 0 /Ascent 880 /Descent -120 /CapHeight 880 /StemV 93 >> >>",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        f"<< /Title {_text_string(title)} /Producer (Mutua demo) >>".encode(),
        _picture(picture),
    ]
    for number, page in enumerate(pages):
        drawn = _drawn(page) + (b"" if number else _FRONTISPIECE)
        bodies.append(f"<< /Type /Page /Parent 2 0 R /Contents {9 + 2 * number} 0 R >>".encode())
        bodies.append(b"<< /Length %d >>\nstream\n%b\nendstream" % (len(drawn), drawn))
    out = bytearray(b"%PDF-1.4\n%\xe4\xba\x92\xe9\x80\x9a\n")
    offsets = []
    for number, body in enumerate(bodies, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(bodies) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<< /Size %d /Root 1 0 R /Info 6 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(bodies) + 1, table)
    return bytes(out)

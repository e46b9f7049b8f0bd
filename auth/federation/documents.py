"""A document read without any of XML's doors to elsewhere: no DOCTYPE, so no entities; UTF-8 only; nothing is fetched.

Comments and processing instructions are taken out before the signature is checked, so that what is read is what was
signed, whatever somebody put between. (Who signs a document with processing instructions in it isn't understood.)
"""

import codecs
import mmap
import re
from pathlib import Path

from lxml import etree

from auth.federation.refusals import Refused, Wrong

_DECLARED = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_ENCODINGS = frozenset({b"utf-8", b"utf8", b"us-ascii", b"ascii"})
"""In which a DOCTYPE can be told by its bytes. Whatever is declared, the parser is told to read UTF-8."""
_WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, b"<\0", b"\0<", b"\0\0")


def read(path: Path) -> etree._ElementTree:
    """The document as a tree. Raises Refused."""
    if path.stat().st_size == 0:
        raise Refused(Wrong.UNREADABLE, "it is empty")
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        _look_at(content)
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        collect_ids=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        tree = etree.parse(path, parser)
    except etree.XMLSyntaxError as error:
        if error.code == etree.ErrorTypes.ERR_NO_MEMORY:
            raise MemoryError from None
        raise Refused(Wrong.UNREADABLE, f"line {error.lineno or 0}: {error.msg}") from None
    except OSError as error:  # bytes that aren't in the encoding, too
        raise Refused(Wrong.UNREADABLE, str(error).rpartition(": ")[2]) from None
    if tree.docinfo.internalDTD is not None or tree.docinfo.externalDTD is not None:
        raise Refused(Wrong.DOCTYPE)
    return tree


def _look_at(content: mmap.mmap) -> None:
    """What is refused before a parser sees it."""
    start = content[:1024]
    if start.startswith(_WIDE):
        raise Refused(Wrong.ENCODING, "UTF-16 or UTF-32")
    start = start.removeprefix(codecs.BOM_UTF8).lstrip()
    if not start.startswith(b"<"):  # among others what a parser would unpack
        raise Refused(Wrong.UNREADABLE, "it doesn't begin like XML")
    declared = _DECLARED.match(start)
    if declared and declared[1].lower() not in _ENCODINGS:
        raise Refused(Wrong.ENCODING, declared[1].decode())
    if content.find(b"<!DOCTYPE") >= 0 or content.find(b"<!ENTITY") >= 0:
        raise Refused(Wrong.DOCTYPE)

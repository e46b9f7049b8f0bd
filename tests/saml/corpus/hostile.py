"""Documents that attack whoever reads them: what they want to reach, to blow up, or to have read in two ways."""

import zlib

from tests.saml.corpus.maker import encoded
from tests.saml.corpus.stage import Cases, Stage, inserting

DOCTYPE = "a DOCTYPE"
MALFORMED = "not well-formed XML"


def cases(stage: Stage) -> Cases:
    yield from _entities(stage)
    yield from _sizes(stage)
    yield from _encodings(stage)
    yield from _forms(stage)


def _entities(stage: Stage) -> Cases:
    laughs = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "ha"}">' for n in range(10))
    for name, inside in (
        ("an internal subset", "<!DOCTYPE r []>"),
        ("an entity", '<!DOCTYPE r [<!ENTITY x "student">]>'),
        ("a file by an entity", '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>'),
        ("an address by an entity", f'<!DOCTYPE r [<!ENTITY x SYSTEM "{stage.nowhere}">]>'),
        ("an address by a parameter entity", f'<!DOCTYPE r [<!ENTITY % x SYSTEM "{stage.nowhere}"> %x;]>'),
        ("an external DTD", f'<!DOCTYPE r SYSTEM "{stage.nowhere}x.dtd">'),
        ("a public DTD", f'<!DOCTYPE r PUBLIC "x" "{stage.nowhere}x.dtd">'),
        ("billion laughs", f"<!DOCTYPE r [{laughs}]>"),
        ("quadratic blow-up", f'<!DOCTYPE r [<!ENTITY x "{"x" * 50_000}">]>'),
        ("a default attribute", '<!DOCTYPE r [<!ATTLIST samlp:Response x CDATA "y">]>'),
    ):
        named = b"&a9;" if "laughs" in name else b"&x;" * (5_000 if "quadratic" in name else 1)
        used = (
            named
            if name not in ("an internal subset", "an external DTD", "a public DTD", "a default attribute")
            else b"x"
        )
        made = inside.encode() + stage.make().replace(b"student@", used + b"@")
        yield stage.case(name, made, DOCTYPE, "D03: there is no DTD in SAML")
    yield stage.case("an entity of nobody", stage.make().replace(b"student@", b"&x;@"), MALFORMED, "not declared")
    inclusion = f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{stage.nowhere}" parse="text"/>'
    made = stage.make(bend_response=inserting("samlp:Status", f"<samlp:StatusDetail>{inclusion}</samlp:StatusDetail>"))
    yield stage.case("XInclude outside of what is signed", made, None, "an element like any other: nothing is fetched")
    made = stage.make(bend_assertion=inserting("//saml:NameID", inclusion))
    yield stage.case("XInclude in a NameID", made, "NameID holds more than text", "nothing is fetched")
    sheet = f'<?xml-stylesheet type="text/xsl" href="{stage.nowhere}"?>'.encode()
    cause = "a processing instruction or an entity"
    yield stage.case("a style sheet", sheet + stage.make(), cause, "nobody asked for it")
    yield stage.case("a processing instruction behind", stage.make() + b"<?x y?>", cause, "nobody asked for it")
    located = (
        f'<samlp:Response xsi:schemaLocation="urn:x {stage.nowhere}x.xsd" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    )
    made = stage.make().replace(b"<samlp:Response ", located.encode())
    yield stage.case("schemaLocation", made, None, "a hint that nobody follows")


def _sizes(stage: Stage) -> Cases:
    big = "larger than 256 KiB"
    yield stage.case(
        "two MiB of comment", stage.make() + b"<!--" + b"x" * 2**21 + b"-->", big, "refused before it is parsed"
    )
    yield stage.case("ten MiB", "%" * 10 * 2**20, big, "refused before it is decoded")
    made = stage.make() + b" " * (2**18 - 1000)
    yield stage.case("a little over the limit", made, big, "the limit counts what is decoded")
    deep = b"<x>" * 20_000 + b"</x>" * 20_000
    detail = b"<samlp:StatusDetail>", b"</samlp:StatusDetail></samlp:Status>"
    made = stage.make().replace(b"</samlp:Status>", detail[0] + deep + detail[1])
    yield stage.case("a depth of 20,000", made, MALFORMED, "the parser stops", heavy=True)
    wide = b"<x/>" * 20_000
    made = stage.make().replace(b"</samlp:Status>", detail[0] + wide + detail[1])
    yield stage.case("20,000 elements", made, "too many elements", "time and memory")
    many = b" ".join(b'a%d="x"' % number for number in range(10_000))
    made = stage.make().replace(b"</samlp:Status>", detail[0] + b"<x " + many + b"/>" + detail[1])
    yield stage.case(
        "10,000 attributes", made, "too many attributes of one element", "canonicalisation sorts them", heavy=True
    )
    spaces = b" ".join(b'xmlns:n%d="urn:%d"' % (number, number) for number in range(8_000))
    made = stage.make().replace(b"<samlp:Response ", b"<samlp:Response " + spaces + b" ")
    yield stage.case("8,000 namespaces", made, "too many namespaces", "canonicalisation looks through them", heavy=True)
    made = stage.make().replace(b' Version="2.0"', b' Version="2.0" Consent="urn:' + b"x" * 150_000 + b'"', 1)
    yield stage.case("an attribute of 150,000 characters", made, None, "of the envelope, unsigned, and read by nobody")


def _encodings(stage: Stage) -> Cases:
    for label in ("UTF-7", "ISO-8859-1", "UTF-32", "EBCDIC-CP-US", "x", "UTF-16"):
        made = f'<?xml version="1.0" encoding="{label}"?>{stage.make().decode()}'.encode()
        yield stage.case(f"labelled {label}", made, "another encoding than declared", "D03: read as what it isn't")
    made = f"<?xml version='1.0' encoding='koi8-r'?>{stage.make().decode()}".encode()
    yield stage.case(
        "labelled koi8-r in single quotes", made, "another encoding than declared", "D03: read as what it isn't"
    )
    made = f'<?xml version="1.0" encoding="UTF-8"?>{stage.make().decode()}'.encode("utf-16")
    yield stage.case("UTF-16 labelled UTF-8", made, "another encoding than declared", "D03: read as what it isn't")
    yield stage.case("UTF-16 without BOM", stage.make().decode().encode("utf-16-le"), MALFORMED, "no way to tell")
    yield stage.case("UTF-32", stage.make().decode().encode("utf-32"), MALFORMED, "its BOM begins like that of UTF-16")
    yield stage.case("BOM twice", b"\xef\xbb\xbf" * 2 + stage.make().decode().encode(), MALFORMED, "D03")
    seven = stage.make().decode().encode("utf-7").replace(b"student", b"+AHM-tudent")
    yield stage.case("UTF-7", seven, "not base64", "D03: read as it stands")
    yield stage.case(
        "NUL", stage.make().decode().encode().replace(b"student", b"stu\0dent"), MALFORMED, "D03: cuts texts in C"
    )
    yield stage.case("NUL before", b"\0" + stage.make().decode().encode(), MALFORMED, "D03")
    overlong = stage.make().decode().encode().replace(b"/", b"\xc0\xaf", 1)
    yield stage.case("overlong UTF-8", overlong, "not utf-8", "another way to write the same")
    yield stage.case(
        "Latin-1", stage.make().decode().replace("student", "ét").encode("latin-1"), "not utf-8", "not declared"
    )
    yield stage.case(
        "half a surrogate",
        stage.make().decode().encode().replace(b"student", b"\xed\xa0\x80"),
        "not utf-8",
        "no character",
    )
    declared = f'<?xml version="1.1"?>{stage.make().decode()}'.encode()
    yield stage.case("XML 1.1", declared, "a strange XML declaration", "other rules of names and ends of lines")
    yield stage.case(
        "a blank before the declaration",
        f' <?xml version="1.0"?>{stage.make().decode()}'.encode(),
        MALFORMED,
        "XML §2.8",
    )
    yield stage.case(
        "a control character", stage.make().replace(b"student", b"stu&#1;dent"), MALFORMED, "none of XML's"
    )


def _forms(stage: Stage) -> Cases:
    for name, form, cause in (
        ("nothing", "", MALFORMED),
        ("no base64", "%%%", "not base64"),
        ("base64 of the web", encoded(stage.make()).replace("A", "-", 1), "not base64"),
        ("base64 without its end", encoded(stage.make() + b" " * (2 - len(stage.make()) % 3))[:-1], "not base64"),
        ("base64 twice", encoded(encoded(stage.make()).encode()), MALFORMED),
        ("deflated", encoded(zlib.compress(stage.make())), "not utf-8"),
        ("JSON", encoded(b'{"admin": true}'), MALFORMED),
        ("HTML", encoded(b"<html><body><form></body></html>"), MALFORMED),
        ("beyond ASCII", "\u0430" + encoded(stage.make()), "not base64"),
    ):
        yield stage.case(name, form, cause, "not a response")
    yield stage.case("cut off", stage.make()[:-20], MALFORMED, "not a response")
    yield stage.case("two roots", stage.make() + stage.make(), MALFORMED, "not a response")
    yield stage.case(
        "an attribute of XML twice",
        stage.make().replace(b" Version=", b' Version="2.0" Version=', 1),
        MALFORMED,
        "not XML",
    )
    yield stage.case(
        "an unbound prefix", stage.make().replace(b"</samlp:Status>", b"<y:x/></samlp:Status>"), MALFORMED, "not XML"
    )
    for again in (b"Id", b"id", b"xml:id", b"ID"):
        made = stage.make()
        response_id = made.partition(b' ID="')[2].partition(b'"')[0]
        twin = b'<samlp:StatusDetail><x %s="%s"/></samlp:StatusDetail></samlp:Status>' % (again, response_id)
        made = made.replace(b"</samlp:Status>", twin)
        yield stage.case(f"the response's ID twice, as {again.decode()}", made, "the same ID twice", "which is meant?")
    made = stage.make()
    signed_id = made.rpartition(b' ID="')[2].partition(b'"')[0]
    twin = b'<samlp:StatusDetail><x y:ID="%s" xmlns:y="urn:y"/></samlp:StatusDetail></samlp:Status>' % signed_id
    made = made.replace(b"</samlp:Status>", twin)
    yield stage.case("the assertion's ID twice, in a namespace", made, "the same ID twice", "which is meant?")

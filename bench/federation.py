"""A federation of 8,000 entities, verified and taken in, beside what that may cost: 5 s of processor and 400 MB.

    python -m bench.federation

The document, 5,000 identity providers and 3,000 services in about 61 MB, is made and signed in a process of its own, so
that neither its time nor its memory counts. Processor time is that of the verifying process and of the one that keeps
the rows, not of PostgreSQL; the peak is the larger of the two.
"""

import asyncio
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from api import database
from auth.federation import sources
from auth.federation.sources import Description, Taken
from bench.cluster import place, say

IDENTITY_PROVIDERS = 5000
SERVICES = 3000
MOST_SECONDS = 5.0
MOST_MEGABYTES = 400.0
LANGUAGES = ("en", "de", "fr", "zh", "es")
BINDINGS = "urn:oasis:names:tc:SAML:2.0:bindings:"


def make(document: Path, certificate: Path) -> None:
    """A signed aggregate, twice: the second is good for a day longer and says the same otherwise."""
    from tests.federation.maker import DECLARED, Federation, in_days

    federation = Federation()
    certificate.write_text(federation.pem)
    body = "".join(_entities())
    for name, days in ((document, 7), (document.with_suffix(".later"), 8)):
        group = f'<md:EntitiesDescriptor {DECLARED} ID="_all" Name="urn:bench" validUntil="{in_days(days)}">'
        name.write_bytes(federation.sign(f"{group}{body}</md:EntitiesDescriptor>"))


def _entities() -> Iterator[str]:
    from tests.federation.maker import base64_certificate

    keys = [base64_certificate(number, 3072) for number in range(1, 4)]
    for number in range(IDENTITY_PROVIDERS):
        yield _identity_provider(number, keys[number % len(keys)])
        if number < SERVICES:
            yield _service(number, keys[number % len(keys)])


def _identity_provider(number: int, key: str) -> str:
    base = f"https://idp.university{number}.example/idp"
    offered: dict[str, tuple[str, ...]] = {"SingleLogoutService": ("HTTP-Redirect", "HTTP-POST")}
    offered["SingleSignOnService"] = ("HTTP-POST", "HTTP-Redirect", "SOAP")
    endpoints = "".join(
        f'<md:{name} Binding="{BINDINGS}{binding}" Location="{base}/profile/SAML2/{binding}"/>'
        for name, bindings in offered.items()
        for binding in bindings
    )
    supported = "".join(
        f"<saml:AttributeValue>https://refeds.org/category/{one}</saml:AttributeValue>"
        for one in ("research-and-scholarship", "anonymous", "pseudonymous", "personalized")
    )
    registered = f'<mdrpi:RegistrationInfo registrationAuthority="https://federation{number % 70}.example"/>'
    return (
        f'<md:EntityDescriptor entityID="{base}/shibboleth"><md:Extensions>{registered}<mdattr:EntityAttributes>'
        f'<saml:Attribute Name="http://macedir.org/entity-category-support">{supported}</saml:Attribute>'
        "</mdattr:EntityAttributes></md:Extensions><md:IDPSSODescriptor "
        'protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">'
        f"<md:Extensions><shibmd:Scope>university{number}.example</shibmd:Scope>{_ui(number)}</md:Extensions>"
        f"{_key('signing', key)}{_key('encryption', key)}{endpoints}</md:IDPSSODescriptor>"
        f"{_organization(number)}</md:EntityDescriptor>\n"
    )


def _service(number: int, key: str) -> str:
    base = f"https://service{number}.example/shibboleth"
    wanted = "".join(f'<md:RequestedAttribute Name="urn:oid:1.3.6.1.4.1.5923.1.1.1.{one}"/>' for one in range(1, 10))
    return (
        f'<md:EntityDescriptor entityID="{base}"><md:SPSSODescriptor protocolSupportEnumeration='
        f'"urn:oasis:names:tc:SAML:2.0:protocol"><md:Extensions>{_ui(number)}</md:Extensions>{_key("signing", key)}'
        f'<md:AssertionConsumerService Binding="{BINDINGS}HTTP-POST" Location="{base}/POST" index="1"/>'
        f'<md:AttributeConsumingService index="1"><md:ServiceName xml:lang="en">{number}</md:ServiceName>{wanted}'
        f"</md:AttributeConsumingService></md:SPSSODescriptor>{_organization(number)}</md:EntityDescriptor>\n"
    )


def _ui(number: int) -> str:
    texts = "".join(
        f'<mdui:DisplayName xml:lang="{one}">University {number} of Somewhere ({one})</mdui:DisplayName>'
        f'<mdui:Description xml:lang="{one}">For students, staff and affiliates of University {number}, run by its own '
        "central computing services, on its campus and elsewhere.</mdui:Description>"
        f'<mdui:Keywords xml:lang="{one}">university+{number} campus library</mdui:Keywords>'
        for one in LANGUAGES
    )
    host = f"https://university{number}.example"
    logo = f'<mdui:Logo height="60" width="80">{host}/logo.png</mdui:Logo>'
    pages = "".join(
        f'<mdui:{kind} xml:lang="{one}">{host}/{kind}</mdui:{kind}>'
        for kind in ("InformationURL", "PrivacyStatementURL")
        for one in ("en", "zh")
    )
    return f"<mdui:UIInfo>{texts}{logo}{pages}</mdui:UIInfo>"


def _key(use: str, key: str) -> str:
    return (
        f'<md:KeyDescriptor use="{use}"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{key}</ds:X509Certificate>'
        "</ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"
    )


def _organization(number: int) -> str:
    names = "".join(
        f'<md:{kind} xml:lang="{one}">University {number}</md:{kind}>'
        for kind in ("OrganizationName", "OrganizationDisplayName")
        for one in LANGUAGES
    )
    people = "".join(
        f'<md:ContactPerson contactType="{kind}"><md:GivenName>Help</md:GivenName><md:SurName>Desk</md:SurName>'
        f"<md:EmailAddress>mailto:{kind}@university{number}.example</md:EmailAddress></md:ContactPerson>"
        for kind in ("technical", "support", "administrative")
    )
    address = f'<md:OrganizationURL xml:lang="en">https://university{number}.example/</md:OrganizationURL>'
    return f"<md:Organization>{names}{address}</md:Organization>{people}"


async def take_in(url: str, document: Path, certificate: str) -> None:
    """The first time, then re-signed: every entity is there already, and good for longer."""
    pool = database.engine(url, statement_seconds=0)
    begin = database.as_everybody(database.sessions(pool))
    described = Description("bench", "https://federation.example/metadata", (certificate,))
    say(f"{'':<24}{'s':>7}{'CPU s':>8}{'of 5 s':>9}{'peak MB':>10}{'of 400 MB':>11}")
    for what, path in (("the first time", document), ("re-signed, a day later", document.with_suffix(".later"))):
        spent, began = _processor_seconds(), time.perf_counter()
        taken: Taken = await sources.establish(begin, described, path)
        passed, used, peak = time.perf_counter() - began, _processor_seconds() - spent, _peak_megabytes()
        if taken.found is None or taken.found.entities != IDENTITY_PROVIDERS:
            raise AssertionError(taken)
        shares = f"{used:>8.2f}{used / MOST_SECONDS:>9.2f}{peak:>10.0f}{peak / MOST_MEGABYTES:>11.2f}"
        say(f"{what:<24}{passed:>7.2f}{shares}")
    await pool.dispose()


def _processor_seconds() -> float:
    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in both)


def _peak_megabytes() -> float:
    return max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1024


def main(arguments: list[str]) -> None:
    if arguments[:1] == ["make"]:
        make(Path(arguments[1]), Path(arguments[2]))
    elif arguments[:1] == ["take"]:
        document = Path(arguments[2])
        say(f"{document.stat().st_size / 1e6:.1f} MB, {IDENTITY_PROVIDERS} identity providers, {SERVICES} services")
        asyncio.run(take_in(arguments[1], document, Path(arguments[3]).read_text()))
    else:
        with place() as where:
            files = [str(where.folder / name) for name in ("metadata.xml", "certificate.pem")]
            for part in (["make", *files], ["take", where.app, *files]):
                subprocess.run([sys.executable, "-m", "bench.federation", *part], check=True)  # noqa: S603 ourselves


if __name__ == "__main__":
    main(sys.argv[1:])

"""Pages that say what a university released: to a reader who could not sign in, and to whoever runs its service."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import HTMLResponse

from api import release as told
from api.pages import languages, page
from api.release import Trouble
from auth.refusals import Error, Refusal
from auth.release import Fate, Missing, Release
from domain import messages
from domain.discovery import Institution

_GOOD = frozenset({Fate.COUNTS, Fate.IDENTIFIES})
_CHOOSE = frozenset({Error.IDENTITY_PROVIDER_UNKNOWN, Error.RESOURCE_UNKNOWN})
_CHOOSE_OTHER = frozenset({Error.ATTRIBUTES_MISSING, Error.SCOPE_MISMATCH, Error.IDENTITY_PROVIDER_UNAVAILABLE})


def render_refused(
    request: Request, refusal: Refusal, about: Trouble | None, *, number: str | None, retry_url: str
) -> HTMLResponse:
    """Why a sign-in led nowhere, what would help, and the number under which the log has it."""
    tags = languages(request)
    word = "choose_institution" if refusal.error in _CHOOSE else "retry"
    first = messages.spoken(tags)
    tongues = sorted(messages.LANGUAGES, key=lambda lang: lang != first)
    letters = {lang: told.letter(about, lang) for lang in tongues} if about else {}
    return page(
        request,
        "sign_in_refused.html",
        title=messages.sentence(f"error.{refusal.error}.title", tags),
        tags=tags,
        status=refusal.status,
        text=messages.sentence(f"error.{refusal.error}", tags, **_facts(refusal, tags)),
        code=refusal.code,
        number=number,
        about=about,
        name=messages.localised(told.name(about.institution), tags) if about else None,
        at=f"{about.at:%Y-%m-%d %H:%M} UTC" if about else None,
        letters={lang: text for lang, text in letters.items() if text},
        retry_url=retry_url,
        retry_word="choose_other" if refusal.error in _CHOOSE_OTHER else word,
    )


def _facts(refusal: Refusal, tags: Sequence[str]) -> Mapping[str, str]:
    named = messages.localised(told.name(refusal.institution), tags) if refusal.institution else None
    return ({"member": named} if named else {}) | refusal.facts


@dataclass(frozen=True, slots=True)
class _Value:
    text: str
    good: bool
    fate: str


def render_release(request: Request, release: Release, institution: Institution, public_url: str) -> HTMLResponse:
    """Everything that came, value by value, for whoever runs the service and signed in to see it."""
    tags = languages(request)
    names = {member.member_id: messages.localised(member.name, tags) for member in institution.members}
    came: dict[str, list[_Value]] = {}
    for line in release.lines:
        value = _Value(line.value, line.fate in _GOOD, messages.sentence(f"release.{line.fate}", tags))
        came.setdefault(line.attribute, []).append(value)
    return page(
        request,
        "release.html",
        title=messages.sentence("release.word.title", tags),
        tags=tags,
        word=lambda key, **facts: messages.sentence(f"release.word.{key}", tags, **facts),
        enough=bool(release.memberships) and Missing.AFFILIATION not in release.missing,
        memberships=[
            (
                names.get(one.member_id, ""),
                [messages.word(kind, tags) for kind in sorted(one.affiliations)],
                sorted(one.entitlements),
            )
            for one in release.memberships
        ],
        subject=release.subject,
        missing=[
            (messages.sentence(f"release.missing.{one}", tags), told.attribute(one, institution.protocol))
            for one in release.missing
        ],
        came=[(attribute, told.OFFICIAL.get(attribute), values) for attribute, values in came.items()],
        facts=[(messages.sentence(f"release.fact.{key}", tags), said) for key, said in release.facts.items() if said],
        name=messages.localised(told.name(institution), tags),
        issuer=release.issuer,
        us=told.us(institution, public_url),
        again=told.test_address(institution, public_url),
    )

"""Pages of signing in and out, as `api/entrance.py` has them drawn."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from starlette.requests import Request
from starlette.responses import HTMLResponse

from api.pages import HEADERS, SIGN_OUT, languages, page
from auth.address import origin
from auth.pages import Out
from domain import messages
from domain.catalogue import sorting
from models.columns import Localised
from models.vocabulary import Role

MOST_SHOWN = 30
"""Institutions on one page; searching narrows."""


@dataclass(frozen=True, slots=True)
class Choice:
    """An institution that can sign in, and the address that starts it. `through`: the provider's name, where the name
    alone doesn't tell two choices apart.
    """

    name: Localised
    url: str
    through: Localised | None = None


def render_chooser(
    request: Request,
    choices: Iterable[Choice],
    *,
    remembered: Iterable[Choice] = (),
    query: str = "",
    kept: Mapping[str, str] | None = None,
    resource: Localised | None = None,
    everything: str | None = None,
    outside: str | None = None,
    forget: str | None = None,
    testing: bool = False,
) -> HTMLResponse:
    """Institutions that can sign in; works without script.

    Args:
        kept: what searching and forgetting keep of the page's parameters.
        resource: where only those are listed that can open it, what it is called; `everything` lists all.
        outside: where another discovery service lets her choose.
        forget: where a form is sent that lets go of `remembered`.
        testing: it is only to see which attributes come.
    """
    tags = languages(request)
    shown = sorted((_shown(choice, tags) for choice in choices), key=lambda one: (one["key"], one["name"]))
    return page(
        request,
        "login.html",
        title=messages.sentence("release.word.title" if testing else "page.login_title", tags),
        tags=tags,
        choices=shown[:MOST_SHOWN],
        count=_count(len(shown), tags),
        remembered=[_shown(choice, tags) for choice in remembered],
        query=query,
        kept=list((kept or {}).items()),
        resource=messages.localised(resource, tags) if resource else None,
        everything=everything,
        outside=outside,
        forget=forget,
        lead=messages.sentence("release.word.choose" if testing else "page.login_lead", tags),
        action=request.url.path,
    )


def _shown(choice: Choice, tags: Sequence[str]) -> dict[str, str | None]:
    name = messages.localised(choice.name, tags)
    others = dict.fromkeys(text for text in choice.name.values() if text != name)
    through = messages.localised(choice.through, tags) if choice.through else None
    return {
        "key": _filed(name),
        "name": name,
        "other_name": next(iter(others), None),
        "through": through if through != name else None,
        "url": choice.url,
    }


@lru_cache(maxsize=8192)
def _filed(name: str) -> str:
    """Where it stands in the list: Latin names by letters, Chinese ones by pinyin."""
    return sorting.title_key(name)


def _count(found: int, tags: Sequence[str]) -> str:
    """How many institutions there are, and that not all of them are shown."""
    word = "login_more" if found > MOST_SHOWN else {0: "login_none", 1: "login_one"}.get(found, "login_count")
    return messages.sentence(f"page.{word}", tags, count=found, shown=MOST_SHOWN)


def _leading_to(origins: Iterable[str]) -> dict[str, str]:
    """A policy for a form that leads to universities. Browsers hold every redirect after it against the policy, and
    where a university leads on (to another host for the password, to others that sign her out) is its own affair.
    """
    allowed = " ".join(["form-action 'self'", *origins, "https:"])
    return {"Content-Security-Policy": HEADERS["Content-Security-Policy"].replace("form-action 'self'", allowed)}


def render_post(request: Request, *, action: str, fields: Mapping[str, str]) -> HTMLResponse:
    """A form that goes to a university by itself, and by a button where there is no script."""
    return page(
        request,
        "post.html",
        title="post_title",
        headers=_leading_to([origin(action)]),
        action=action,
        fields=list(fields.items()),
    )


def render_invitation(
    request: Request, *, role: Role, member: Localised | None, until: datetime, action: str, form_origins: Sequence[str]
) -> HTMLResponse:
    """What an invitation offers. `form_origins`: where accepting leads, which browsers check against our policy."""
    tags = languages(request)
    return page(
        request,
        "invitation.html",
        title="invitation_title",
        tags=tags,
        headers=_leading_to(form_origins),
        role=messages.word(role, tags),
        member=messages.localised(member, tags) if member else None,
        until=messages.day(until.date(), tags),
        action=action,
    )


def render_consent(
    request: Request,
    *,
    app: str,
    institutions: Sequence[Localised],
    scopes: Sequence[str],
    note: str,
    action: str,
    leads_to: str,
) -> HTMLResponse:
    """What an app wants to be allowed. `leads_to`: where either answer leads, as our policy tells browsers."""
    tags = languages(request)
    policy = HEADERS["Content-Security-Policy"].replace("form-action 'self'", f"form-action 'self' {leads_to}")
    return page(
        request,
        "consent.html",
        title="consent_title",
        tags=tags,
        headers={"Content-Security-Policy": policy},
        app=app,
        institutions=[messages.localised(name, tags) for name in institutions],
        scopes=[messages.sentence(f"scope.{scope}", tags) for scope in scopes],
        note=note,
        action=action,
        leads_to=leads_to,
    )


def render_roles(request: Request, held: Iterable[tuple[Role, Localised]], stronger: str | None = None) -> HTMLResponse:
    """What the viewer may do for which member. `stronger`: where she signs in so that all of her roles count."""
    tags = languages(request)
    shown = [(messages.word(role, tags), messages.localised(member, tags)) for role, member in held]
    return page(request, "roles.html", title="roles_title", tags=tags, held=shown, stronger=stronger)


def render_sign_out(
    request: Request,
    *,
    action: str = SIGN_OUT,
    provider: Localised | None = None,
    form_origins: Sequence[str] = (),
) -> HTMLResponse:
    """`provider`: the institution that can sign her out as well, by way of `form_origins`."""
    tags = languages(request)
    return page(
        request,
        "sign_out.html",
        title="sign_out_ask",
        tags=tags,
        headers=_leading_to(form_origins),
        action=action,
        provider=messages.localised(provider, tags) if provider else None,
    )


def render_signed_out(request: Request, out: Out = Out.HERE) -> HTMLResponse:
    text = messages.sentence(f"page.signed_out_{out}", languages(request))
    return page(request, "message.html", title="signed_out_title", text=text, code=None, retry_url=None)

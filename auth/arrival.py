"""Coming back from a university: the answer that leads to where the sign-in was meant to."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from auth import cookies
from auth.pages import HEADERS, Pages
from auth.sign_in import SignedIn, Tested
from auth.site import site_of


def arrived(pages: Pages, request: Request, done: SignedIn | Tested) -> Response:
    """With the session's cookie; of a test, the page that shows what came."""
    if isinstance(done, Tested):
        answer = pages.release(request, done.release, done.institution)
        answer.headers.update(HEADERS)
        return answer
    answer = RedirectResponse(done.target, 303, HEADERS)
    cookies.give(answer, site_of(request), cookies.SESSION, done.token)
    return answer

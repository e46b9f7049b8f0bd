"""A first person comes in through her invitation, as deploy/test-deploy.sh has it printed, and asks who she is.

    python -m tests.operation.containers.sign_in INVITATION ADDRESS CERTIFICATES SECRETS

Every name is at ADDRESS, port 443; only authorities in the file CERTIFICATES are believed. SECRETS: the university's.
Standard error holds every secret that she had in her hands, so that logs can be searched for them.
"""

import json
import ssl
import sys
from pathlib import Path

import httpx2

from demo.identity_people import SECRETS
from tests.identity.house import form_of

ME = "{ viewer { signedIn memberships { member { scopes } affiliations roles } } }"
PERSON = "librarian"


class At(httpx2.HTTPTransport):
    """Connects to one address, whatever the name; the name is what the certificate must be for."""

    def __init__(self, address: str, certificates: str) -> None:
        super().__init__(verify=ssl.create_default_context(cafile=certificates))
        self._address = address

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        return super().handle_request(
            httpx2.Request(
                request.method,
                request.url.copy_with(host=self._address),
                headers=request.headers,
                stream=request.stream,
                extensions={**request.extensions, "sni_hostname": request.url.host},
            )
        )


def main(invitation: str, address: str, certificates: str, folder: str) -> None:
    password = json.loads((Path(folder) / SECRETS).read_text())["passwords"][PERSON]
    origin = f"https://{httpx2.URL(invitation).host}"
    headers = {"Accept": "text/html", "Accept-Language": "en"}
    with httpx2.Client(transport=At(address, certificates), headers=headers, follow_redirects=True) as browser:
        where, fields = form_of(browser.get(invitation).raise_for_status())
        login = browser.post(where, data=fields | {"display_name": "Zhou Min"}, headers={"Origin": origin})
        where, fields = form_of(login.raise_for_status())
        welcome = browser.post(where, data=fields | {"username": PERSON, "password": password}).raise_for_status()
        assert welcome.url == f"{origin}/roles", welcome.url
        asked = browser.post(f"{origin}/graphql", json={"query": ME}, headers={"Origin": origin, "Accept": "*/*"})
        assert browser.get(f"{origin}/metrics").status_code == 404
        met = [str(answer.url) for answer in (*login.history, login, *welcome.history)]
        cookies = [str(cookie.value) for cookie in browser.cookies.jar]
    print(json.dumps(asked.raise_for_status().json()["data"]["viewer"]))  # noqa: T201 for the script
    queries = [value for url in met for value in httpx2.URL(url).params.values() if len(value) > 20]
    secrets = [password, invitation.rpartition("/")[2], *cookies, *(q for q in queries if "://" not in q)]
    print("\n".join(secrets), file=sys.stderr)  # noqa: T201 for the script


if __name__ == "__main__":
    main(*sys.argv[1:])

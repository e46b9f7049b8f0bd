"""A partner's first script: a token in its own name, then what a member's readers may do, and under which clause.

    python examples/partner.py CLIENT_ID CLIENT_SECRET [SERVER]

`make run` prints an id and a secret that work. Nothing but the standard library is needed.
"""

import base64
import json
import sys
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

ASK = """
query Ask($inputs: [AccessInput!]!) {
  accesses(inputs: $inputs) {
    granted
    message(lang: "en")
    validUntil
    clause { number summary(lang: "en") }
    ... on AccessRefused { reason }
  }
}
"""
QUESTIONS = [
    {
        "resource": {"issn": "1435-8603"},
        "for": {"member": {"scope": "lzu.edu.cn"}, "affiliations": [affiliation]},
        "action": "VIEW",
    }
    for affiliation in ("STUDENT", "ALUM", "LIBRARY_WALK_IN")
]


def main(client_id: str, secret: str, server: str = "http://127.0.0.1:8000") -> None:
    metadata = fetch(f"{server}/.well-known/oauth-authorization-server")
    form = {"grant_type": "client_credentials", "scope": "access:decisions:read"}
    credentials = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
    token = fetch(
        metadata["token_endpoint"], urllib.parse.urlencode(form).encode(), {"Authorization": f"Basic {credentials}"}
    )["access_token"]
    answer = fetch(
        f"{server}/graphql",
        json.dumps({"query": ASK, "variables": {"inputs": QUESTIONS}}).encode(),
        {"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    for error in answer.get("errors", ()):
        print(f"error: {error['message']}")
    for question, access in zip(QUESTIONS, (answer.get("data") or {}).get("accesses", ()), strict=False):
        (affiliation,) = question["for"]["affiliations"]  # type: ignore[index]
        clause = f", clause {access['clause']['number']}" if access["clause"] else ""
        print(f"{affiliation}: {'granted' if access['granted'] else access['reason']}{clause}. {access['message']}")


def fetch(address: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> Any:
    """The JSON of an answer; what went wrong, in one line, where it is an error."""
    try:
        with urllib.request.urlopen(urllib.request.Request(address, body, headers or {})) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        raise SystemExit(f"{address} answered {error.code}: {error.read().decode()}") from None


if __name__ == "__main__":
    main(*sys.argv[1:])

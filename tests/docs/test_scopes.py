"""docs/scopes.md lists the scopes as the program has them: each once, what a person is asked, who can have it."""

import re
from pathlib import Path

from domain import messages
from domain.scopes import IN_OWN_NAME, Scope

PAGE = (Path(__file__).parents[2] / "docs" / "scopes.md").read_text("utf-8")


def test_every_scope_stands_there_once_in_words_and_says_whether_a_client_can_have_it_alone() -> None:
    rows = re.findall(r"^\| `([a-z:]+)` \| (.+) \| (yes|–) \|$", PAGE, re.MULTILINE)
    own = {scope: "yes" if scope in IN_OWN_NAME else "–" for scope in Scope}
    assert rows == [(scope.value, messages.sentence(f"scope.{scope}", "en"), own[scope]) for scope in Scope]


def test_a_scope_is_an_area_a_noun_and_a_verb() -> None:
    for scope in set(Scope) - {Scope.OPENID}:
        assert re.fullmatch(r"[a-z]+:[a-z]+:(read|write|open|erase)", scope)

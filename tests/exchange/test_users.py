"""Whom a usage is for, where its users lead in circles, to nobody or aren't named."""

from pathlib import Path
from typing import Any

from domain.intake.reasons import Reason
from models.vocabulary import Affiliation
from tests.exchange.documents import READ, read, refused, usage, whole

STUDENT = [Affiliation.STUDENT]


def terms(folder: Path, written: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = read(folder, written)[0]["terms"]
    return found


CIRCLE = (
    "</AgentDefinition><AgentDefinition><AgentLabel>Circle</AgentLabel><AgentType>onixPL:Person</AgentType>"
    "<AgentRelatedAgent><AgentAgentRelator>onixPL:IsAnyOf</AgentAgentRelator><RelatedAgent>Circle</RelatedAgent>"
    "</AgentRelatedAgent>"
)


def test_a_prohibition_whose_users_lead_to_nobody_is_for_everybody(tmp_path: Path) -> None:
    """Less would permit what it prohibits."""
    prohibited = usage("PrintCopy", "Prohibited", users="LicenseeStudent")
    student = "<User>onixPL:LicenseeStudent</User>"
    for users in ("<User>Circle</User>", "<User>Circle</User>" + student, student + "<User>Circle</User>"):
        written = whole(prohibited.replace(student, users), restriction=CIRCLE)
        assert [term["affiliations"] for term in terms(tmp_path, written)] == [None], users
    assert [term["affiliations"] for term in terms(tmp_path, whole(prohibited))] == [STUDENT]
    assert terms(tmp_path, whole(READ.replace("onixPL:AuthorizedUser", "Circle"), restriction=CIRCLE)) == []


def test_a_usage_without_users_is_refused(tmp_path: Path) -> None:
    for status in ("Prohibited", "Permitted"):
        (problem,) = refused(tmp_path, whole(usage("PrintCopy", status, users="")))
        assert (problem.line, problem.value, problem.reason) == (58, "User", Reason.VALUE_MISSING)


def test_agents_that_are_each_other_are_followed_to_their_end(tmp_path: Path) -> None:
    agent = (
        "<AgentDefinition><AgentLabel>a{0}</AgentLabel><AgentType>onixPL:Person</AgentType><AgentRelatedAgent>"
        "<AgentAgentRelator>onixPL:IsA</AgentAgentRelator><RelatedAgent>{1}</RelatedAgent></AgentRelatedAgent>"
        "</AgentDefinition>"
    )
    chain = "".join(agent.format(number, f"a{number + 1}") for number in range(2000))
    ends = agent.format(2000, "onixPL:LicenseeStudent")
    circle = agent.format("x", "ay") + agent.format("y", "ax")
    written = whole(READ.replace("onixPL:AuthorizedUser", "a0") + READ.replace("onixPL:AuthorizedUser", "ax"))
    found = read(tmp_path, written.replace("<ResourceDefinition>", chain + ends + circle + "<ResourceDefinition>"))[0]
    assert [term["affiliations"] for term in found["terms"]] == [STUDENT]

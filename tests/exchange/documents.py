"""Small ONIX-PL documents for tests: whole ones, of which a test writes only what it is about."""

from pathlib import Path
from typing import Any

from domain.exchange.onixpl import reading
from domain.intake.reasons import Problem
from domain.intake.source import FileRefused, look

WHOLE = """<?xml version="1.0" encoding="UTF-8"?>
<PublicationsLicenseExpression xmlns="http://www.editeur.org/onix-pl" version="1.0">
  <ExpressionDetail>
    <ExpressionType>onixPL:LicenseExpression</ExpressionType>
    <ExpressionStatus>onixPL:Draft</ExpressionStatus>
  </ExpressionDetail>
  <LicenseDetail>
    <Description>Deal 2026</Description>
    <LicenseStatus>onixPL:{status}</LicenseStatus>
    <LicenseRelatedAgent>
      <LicenseAgentRelator>onixPL:Licensor</LicenseAgentRelator><RelatedAgent>Licensor</RelatedAgent>
    </LicenseRelatedAgent>
    <LicenseRelatedAgent>
      <LicenseAgentRelator>onixPL:Licensee</LicenseAgentRelator><RelatedAgent>Licensee</RelatedAgent>
    </LicenseRelatedAgent>
    <LicenseRelatedResource>
      <LicenseResourceRelator>onixPL:LicensedContent</LicenseResourceRelator>
      <RelatedResource>LicensedContent</RelatedResource>
    </LicenseRelatedResource>
    <LicenseRelatedTimePoint>
      <LicenseTimePointRelator>onixPL:LicenseStartDate</LicenseTimePointRelator>
      <RelatedTimePoint>LicenseStartDate</RelatedTimePoint>
    </LicenseRelatedTimePoint>
    <LicenseRelatedTimePoint>
      <LicenseTimePointRelator>onixPL:LicenseEndDate</LicenseTimePointRelator>
      <RelatedTimePoint>LicenseEndDate</RelatedTimePoint>
    </LicenseRelatedTimePoint>
  </LicenseDetail>
  <Definitions>
    <AgentDefinition>
      <AgentLabel>Licensor</AgentLabel><AgentType>onixPL:Organization</AgentType>
      <AgentName><Name>Elder Press</Name></AgentName>
    </AgentDefinition>
    <AgentDefinition>
      <AgentLabel>Licensee</AgentLabel><AgentType>onixPL:Organization</AgentType>
    </AgentDefinition>
    <AgentDefinition>
      <AgentLabel>AuthorizedUser</AgentLabel><AgentType>onixPL:Person</AgentType>
      <AgentRelatedAgent>
        <AgentAgentRelator>onixPL:IsAnyOf</AgentAgentRelator>
        <RelatedAgent>onixPL:LicenseeStudent</RelatedAgent>
        <RelatedAgent>onixPL:WalkInUser</RelatedAgent>
      </AgentRelatedAgent>
      {restriction}
    </AgentDefinition>
    <ResourceDefinition><ResourceLabel>LicensedContent</ResourceLabel></ResourceDefinition>
    <TimePointDefinition>
      <TimePointLabel>LicenseStartDate</TimePointLabel>
      <TimePointIdentifier><TimePointIDType>onixPL:YYYYMMDD</TimePointIDType><IDValue>{start}</IDValue></TimePointIdentifier>
    </TimePointDefinition>
    <TimePointDefinition>
      <TimePointLabel>LicenseEndDate</TimePointLabel>
      <TimePointIdentifier><TimePointIDType>onixPL:YYYYMMDD</TimePointIDType><IDValue>{end}</IDValue></TimePointIdentifier>
    </TimePointDefinition>
  </Definitions>
  <LicenseGrant><LicenseGrantPurpose>onixPL:AcademicUse</LicenseGrantPurpose></LicenseGrant>
  <UsageTerms>
{usages}
  </UsageTerms>
  {terms}
  <LicenseDocumentText>
    <DocumentLabel>License</DocumentLabel>
    <TextElement id="a"><SortNumber>3.1</SortNumber><Text>Authorised users may read.</Text></TextElement>
    <TextElement id="b"><SortNumber>4.1</SortNumber><DisplayNumber>4.1.</DisplayNumber><Text>None may sell.</Text></TextElement>
  </LicenseDocumentText>
</PublicationsLicenseExpression>
"""  # noqa: E501
USAGE = """    <Usage>
      <UsageType>onixPL:{type}</UsageType>
      <UsageStatus>onixPL:{status}</UsageStatus>
      {before}<LicenseTextLink href="{clause}"/>
      {users}
      <UsedResource>onixPL:{resource}</UsedResource>
      {more}
    </Usage>"""
READ = """    <Usage>
      <UsageType>onixPL:Access</UsageType>
      <UsageStatus>onixPL:Permitted</UsageStatus>
      <LicenseTextLink href="a"/>
      <User>onixPL:AuthorizedUser</User>
      <UsedResource>onixPL:LicensedContent</UsedResource>
    </Usage>"""


def usage(
    kind: str = "Access",
    status: str = "Permitted",
    more: str = "",
    *,
    users: str = "AuthorizedUser",
    resource: str = "LicensedContent",
    clause: str = "a",
    before: str = "",
) -> str:
    written = "".join(f"<User>onixPL:{user}</User>" for user in users.split())
    return USAGE.format(
        type=kind, status=status, users=written, resource=resource, more=more, clause=clause, before=before
    )


def whole(
    usages: str = READ,
    *,
    status: str = "Template",
    start: str = "20260101",
    end: str = "20261231",
    restriction: str = "",
    terms: str = "",
) -> str:
    return WHOLE.format(usages=usages, status=status, start=start, end=end, restriction=restriction, terms=terms)


def read(folder: Path, written: str | bytes, **options: Any) -> tuple[dict[str, Any], list[Problem]]:
    path = folder / "licence.xml"
    path.write_bytes(written if isinstance(written, bytes) else written.encode())
    return reading.read(look(path), reading.Options(**options))


def refused(folder: Path, written: str | bytes) -> list[Problem]:
    try:
        read(folder, written)
    except FileRefused as error:
        return error.problems
    raise AssertionError("it was read")

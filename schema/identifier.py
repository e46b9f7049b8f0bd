"""Identifiers of resources and members."""

import strawberry

from models import resource as rows
from schema.kit.source import column


@strawberry.type(description="A name given by somebody else: an ISSN, a DOI, an ISIL.")
class Identifier:
    namespace: str = column(rows.ResourceIdentifier.namespace, "issn, eissn, isbn, doi, isil, ror …, in lower case.")
    value: str = column(rows.ResourceIdentifier.value, "The identifier in its normal form.")

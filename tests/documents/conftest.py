"""The small consortium of tests/schema, for documents that come in and licences that come of them."""

from tests.schema.conftest import (
    admin,
    anonymous,
    auditor,
    database,
    filled,
    house,
    librarian,
    other_librarian,
    outsider,
    student,
)

__all__ = [
    "admin",
    "anonymous",
    "auditor",
    "database",
    "filled",
    "house",
    "librarian",
    "other_librarian",
    "outsider",
    "student",
]

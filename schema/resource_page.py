"""A page of resources that can also be divided into facets."""

from collections.abc import Callable

from domain.catalogue.search import Search
from schema.kit.connection import Page


class ResourcePage(Page):
    """`search`: what finds all the resources of the list, made when asked for."""

    search: Callable[[], Search]

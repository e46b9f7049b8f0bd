"""POST and GET /graphql (GraphQL over HTTP); one operation is one request, one session and one transaction."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from inspect import isawaitable
from itertools import islice
from typing import Any

from fastapi import APIRouter
from graphql import (
    ExecutionResult,
    FragmentDefinitionNode,
    GraphQLError,
    OperationDefinitionNode,
    OperationType,
    execute,
)
from graphql.execution.values import get_variable_values
from psycopg.errors import DeadlockDetected
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import ClientDisconnect, HTTPConnection, Request
from starlette.responses import PlainTextResponse, Response

from api import database, graphql_answers, graphql_cost, language, limits, pages, query_page, repeats
from api.edge import UNREACHABLE, Asked
from api.graphql_answers import Shape
from api.graphql_documents import Documents, Prepared
from api.limits import Refused
from auth import bearer
from auth.origin import same_origin
from auth.viewer import viewer_of_call
from domain import messages
from domain.principal import Viewer
from domain.reading import Reading
from models.consortium import Consortium
from schema import build
from schema.kit.context import Context
from schema.kit.errors import Code, Refusal
from schema.kit.execution import Execution

EXECUTION_SECONDS = 20.0
MOST_ERRORS = 10
"""Entries of errors[]: the eleventh tells nobody more."""

TRIES = 3
"""Of an operation that waited for another one which waited for it."""

_CONSORTIUM = Reading(select(Consortium))

router = APIRouter(include_in_schema=False)
documents = Documents(build.SCHEMA)


@dataclass(frozen=True, slots=True)
class Operation:
    """What a request asks to run: a valid document, one operation of it, coerced variables."""

    document: Prepared
    definition: OperationDefinitionNode
    name: str | None
    variables: Mapping[str, Any]
    text: str

    @property
    def writes(self) -> bool:
        return self.definition.operation is not OperationType.QUERY

    @property
    def asked(self) -> Asked:
        kind = self.definition.operation.value
        return Asked(kind, self.definition.name.value[:80] if self.definition.name else kind)

    @property
    def introspects(self) -> bool:
        """It asks of the schema alone, and always gets the same answer."""
        return not self.definition.variable_definitions and self.document.introspects(self.definition)

    @property
    def fragments(self) -> dict[str, FragmentDefinitionNode]:
        nodes = self.document.document.definitions if self.document.document else ()
        return {node.name.value: node for node in nodes if isinstance(node, FragmentDefinitionNode)}


class Invalid(Exception):
    """A well-formed request whose document or variables are at fault."""

    def __init__(self, errors: list[GraphQLError]) -> None:
        super().__init__()
        self.errors = errors


class Crossed(Exception):
    """Two transactions waited for each other, and the database ended this one."""


@router.post("/graphql")
async def post(request: Request) -> Response:
    """Queries and mutations."""
    return await _answered(request, _posted)


@router.get("/graphql")
async def get(request: Request) -> Response:
    """Queries only, answered as to anybody: a link can't act as whoever follows it. Browsers get the query page."""
    if pages.wants_page(request):
        await language.house(request)
        return query_page.render(request)
    return await _answered(request, _linked)


@router.api_route("/graphql", methods=["HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"])
async def other(request: Request) -> Response:
    """Refused as everything here is: with errors[] and a code."""
    shape = graphql_answers.accepted(request.headers.get("accept")) or Shape.PLAIN
    told = graphql_answers.entry(Code.BAD_USER_INPUT, "Send POST, or a query by GET.")
    return graphql_answers.refused(shape, [told], 405, {"Allow": "GET, POST"})


@router.api_route("/schema.graphql", methods=["GET", "HEAD"])
async def schema() -> Response:
    """The whole public schema as SDL."""
    return PlainTextResponse(build.sdl(), headers={"Cache-Control": "public, max-age=300"})


async def _answered(request: Request, read: Callable[[Request], Awaitable[Operation]]) -> Response:
    shape = graphql_answers.accepted(request.headers.get("accept"))
    if shape is None:
        wanted = f"Accept must allow {graphql_answers.RESPONSE_JSON} or {graphql_answers.JSON}."
        return graphql_answers.refused(Shape.PLAIN, [graphql_answers.entry(Code.BAD_USER_INPUT, wanted)], 406)
    try:
        return await _run(request, await read(request), shape)
    except Refused as error:
        headers = {"Connection": "close"} if error.close else {}
        if error.status == 405:
            headers["Allow"] = "POST"
        return graphql_answers.refused(shape, [graphql_answers.entry(error.code, error.message)], error.status, headers)
    except Invalid as error:
        return graphql_answers.unexecuted(shape, _shown(request, error.errors))
    except GraphQLError as error:
        return graphql_answers.unexecuted(shape, _shown(request, [error]))
    except ClientDisconnect:
        return Response(status_code=400)
    except bearer.Refused as error:
        told = [graphql_answers.entry(Code.UNAUTHENTICATED, error.message)]
        return graphql_answers.refused(shape, told, 401, {"WWW-Authenticate": error.challenge})
    except UNREACHABLE as error:
        told = _shown(request, [GraphQLError("the database is out of reach", original_error=error)])
        return graphql_answers.refused(shape, told, 503)
    except Exception as error:
        return graphql_answers.unexecuted(shape, _shown(request, [GraphQLError("fault", original_error=error)]))


def _shown(request: Request, errors: Iterable[GraphQLError]) -> list[dict[str, Any]]:
    languages = messages.languages(None, request.headers.get("accept-language"))
    number = getattr(request.state, "request_id", "")
    return [graphql_answers.shown(error, number, languages) for error in islice(errors, MOST_ERRORS)]


async def _posted(request: Request) -> Operation:
    limits.check_headers(request)
    body = limits.read_json(await limits.read_body(request))
    if not isinstance(body, dict):
        raise Refused(400, "The body must be a JSON object; batches are not offered.")
    return _prepared(body)


async def _linked(request: Request) -> Operation:
    parameters: dict[str, Any] = dict(request.query_params)
    if any("\0" in value for value in parameters.values()):
        raise Refused(400, "A text contains the character NUL.")
    for name in ("variables", "extensions"):
        if parameters.get(name):
            parameters[name] = limits.read_json(parameters[name])
        else:
            parameters.pop(name, None)
    operation = _prepared({name: value for name, value in parameters.items() if value != ""})
    if operation.writes:
        raise Refused(405, "GET answers queries only; send mutations by POST.")
    return operation


def _prepared(request: Mapping[str, Any]) -> Operation:
    """The operation of the four parameters that the specification knows; others are passed over, as it says."""
    text, name, variables = request.get("query"), request.get("operationName"), request.get("variables")
    if not isinstance(text, str):
        raise Refused(400, "query is missing or is not a string.")
    if name is not None and not isinstance(name, str):
        raise Refused(400, "operationName must be a string.")
    if variables is not None and not isinstance(variables, dict):
        raise Refused(400, "variables must be an object.")
    if request.get("extensions") is not None and not isinstance(request["extensions"], dict):
        raise Refused(400, "extensions must be an object.")
    document = documents.prepare(text)
    if document.errors:
        raise Invalid(list(document.errors))
    definition = document.operation(name)
    coerced = get_variable_values(
        build.SCHEMA, definition.variable_definitions or (), variables or {}, max_errors=MOST_ERRORS
    )
    if isinstance(coerced, list):
        raise Invalid(coerced)
    operation = Operation(document, definition, name, variables or {}, text)
    graphql_cost.check(build.SCHEMA, definition, operation.fragments, coerced.coerced)
    return operation


async def _run(request: Request, operation: Operation, shape: Shape) -> Response:
    """Run it in the request's transaction, which is committed before the answer begins."""
    request.state.operation = operation.asked
    if operation.introspects:
        return graphql_answers.answer(shape, {"data": documents.introspect(operation.document, operation.name)}, 200)
    for _ in range(TRIES - 1):
        with suppress(Crossed):
            return graphql_answers.answer(shape, await _committed(request, operation), 200)
    return graphql_answers.answer(shape, await _committed(request, operation), 200)


async def _committed(request: Request, operation: Operation) -> dict[str, Any]:
    """Raises Crossed: nothing of it is done, and it may be tried again."""
    async with _transaction(request) as session:
        context = await _context(request, session)
        if operation.writes:
            _check_origin(request, context)
            caller = context.viewer.caller  # one app's kept answer is nothing for another
            asked = {"query": operation.text, "operationName": operation.name, "variables": operation.variables}
            asked |= {"client": str(caller.client_id)} if caller else {}
            return await repeats.once(request, context, asked, lambda: _body(request, operation, context))
        return await _body(request, operation, context)


async def _body(request: Request, operation: Operation, context: Context) -> dict[str, Any]:
    result = await _result(operation, context)
    if any(_is_crossing(error.original_error) for error in result.errors or ()):
        raise Crossed
    body: dict[str, Any] = {"data": result.data}
    if result.errors:
        body["errors"] = _shown(request, result.errors)
    return body


def _is_crossing(error: Exception | None) -> bool:
    return isinstance(error, DBAPIError) and isinstance(error.orig, DeadlockDetected)


async def _result(operation: Operation, context: Context) -> ExecutionResult:
    """What comes out of it; nothing of it goes on afterwards."""
    try:
        async with asyncio.timeout(EXECUTION_SECONDS):
            result = await _executed(operation, context)
    except BaseException:
        await context.turns.stop()
        raise
    await context.turns.settle()
    return result


async def ask(request: Request, session: AsyncSession, viewer: Viewer, document: str, **variables: Any) -> Any:
    """The data of a question that a page of ours asks for its viewer: she is told there what the API tells her.

    Raises whatever a resolver did: there is no answer in part.
    """
    operation = _prepared({"query": document, "variables": variables})
    result = await _result(operation, await _context_of(request, session, viewer))
    if result.errors:
        raise result.errors[0].original_error or result.errors[0]
    return result.data


_transaction = asynccontextmanager(database.transaction)


async def _context(request: Request, session: AsyncSession) -> Context:
    viewer = await viewer_of_call(request if request.method == "POST" else _without_cookies(request), session)
    return await _context_of(request, session, viewer)


async def _context_of(request: Request, session: AsyncSession, viewer: Viewer) -> Context:
    state = request.app.state
    ((consortium,),) = await _CONSORTIUM.rows(session)
    return Context(
        session=session,
        gate=state.gate,
        divisions=state.divisions,
        consortium=consortium,
        public_url=state.settings.public_url,
        retention=state.settings.retention,
        viewer=viewer,
        accept_language=request.headers.get("accept-language"),
    )


def _without_cookies(request: Request) -> HTTPConnection:
    """The same request from a sender whom only her address tells."""
    kept = [(name, value) for name, value in request.scope["headers"] if name != b"cookie"]
    return HTTPConnection({**request.scope, "headers": kept})


def _check_origin(request: Request, context: Context) -> None:
    """What a cookie gives power to must come from a page of ours; other programs send no cookie by accident."""
    if context.viewer.signed_in and not context.viewer.caller and not same_origin(request, context.public_url):
        raise Refusal("A mutation that a cookie signs must come from a page of this server.", Code.FORBIDDEN)


async def _executed(operation: Operation, context: Context) -> ExecutionResult:
    document = operation.document.document
    if document is None:
        raise Refusal("There is nothing to run.")
    result = execute(
        build.SCHEMA,
        document,
        context_value=context,
        variable_values=dict(operation.variables),
        operation_name=operation.name,
        executor_class=Execution,
    )
    return await result if isawaitable(result) else result

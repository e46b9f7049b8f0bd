"""`Idempotency-Key`: a mutation that is sent again gets the answer of the first time, and is done once."""

from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from starlette.requests import Request

from api.limits import Refused
from domain import idempotency
from domain.idempotency import AnswerLost, Claim, OtherRequest, Unusable
from schema.kit.context import Context
from schema.kit.errors import Code

HEADER = "idempotency-key"

Body = dict[str, Any]


async def once(request: Request, context: Context, asked: Body, run: Callable[[], Awaitable[Body]]) -> Body:
    """The answer of `run`, or the one that it had when the same person sent the same request with the same key.

    `asked`: what tells the request from others. Raises Refused.
    """
    header = request.headers.get(HEADER)
    if header is None:
        return await run()
    claimed = await _claimed(context, header, asked)
    if not isinstance(claimed, Claim):
        try:
            kept: Body = orjson.loads(idempotency.answer_of(claimed, context.keys))
        except AnswerLost:
            raise Refused(409, "This was done, but its answer isn't readable any more.") from None
        return kept
    body = await run()
    if _nothing_done(body):
        await idempotency.release(context.session, claimed)
    else:
        await idempotency.keep(context.session, context.keys, claimed, orjson.dumps(body))
    return body


async def _claimed(context: Context, header: str, asked: Body) -> Any:
    if not context.viewer.signed_in:
        raise Refused(401, "An Idempotency-Key is for somebody signed in.", Code.UNAUTHENTICATED)
    try:
        key = idempotency.key_of(header)
    except Unusable:
        raise Refused(400, f"An Idempotency-Key has 1 to {idempotency.LONGEST} ASCII characters.") from None
    try:
        return await idempotency.claim(context.session, context.viewer, key, idempotency.digest(asked))
    except OtherRequest:
        raise Refused(422, "This Idempotency-Key was used for another request; take a new one.") from None


def _nothing_done(body: Body) -> bool:
    """Every act failed by a fault, so that there is nothing to repeat."""
    return "errors" in body and not any((body["data"] or {}).values())

"""Arguments that many fields share."""

from typing import Annotated

import strawberry

Lang = Annotated[
    str | None, strawberry.argument(description="BCP 47. Left out: Accept-Language, then the consortium's language.")
]
First = Annotated[int | None, strawberry.argument(description="How many from the front: 1 to 100. Default: 20.")]
After = Annotated[str | None, strawberry.argument(description="A cursor: only what comes after it.")]
Last = Annotated[int | None, strawberry.argument(description="How many from the end: 1 to 100.")]
Before = Annotated[str | None, strawberry.argument(description="A cursor: only what comes before it.")]

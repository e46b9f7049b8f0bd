from collections.abc import Sequence

from pyroaring import BitMap

from models.vocabulary import Action
from schema.kit.context import Info


async def readable(info: Info, actions: Sequence[Action]) -> dict[Action, BitMap]:
    return {action: BitMap() for action in actions}

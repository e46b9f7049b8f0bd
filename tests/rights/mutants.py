"""Mutants: a module of the program with one thing in it said otherwise, to see whether the tests notice.

What is said otherwise: a comparison, `and` and `or`, a `not`, whether an `if` holds, which way a conditional expression
goes, a number or a truth, `min` and `max`, `any` and `all`, plus and minus, a filter that lets everything through, a
statement or a `yield` that isn't there.

No mutants are made where no test could tell them, by construction: of decorators, annotations and docstrings, of what
is logged, of `assert_never`; nor of an enumeration's values, which are names.
"""

import ast
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

_OTHERWISE: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_COUNTERPARTS = {"min": "max", "max": "min", "any": "all", "all": "any"}
_UNTOLD = ("decorator_list", "annotation", "returns")


@dataclass(frozen=True)
class Mutant:
    """`name`: of what stands in it at the top of the module; `code` makes that anew."""

    module: ModuleType
    name: str
    line: int
    what: str
    code: CodeType

    def __str__(self) -> str:
        return f"{self.module.__name__}:{self.line} {self.what}"

    def live(self) -> None:
        """Take the place of what is in the module, in this process and for good; for whoever imported it as well."""
        known = vars(self.module)
        names = dict(known)
        exec(self.code, names)
        if isinstance(known[self.name], FunctionType | type) or hasattr(known[self.name], "__wrapped__"):
            _graft(known[self.name], names[self.name])
        else:
            known[self.name] = names[self.name]


def mutants(module: ModuleType, besides: frozenset[str] = frozenset()) -> Iterator[Mutant]:
    """Those of a module, line by line. `besides`: names at its top that are left alone."""
    assert module.__file__
    path = Path(module.__file__)
    for statement in ast.parse(path.read_text("utf-8")).body:
        name = _name(statement)
        if name is None or name in besides:
            continue
        for place, what, line in list(_places(statement)):
            changed = deepcopy(statement)
            place(changed)
            tree = ast.fix_missing_locations(ast.Module([changed], []))
            yield Mutant(module, name, line, what, compile(tree, path, "exec"))


def _name(statement: ast.stmt) -> str | None:
    match statement:
        case ast.ClassDef(bases=[ast.Name(id="Enum" | "IntEnum" | "StrEnum")]):
            return None
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return name
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            return name
        case _:
            return None


@dataclass(frozen=True)
class _Place:
    """Where in a statement a node stands, as the way there, and what stands there instead."""

    way: tuple[tuple[str, int | None], ...]
    instead: ast.AST | list[ast.expr] | None

    def __call__(self, tree: ast.AST) -> None:
        *way, (last, at) = self.way
        for field, number in way:
            found = getattr(tree, field)
            tree = found if number is None else found[number]
        if at is None:
            setattr(tree, last, self.instead)
        else:
            getattr(tree, last)[at] = self.instead


def _places(tree: ast.AST, way: tuple[tuple[str, int | None], ...] = ()) -> Iterator[tuple[_Place, str, int]]:
    for field, found in ast.iter_fields(tree):
        if field in _UNTOLD:
            continue
        among = enumerate(found) if isinstance(found, list) else [(None, found)]
        for number, node in among:
            if not isinstance(node, ast.AST) or _untold(node):
                continue
            here = (*way, (field, number))
            line = getattr(node, "lineno", 0) or getattr(getattr(node, "target", None), "lineno", 0)
            for part, instead, what in _changes(node):
                yield _Place((*here, *part), instead), what, line
            yield from _places(node, here)


def _untold(node: ast.AST) -> bool:
    match node:
        case ast.Expr(value=ast.Constant()):  # a docstring, or the `...` of a protocol
            return True
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id="log")))):
            return True
        case ast.Call(func=ast.Name(id="assert_never")) | ast.Expr(value=ast.Call(func=ast.Name(id="assert_never"))):
            return True
        case _:
            return False


_Change = tuple[tuple[tuple[str, int | None], ...], Any, str]
_HERE: tuple[tuple[str, int | None], ...] = ()


def _changes(node: ast.AST) -> Iterator[_Change]:
    """The part of the node that changes (none: all of it), what stands there instead, and in words."""
    match node:
        case ast.Compare(ops=ops):
            for number, op in enumerate(ops):
                other = _OTHERWISE[type(op)]
                yield (("ops", number),), other(), f"{other.__name__} for {type(op).__name__}"
        case ast.BoolOp(op=ast.And()):
            yield (("op", None),), ast.Or(), "or for and"
        case ast.BoolOp(op=ast.Or()):
            yield (("op", None),), ast.And(), "and for or"
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield _HERE, operand, "no not"
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            yield _HERE, operand, "no minus"
        case ast.IfExp(body=body, orelse=orelse):
            yield _HERE, ast.IfExp(node.test, orelse, body), "the other way"
        case ast.If():
            yield (("test", None),), ast.Constant(False), "never"
            yield (("test", None),), ast.Constant(True), "always"
        case ast.While():
            yield (("test", None),), ast.Constant(False), "never"
        case ast.Constant(value=bool(value)):
            yield _HERE, ast.Constant(not value), f"{not value}"
        case ast.Constant(value=int(value)):
            yield _HERE, ast.Constant(value + 1), f"{value + 1} for {value}"
        case ast.Call(func=ast.Name(id=name)) if name in _COUNTERPARTS:
            yield (("func", None),), ast.Name(_COUNTERPARTS[name], ast.Load()), f"{_COUNTERPARTS[name]} for {name}"
        case ast.BinOp(op=ast.Add()):
            yield (("op", None),), ast.Sub(), "minus for plus"
        case ast.BinOp(op=ast.Sub()):
            yield (("op", None),), ast.Add(), "plus for minus"
        case ast.comprehension(ifs=ifs):
            for number in range(len(ifs)):
                yield (("ifs", number),), ast.Constant(True), f"no filter {number + 1}"
        case ast.match_case(guard=ast.expr()):
            yield (("guard", None),), None, "no guard"
        case ast.Expr(value=ast.Yield() | ast.YieldFrom()):
            yield _HERE, ast.If(ast.Constant(False), [node], []), "not yielded"
        case ast.Expr() | ast.AugAssign() | ast.Delete() | ast.Continue() | ast.Break():
            yield _HERE, ast.Pass(), "not done"
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):
            yield _HERE, ast.Pass(), "not done"


def _graft(old: Any, new: Any) -> None:
    """Make a function or class do what another of the same name does, without being another object."""
    match old:
        case type():
            for name, value in vars(new).items():
                if name in vars(old):
                    _graft(vars(old)[name], value)
        case property():
            _graft(old.fget, new.fget)
        case cached_property():
            _graft(old.func, new.func)
        case staticmethod() | classmethod():
            _graft(old.__func__, new.__func__)
        case FunctionType() if not hasattr(old, "__wrapped__"):
            old.__defaults__, old.__kwdefaults__ = new.__defaults__, new.__kwdefaults__
            if old.__code__.co_freevars == new.__code__.co_freevars == ():
                old.__code__ = new.__code__
        case _ if hasattr(old, "__wrapped__"):
            _graft(old.__wrapped__, new.__wrapped__)
            if hasattr(old, "cache_clear"):
                old.cache_clear()
        case _:
            pass

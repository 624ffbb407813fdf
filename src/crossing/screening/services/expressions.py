"""JMESPath as the descriptions of services use it: compiled once, with a few functions of ours, and checked for names
that no function has before anybody is asked with it."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final, TypeAlias

import jmespath
from jmespath.exceptions import JMESPathError
from jmespath.functions import Functions, signature
from pydantic import BeforeValidator

from crossing.screening.countries import state_code
from crossing.screening.yente.properties import alpha_2

LONGEST: Final = 4000

Json: TypeAlias = Any
"""What ``json.loads`` gives."""


class _Functions(Functions):
    """``lower``, ``upper`` of a text; ``alpha2``, ``alpha3`` of a State's code; ``lookup`` of a word in an object.

    Each gives null for null, so that what is not known of a traveller stays unknown; ``lookup`` also for a text that
    the object does not have.
    """

    @signature({"types": ["string", "null"]})
    def _func_lower(self, text: str | None) -> str | None:
        return None if text is None else text.lower()

    @signature({"types": ["string", "null"]})
    def _func_upper(self, text: str | None) -> str | None:
        return None if text is None else text.upper()

    @signature({"types": ["string", "null"]})
    def _func_alpha2(self, state: str | None) -> str | None:
        return alpha_2(state).upper() if state else None

    @signature({"types": ["string", "null"]})
    def _func_alpha3(self, state: str | None) -> str | None:
        return (state_code(state) or None) if state else None

    @signature({"types": ["object"]}, {"types": ["string", "null"]})
    def _func_lookup(self, table: dict[str, Json], key: str | None) -> Json:
        return None if key is None else table.get(key)


_OPTIONS: Final = jmespath.Options(custom_functions=_Functions())


class CannotEvaluate(ValueError):
    """The expression and the document don't fit. Says nothing of what the document holds."""


class Expression:
    """One JMESPath expression. Raises ValueError where it can't be compiled, or calls an unknown function."""

    def __init__(self, text: str) -> None:
        if len(text) > LONGEST:
            raise ValueError(f"an expression has at most {LONGEST} characters")
        self.text: Final = text
        try:
            self._compiled: Final = jmespath.compile(text)
        except JMESPathError as error:
            raise ValueError(f"not a JMESPath expression: {' '.join(str(error).split())}") from error
        known = _Functions.FUNCTION_TABLE
        if unknown := sorted({name for name in _called(self._compiled.parsed) if name not in known}):
            raise ValueError(f"JMESPath has no function {', '.join(unknown)}")

    def of(self, document: Json) -> Json:
        """What the expression gives of ``document``, null for what is not there. Raises :class:`CannotEvaluate`."""
        try:
            return self._compiled.search(document, _OPTIONS)
        except (JMESPathError, ValueError, TypeError, ArithmeticError, RecursionError) as error:
            # The library's own words repeat the value, which may be a person's.
            raise CannotEvaluate(type(error).__name__) from None

    def __repr__(self) -> str:
        return f"Expression({self.text!r})"


def _called(node: Mapping[str, Any]) -> Iterator[str]:
    """The names of all functions that are called below a node of the parsed tree."""
    if node["type"] == "function_expression":
        yield node["value"]
    for child in node["children"]:
        if isinstance(child, Mapping):
            yield from _called(child)


def _compiled(value: object) -> object:
    """Anything but a text is left for pydantic to refuse."""
    return Expression(value) if isinstance(value, str) else value


JmesPath = Annotated[Expression, BeforeValidator(_compiled)]
"""A field of a description that holds an expression, written as a text."""

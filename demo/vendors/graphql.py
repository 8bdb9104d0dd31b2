"""As much of GraphQL as a read needs: one operation, selections, aliases, arguments, variables."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|\$?[A-Za-z_]\w*|-?\d+(?:\.\d+)?|[{}()\[\]:!]')


class NotGraphQLError(Exception):
    pass


@dataclass(frozen=True)
class Field:
    name: str
    alias: str
    arguments: dict[str, Any]
    fields: tuple[Field, ...]

    def named(self, name: str) -> list[Field]:
        return [field for field in self.fields if field.name == name]


def read(query: str, variables: Mapping[str, Any]) -> tuple[Field, ...]:
    """Return the selections of the operation, variables filled in."""
    tokens = _TOKEN.findall(query)
    if tokens[:1] == ["query"]:
        tokens = tokens[_after_head(tokens) :]
    reader = _Reader(tokens, variables)
    fields = reader.selections()
    if reader.rest:
        raise NotGraphQLError("syntax error")
    return fields


def _after_head(tokens: list[str]) -> int:
    """Position of the first selection: behind the name and the declared variables."""
    if "(" in tokens and tokens.index("(") < tokens.index("{"):
        return tokens.index(")") + 1
    return tokens.index("{") if "{" in tokens else len(tokens)


class _Reader:
    def __init__(self, tokens: list[str], variables: Mapping[str, Any]) -> None:
        self.rest = tokens[::-1]
        self._variables = variables

    def _take(self, wanted: str | None = None) -> str:
        token = self.rest.pop() if self.rest else ""
        if not token or (wanted is not None and token != wanted):
            raise NotGraphQLError(f"syntax error at {token or 'the end'}")
        return token

    def _next_is(self, token: str) -> bool:
        return bool(self.rest) and self.rest[-1] == token

    def selections(self) -> tuple[Field, ...]:
        self._take("{")
        found = []
        while not self._next_is("}"):
            found.append(self._field())
        self._take("}")
        return tuple(found)

    def _field(self) -> Field:
        alias = name = self._take()
        if self._next_is(":"):
            self._take()
            name = self._take()
        arguments = self._pairs("(", ")") if self._next_is("(") else {}
        return Field(name, alias, arguments, self.selections() if self._next_is("{") else ())

    def _pairs(self, opening: str, closing: str) -> dict[str, Any]:
        self._take(opening)
        found = {}
        while not self._next_is(closing):
            key = self._take()
            self._take(":")
            found[key] = self._value()
        self._take(closing)
        return found

    def _value(self) -> Any:
        if self._next_is("{"):
            return self._pairs("{", "}")
        if self._next_is("["):
            self._take()
            values = []
            while not self._next_is("]"):
                values.append(self._value())
            self._take()
            return values
        token = self._take()
        if token.startswith("$"):
            return self._variables.get(token[1:])
        return json.loads(token) if token[0] in '"-0123456789' else token

"""RedisQ's `filter` parameter: `key<op>value` rules, joined by `;` (all must hold) or `,` (one must hold)."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

_RULE = re.compile(r"\s*(\w+)\s*(<=|>=|!=|=|<|>)\s*(.*?)\s*")
_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class Rule(NamedTuple):
    key: str
    holds: Callable[[Any, Any], bool]
    value: str


class PackageFilter:
    """What a client wants to see of the feed; the rest is popped and thrown away."""

    def __init__(self, text: str) -> None:
        """Parse `text`; an empty one lets everything pass. Raises ValueError where it is no filter."""
        if ";" in text and "," in text:
            raise ValueError("a filter joins its rules by ; or by ,, not by both")
        self._join = any if "," in text else all
        self.rules = [_rule(part) for part in re.split("[;,]", text)] if text.strip() else []

    def matches(self, package: object) -> bool:
        """Whether this package (plain JSON values) passes; a key is looked for at every depth."""
        return self._join(any(_compare(rule, value) for value in _values(package, rule.key)) for rule in self.rules)


def _rule(text: str) -> Rule:
    match = _RULE.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not of the form key=value")
    return Rule(match[1], _OPERATORS[match[2]], match[3])


def _compare(rule: Rule, value: object) -> bool:
    try:
        return rule.holds(float(value), float(rule.value))  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return rule.holds(str(value), rule.value)


def _values(node: object, key: str) -> Iterator[object]:
    if isinstance(node, dict):
        for name, value in node.items():
            if name == key:
                yield value
            yield from _values(value, key)
    elif isinstance(node, list):
        for value in node:
            yield from _values(value, key)

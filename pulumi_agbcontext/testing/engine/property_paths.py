"""Property paths such as `files["/a.txt"]` and `items[0].name`, and differences between two sets of properties."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pulumi_agbcontext.testing.engine.engine_errors import EngineError
from pulumi_agbcontext.testing.engine.property_values import Properties, Secret, Value, has_secret, reveal

Step = str | int
ABSENT: Any = object()
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_PART = re.compile(r'\.?(?P<name>[^.\["]+)|\[(?P<index>\d+|\*)\]|\["(?P<quoted>(?:[^"\\]|\\.)*)"\]', re.DOTALL)


@dataclass(frozen=True)
class Change:
    """Difference at a property path. A missing value is None."""

    kind: Literal["add", "delete", "update"]
    path: str
    old: Value = None
    new: Value = None


def parse_path(path: str) -> list[Step]:
    """Return the segments of a property path, in which `*` matches every key or index.

    Raises:
        EngineError: the text is not a property path.
    """
    steps: list[Step] = []
    position = 0
    while position < len(path):
        part = _PART.match(path, position)
        if part is None:
            raise EngineError(f"{path!r} is not a property path")
        position = part.end()
        if part["index"] is not None:
            steps.append("*" if part["index"] == "*" else int(part["index"]))
        elif part["name"] is not None:
            steps.append(part["name"])
        else:
            steps.append(_ESCAPED.sub(r"\1", part["quoted"]))
    return steps


def format_path(steps: tuple[Step, ...]) -> str:
    """Return the text of a path, with dots before simple names, and other keys quoted in brackets."""
    text = ""
    for step in steps:
        if isinstance(step, int):
            text += f"[{step}]"
        elif re.fullmatch(r"\w+", step):
            text += f".{step}" if text else step
        else:
            escaped = step.replace("\\", "\\\\").replace('"', '\\"')
            text += f'["{escaped}"]'
    return text


def covers(pattern: str, path: str) -> bool:
    """Return whether the path matches the pattern, or is below a path that does."""
    wanted, actual = parse_path(pattern), parse_path(path)
    return len(wanted) <= len(actual) and all(w in ("*", a) for w, a in zip(wanted, actual, strict=False))


def differences(old: Mapping[str, Value], new: Mapping[str, Value]) -> list[Change]:
    """Return all differences between two sets of properties, by path. Secrets remain secrets."""
    return list(_differences((), dict(old), dict(new)))


def changes_at(detailed: Mapping[str, str], old: Mapping[str, Value], new: Mapping[str, Value]) -> list[Change]:
    """Return the differences that a provider reports.

    Args:
        detailed: kinds of differences by path.
        old: old properties.
        new: new properties.
    """
    kinds: dict[str, Literal["add", "delete", "update"]] = {"add": "add", "delete": "delete"}
    return [
        Change(kinds.get(kind, "update"), path, _value_at(old, path), _value_at(new, path))
        for path, kind in sorted(detailed.items())
    ]


def _value_at(value: Value, path: str) -> Value:
    """Return the value at a path, as a secret if it is inside one."""
    secret = False
    for step in parse_path(path):
        secret, value = secret or isinstance(value, Secret), _unwrap(value)
        known = isinstance(value, dict) or (isinstance(value, list) and isinstance(step, int) and step < len(value))
        value = (value.get(step) if isinstance(value, dict) else value[step]) if known else None
    return Secret(value) if secret else value


def _differences(at: tuple[Step, ...], old: Value, new: Value) -> Iterator[Change]:
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted({**old, **new}):
            yield from _differences((*at, key), old.get(key, ABSENT), new.get(key, ABSENT))
    elif isinstance(old, list) and isinstance(new, list):
        for index in range(max(len(old), len(new))):
            yield from _differences((*at, index), *(v[index] if index < len(v) else ABSENT for v in (old, new)))
    elif old is ABSENT:
        yield Change("add", format_path(at), new=new)
    elif new is ABSENT:
        yield Change("delete", format_path(at), old=old)
    elif reveal(old) != reveal(new) or isinstance(reveal(old), bool) != isinstance(reveal(new), bool):
        secret = has_secret(old) or has_secret(new)
        yield Change("update", format_path(at), Secret(old) if secret else old, Secret(new) if secret else new)


def restore_ignored(inputs: Properties, old: Mapping[str, Value], ignored: list[str]) -> Properties:
    """Return the inputs with the old value at every path in `ignore_changes`."""
    for path in ignored:
        inputs = _restore(inputs, dict(old), parse_path(path))
    return inputs


def _restore(new: Value, old: Value, steps: list[Step]) -> Value:
    if not steps:
        return old
    if isinstance(old, Secret) or isinstance(new, Secret):
        return Secret(_restore(_unwrap(new), _unwrap(old), steps))
    if isinstance(new, list) and isinstance(old, list):
        return _restore_items(new, old, steps)
    if not isinstance(new, dict):
        return new
    restored, old_map = dict(new), old if isinstance(old, dict) else {}
    for key in {**new, **old_map} if steps[0] == "*" else [str(steps[0])]:
        value = _restore(new.get(key, ABSENT), old_map.get(key, ABSENT), steps[1:])
        if value is ABSENT:
            restored.pop(key, None)
        else:
            restored[key] = value
    return restored


def _unwrap(value: Value) -> Value:
    return value.value if isinstance(value, Secret) else value


def _restore_items(new: list[Value], old: list[Value], steps: list[Step]) -> list[Value]:
    step, rest = steps[0], steps[1:]
    chosen = range(len(new)) if step == "*" else [step]
    return [
        _restore(item, old[index], rest) if index in chosen and index < len(old) else item
        for index, item in enumerate(new)
    ]

"""Write the tables in docs/ from the models that define the properties.

With `--check`, only report whether the tables are current.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from pulumi_agbcontext.lifecycle.context.model import ContextInputs, ContextState
from pulumi_agbcontext.lifecycle.context_directory.model import ContextDirectoryInputs, ContextDirectoryState
from pulumi_agbcontext.lifecycle.context_file.model import ContextFileInputs, ContextFileState
from pulumi_agbcontext.lifecycle.data_sources import DATA_SOURCES, DataSource
from pulumi_agbcontext.lifecycle.provider.configuration import NAMESPACE, Configuration
from pulumi_agbcontext.schema import INTERNAL

ROOT = Path(__file__).parent.parent


def main() -> int:
    """Write or check the tables. Return the exit status."""
    tables = {
        "docs/resources.md": {
            "properties": _inputs(ContextInputs),
            "outputs": _outputs("ID of the context.", ContextState, ContextInputs),
            "directory properties": _inputs(ContextDirectoryInputs),
            "directory outputs": _outputs(
                "Id of the context and path, for example `SdkCtx-1/data/`.",
                ContextDirectoryState,
                ContextDirectoryInputs,
            ),
            "file properties": _inputs(ContextFileInputs),
            "file outputs": _outputs(
                "Id of the context and path, for example `SdkCtx-1/data/report.txt`.",
                ContextFileState,
                ContextFileInputs,
            ),
        },
        "docs/installation-configuration.md": {"configuration": _configuration()},
        "docs/functions.md": {"functions": _functions()},
    }
    stale = [page for page, its_tables in tables.items() if _update(ROOT / page, its_tables)]
    for page in stale:
        print(f"The tables of {page} do not match the models. Run `make docs`.", file=sys.stderr)
    return int(bool(stale))


def _update(page: Path, tables: Mapping[str, str]) -> bool:
    """Write the tables of a page, or return whether they are outdated."""
    old = new = page.read_text(encoding="utf-8")
    for name, table in tables.items():
        new = _between(new, name, table, page)
    if "--check" in sys.argv:
        return new != old
    page.write_text(new, encoding="utf-8")
    return False


def _between(text: str, name: str, table: str, page: Path) -> str:
    pattern = re.compile(rf"(<!-- {name}:[^\n]*-->\n).*?(<!-- end of {name} -->)", re.DOTALL)
    if not pattern.search(text):
        raise SystemExit(f"{page} has no marks for the table {name}.")
    return pattern.sub(lambda match: f"{match[1]}{table}{match[2]}", text)


def _inputs(model: type[BaseModel]) -> str:
    return _table(("input", "default", "meaning"), [_row(name, field) for name, field in _fields(model)])


def _row(name: str, field: FieldInfo) -> tuple[str, ...]:
    return f"`{name}`", _default(field), _text(field)


def _outputs(identity: str, state: type[BaseModel], inputs: type[BaseModel]) -> str:
    only = [(name, field) for name, field in _fields(state) if name not in inputs.model_fields]
    return _table(("output", "meaning"), [("`id`", identity), *((f"`{name}`", _text(field)) for name, field in only)])


def _configuration() -> str:
    rows = [(f"`{NAMESPACE}:{field.alias}`", _default(field), _text(field)) for _, field in _fields(Configuration)]
    return _table(("setting", "default", "meaning"), rows)


def _functions() -> str:
    head = ("function", "description", "API operation")
    return _table(
        head, [(_call(name, source), source.description, source.operation) for name, source in DATA_SOURCES.items()]
    )


def _call(name: str, source: DataSource) -> str:
    """Return the call of a function in Python; optional arguments end with `=`."""
    fields = source.arguments.model_fields.items()
    arguments = [argument if field.is_required() else f"{argument}=" for argument, field in fields]
    return f"`{re.sub('([A-Z])', lambda match: '_' + match[1].lower(), name)}({', '.join(arguments)})`"


def _fields(model: type[BaseModel]) -> list[tuple[str, FieldInfo]]:
    """Return the fields of a model, its own before those that it shares with other models."""
    names = dict.fromkeys(name for base in model.__mro__ for name in vars(base).get("__annotations__", {}))
    fields = model.model_fields
    return [(name, fields[name]) for name in names if name in fields and name not in INTERNAL]


def _default(field: FieldInfo) -> str:
    default = field.get_default(call_default_factory=True)
    return f"`{default}`" if isinstance(default, (bool, int, float, str)) and default != "" else ""


def _text(field: FieldInfo) -> str:
    """Return the description, with Python names of properties."""
    models: tuple[type[BaseModel], ...] = (ContextState, ContextFileInputs)
    spelled = {str(field.alias): name for model in models for name, field in model.model_fields.items()}
    text = re.sub(r"`(\w+)`", lambda match: f"`{spelled.get(match[1], match[1])}`", field.description or "")
    return text.replace("|", "\\|")


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    sys.exit(main())

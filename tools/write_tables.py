"""Write the README's tables from the models that own the properties; `--check` only says whether they are current."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from pulumi_agbcontext.lifecycle.configuration import NAMESPACE, Configuration
from pulumi_agbcontext.lifecycle.context_file import ContextFileInputs
from pulumi_agbcontext.lifecycle.inputs import ContextInputs, ContextState

README = Path(__file__).parent.parent / "README.md"
INTERNAL = {"autonamed"}
_HEAD = ("input", "default", "meaning")


def main() -> int:
    """Write or check the tables; gives the exit status."""
    old = README.read_text(encoding="utf-8")
    new = _between(old, "properties", _table(_HEAD, _inputs(ContextInputs)))
    new = _between(new, "outputs", _outputs())
    new = _between(new, "file properties", _table(_HEAD, _inputs(ContextFileInputs)))
    new = _between(new, "configuration", _configuration())
    if "--check" in sys.argv:
        if new != old:
            print("README.md: its tables are not what the models say; run `make docs`", file=sys.stderr)
        return int(new != old)
    README.write_text(new, encoding="utf-8")
    return 0


def _between(text: str, name: str, table: str) -> str:
    pattern = re.compile(rf"(<!-- {name}:[^\n]*-->\n).*?(<!-- end of {name} -->)", re.DOTALL)
    if not pattern.search(text):
        raise SystemExit(f"README.md: no place for the table of {name}")
    return pattern.sub(lambda match: f"{match[1]}{table}{match[2]}", text)


def _inputs(model: type[BaseModel]) -> list[tuple[str, ...]]:
    return [(f"`{name}`", _default(field), _text(field)) for name, field in _fields(model)]


def _outputs() -> str:
    only = [(name, field) for name, field in _fields(ContextState) if name not in ContextInputs.model_fields]
    rows = [("`id`", "The API's id of the context."), *((f"`{name}`", _text(field)) for name, field in only)]
    return _table(("output", "meaning"), rows)


def _configuration() -> str:
    rows = [(f"`{NAMESPACE}:{field.alias}`", _default(field), _text(field)) for _, field in _fields(Configuration)]
    return _table(("setting", "default", "meaning"), rows)


def _fields(model: type[BaseModel]) -> list[tuple[str, FieldInfo]]:
    return [(name, field) for name, field in model.model_fields.items() if name not in INTERNAL]


def _default(field: FieldInfo) -> str:
    default = field.get_default(call_default_factory=True)
    return f"`{default}`" if isinstance(default, (bool, int, float, str)) and default != "" else ""


def _text(field: FieldInfo) -> str:
    """Give the description, with properties spelled as Python programs spell them."""
    spelled = {str(field.alias): name for name, field in ContextState.model_fields.items()}
    text = re.sub(r"`(\w+)`", lambda match: f"`{spelled.get(match[1], match[1])}`", field.description or "")
    return text.replace("|", "\\|")


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    sys.exit(main())

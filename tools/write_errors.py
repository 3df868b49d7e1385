"""Write docs/errors.md: every message with its cause and its remedy. With `--check`, report whether it is current.

The messages come from `pulumi_agbcontext.messages`, called with the sample values below. Causes and remedies that the
code does not contain come from `error_notes.yaml`; the program fails if a message has none.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import yaml

from pulumi_agbcontext.errors import AGBError, UnreachableError
from pulumi_agbcontext.messages import (
    api_calls,
    archives,
    causes,
    commands,
    configuration,
    conflicts,
    guards,
    inputs,
    resources,
)

PAGE = Path(__file__).parent.parent / "docs" / "errors.md"
NOTES: dict[str, dict[str, dict[str, Any]]] = yaml.safe_load(
    Path(__file__).with_name("error_notes.yaml").read_text("utf-8")
)
CONTEXT = "SdkCtx-04ml3r7wphp8nq2la"
SAMPLES: dict[str, Any] = {  # by parameter name; a default of the message takes precedence
    "address": "https://example.com/a.csv",
    "created_at": "3 days ago",  # not a time, so that the message contains it as it is
    "below": "/data/a.csv",
    "canonical": "/data/a.csv",
    "code": "Context.NotFound",
    "context_id": CONTEXT,
    "action": "get context 'demo'",
    "endpoint": "https://sdk-api.agb.cloud",
    "error": UnreachableError("No answer", cause=causes.OUT_OF_TIME),
    "failure": AGBError(f"Could not upload /data/a.csv to context {CONTEXT}", cause=causes.STORE_REFUSED),
    "deletion": AGBError(f"Could not delete context {CONTEXT}", cause=causes.OUT_OF_TIME),
    "directory": "/home/dev/shop",
    "holder": "data",
    "deletes": 12,
    "directory_id": "/data",
    "file_id": "report.txt",
    "given": ["content", "source"],
    "http_status": 400,
    "kept_because": causes.foreign_file("/data/a.csv"),
    "kind": "int",
    "known": ["files", "name"],
    "last_state": "clearing",
    "length": 5000,
    "filtered": False,
    "limit": 1024,
    "member": "../a.csv",
    "members": 100_001,
    "missing": ["/data/a.csv"],
    "name": "demo",
    "other": "secret_files",
    "owner": "other-resource",
    "path": "/data/a.csv",
    "paths": ["/data/a.csv", "/data/b.csv"],
    "request_id": "6B2F-0001",
    "seconds": 30.0,
    "separator": "!/",
    "size": 2_000_000,
    "source": "seed/.gitignore",
    "timeout": 60.0,
    "value": "'many'",
    "wanted": "an integer",
    "which": CONTEXT,
}
HEAD = """---
title: AGB contexts errors
meta_desc: Every error message from the Pulumi provider for AGB contexts, with its cause and remedy.
---

<!-- Written by `make docs` from pulumi_agbcontext/messages and tools/error_notes.yaml. -->

# Errors

Every error is one line: what failed, the cause, the API's error code and request id if there are any, and the remedy.
The values below are samples. No message contains a key, the query string of a presigned URL, or file content.

- After an error in a Python program, the Pulumi CLI can add a traceback that ends with `KeyboardInterrupt`. Ignore it,
  and read the line that starts with `error:`.
- To find the `<urn>` for `pulumi state delete <urn>`, run `pulumi stack --show-urns`.
"""
PARTS = [
    ("Invalid inputs", "`pulumi preview` reports these errors, each prefixed with the name of the property.", inputs),
    (
        "Invalid archives",
        "`pulumi preview` reports these errors, each prefixed with the name of the property. In the first five "
        'messages, "it" is a member of the archive.',
        archives,
    ),
    ("Invalid configuration", "", configuration),
    ("Resources", "", resources),
    ("Conflicts within one program", "", conflicts),
    ("Guards and limits", "", guards),
    ("API calls and transfers", "", api_calls),
    (
        "Commands",
        "The `download` and `upload` commands of `python -m pulumi_agbcontext` report these errors.",
        commands,
    ),
    (
        "Causes",
        "If neither the API nor the operating system reports a cause, the error contains one of these texts.",
        causes,
    ),
]


def main() -> int:
    """Write or check the page. Return the exit status."""
    text = page()
    if "--check" in sys.argv:
        current = PAGE.exists() and PAGE.read_text(encoding="utf-8") == text
        if not current:
            print("docs/errors.md is outdated. Run `make docs`.", file=sys.stderr)
        return int(not current)
    PAGE.write_text(text, encoding="utf-8")
    return 0


def page() -> str:
    """Return the text of the page."""
    return HEAD + "".join(_part(*part) for part in PARTS)


def _part(title: str, about: str, module: ModuleType) -> str:
    rows = "".join(f"| {' | '.join(row)} |\n" for row in _rows(module))
    about = f"{about}\n\n" if about else ""
    return f"\n## {title}\n\n{about}| message | cause | remedy |\n| --- | --- | --- |\n{rows}"


def _rows(module: ModuleType) -> Iterator[tuple[str, ...]]:
    notes = NOTES[module.__name__.rpartition(".")[2]]
    for name, message in vars(module).items():
        if name.startswith("_"):
            continue
        if isinstance(message, str) and name.isupper():
            yield _row(name, notes.get(name, {}), message, "", "")
        elif inspect.isfunction(message) and message.__module__ == module.__name__:
            note = notes.get(name, {})
            worded, remedy = _worded(message, {**SAMPLES, **note.get("with", {})})
            yield _row(name, note, worded, (message.__doc__ or "").partition("\n")[0], remedy)


def _worded(message: Callable[..., AGBError | str], samples: dict[str, Any]) -> tuple[str, str]:
    parameters = inspect.signature(message).parameters.values()
    worded = message(**{one.name: samples[one.name] for one in parameters if one.default is inspect.Parameter.empty})
    if isinstance(worded, str):
        return worded, ""
    return str(worded).removesuffix(worded.remedy).strip(), worded.remedy


def _row(name: str, note: dict[str, str], message: str, cause: str, remedy: str) -> tuple[str, ...]:
    cells = (message, note.get("cause", cause), note.get("remedy", remedy))
    if not all(cells):
        raise SystemExit(f"tools/error_notes.yaml: add the cause and the remedy of {name}: {message}")
    return tuple(cell.replace("|", "\\|") for cell in cells)


if __name__ == "__main__":
    sys.exit(main())

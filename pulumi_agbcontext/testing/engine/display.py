"""Display of a deployment, with its operations and their changes, diagnostics, outputs and a summary."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from typing import TypeAlias

from pulumi.automation.events import EngineEvent, OpType, ResourcePreEvent, StepEventMetadata, SummaryEvent

from pulumi_agbcontext.testing.engine.checkpoint import Resource
from pulumi_agbcontext.testing.engine.property_paths import Change, covers, differences
from pulumi_agbcontext.testing.engine.property_values import Properties, Secret, Unknown, Value

OnOutput: TypeAlias = Callable[[str], object]
OnEvent: TypeAlias = Callable[[EngineEvent], object]

SIGNS = {
    "same": " ",
    "create": "+",
    "update": "~",
    "delete": "-",
    "replace": "+-",
    "create-replacement": "++",
    "delete-replaced": "--",
    "read": ">",
    "discard": "<",
    "discard-replaced": "<<",
    "refresh": "~",
    "import": "=",
    "import-replacement": "=>",
}
PAST_TENSE = {
    "same": "unchanged",
    "create": "created",
    "update": "updated",
    "delete": "deleted",
    "replace": "replaced",
    "create-replacement": "created replacement",
    "delete-replaced": "deleted original",
    "read": "read",
    "discard": "discarded",
    "discard-replaced": "discarded original",
    "import": "imported",
    "import-replacement": "imported replacement",
}
CHANGE_SIGNS = {"add": "+", "delete": "-", "update": "~"}
MAX_VALUE_LENGTH = 200  # maximum characters of a value in a line
MIN_SECRET_LENGTH = 3  # characters; hiding shorter secrets would make texts unreadable
INTERNAL_PREFIX = "__"  # prefix of internal properties of the SDK
CLEAR_LINE = "\r\x1b[K"


class Display:
    """Output of a command; safe to share between threads.

    Args:
        on_output: called with each chunk of text.
        on_event: called with an event for each operation, and with a summary event at the end.
        live_status: whether to show the current status of resources on standard error, if it is a terminal.
    """

    def __init__(
        self, on_output: OnOutput | None = None, on_event: OnEvent | None = None, live_status: bool = False
    ) -> None:

        self._on_output = on_output
        self._on_event = on_event
        self._live_status = live_status and sys.stderr.isatty()
        self._lines: list[str] = []
        self._events = 0
        self._secrets: list[str] = []
        self._lock = threading.Lock()
        self.errors: list[str] = []
        self.changes: Counter[str] = Counter()
        self.preview = False

    @property
    def text(self) -> str:
        """Text shown so far."""
        return "".join(self._lines)

    def hide(self, texts: Iterable[str]) -> None:
        """Replace texts with `[secret]` in all later output, because a program can print its secrets."""
        self._secrets = sorted((text for text in texts if len(text) >= MIN_SECRET_LENGTH), key=len, reverse=True)

    def line(self, text: str = "") -> None:
        """Show a line."""
        text = self._redact(text)
        with self._lock:
            if self._live_status:
                sys.stderr.write(CLEAR_LINE)
            self._lines.append(text + "\n")
            if self._on_output:
                self._on_output(text + "\n")

    def _redact(self, text: str) -> str:
        for hidden in self._secrets:
            text = text.replace(hidden, "[secret]")
        return text

    def heading(self, command: str, stack: str, preview: bool) -> None:
        """Show the heading of a deployment."""
        self.preview = preview
        self.changes.clear()
        self.line(
            f"{'Previewing ' + command if preview else command.capitalize().removesuffix('e') + 'ing'} ({stack}):"
        )

    def status(self, urn: str, message: str) -> None:
        """Show the current status of a resource. It is not part of the output."""
        if self._live_status:
            with self._lock:
                name = urn.rsplit("::", 1)[-1]
                sys.stderr.write(f"{CLEAR_LINE}    {name}: {message}")
                sys.stderr.flush()

    def begin(self, operation: str, resource: Resource) -> None:
        """Notify listeners that an operation starts."""
        if self._on_event is None:
            return
        step = StepEventMetadata(OpType(operation), resource.urn, resource.type, resource.provider)
        with self._lock:
            self._events += 1
            event = ResourcePreEvent(step, planning=self.preview)
            self._on_event(EngineEvent(self._events, int(time.time()), resource_pre_event=event))

    def _send_summary_event(self, seconds: float) -> None:
        if self._on_event is not None:
            changes = {OpType(operation): count for operation, count in self.changes.items()}
            summary = SummaryEvent(False, int(seconds), changes, {})
            self._on_event(EngineEvent(self._events + 1, int(time.time()), summary_event=summary))

    def step(
        self, operation: str, resource: Resource, seconds: float = 0.0, changes: list[Change] | None = None
    ) -> None:
        """Show an operation on a resource, either completed or, in a preview, planned."""
        if operation == "same" or resource.is_default_provider:
            return
        word = operation if self.preview else f"{PAST_TENSE[operation]} ({seconds:.2f}s)"
        self.line(f" {SIGNS[operation]:<2} {resource.type} {resource.name} {word}")
        shown = [change for change in changes or [] if not change.path.startswith(INTERNAL_PREFIX)]
        hidden = dict.fromkeys(p for p in resource.hide_diff if any(covers(p, change.path) for change in shown))
        for path in hidden:
            self.line(f"       ~ {path} (hidden)")
        for change in shown:
            if not any(covers(path, change.path) for path in hidden):
                self.line(f"       {_change_text(change)}")

    def count(self, operation: str, resource: Resource) -> None:
        """Count an operation for the summary, which excludes default providers."""
        if not resource.is_default_provider:
            with self._lock:
                self.changes[operation] += 1

    def failed(self, operation: str, resource: Resource) -> None:
        """Show that an operation on a resource failed."""
        self.line(f" {SIGNS[operation]:<2} {resource.type} {resource.name} {operation} failed")

    def diagnostic(self, severity: str, message: str, urn: str = "") -> None:
        """Show a message of the program, a provider or the engine. Errors are also recorded for the result."""
        prefix = f"{urn.split('::')[2].rsplit('$', 1)[-1]} ({urn.rsplit('::', 1)[-1]}): " if urn else ""
        label = f"{severity}: " if severity in ("error", "warning") else ""
        text = self._redact(f"{prefix}{label}{message.rstrip()}")
        if severity == "error":
            with self._lock:
                self.errors.append(text)
        self.line("\n".join(f"    {part}" for part in text.splitlines()))

    def outputs(self, old: Properties, new: Properties) -> None:
        """Show the outputs of the stack, with changes marked."""
        if not old and not new:
            return
        self.line("Outputs:")
        width = max(map(len, {**old, **new}))
        for key in sorted({**old, **new}):
            sign = "+" if key not in old else "-" if key not in new else " "
            if sign == " " and differences({key: old[key]}, {key: new[key]}):
                sign = "~"
            shift = f"{value_text(old[key])} => " if sign == "~" else ""
            self.line(f"  {sign} {key:<{width}}: {shift}{value_text(new.get(key, old.get(key)))}")

    def summary(self, started: float) -> None:
        """Show the number of resources by operation, and the duration.

        Args:
            started: `time.monotonic()` value at the start of the command.
        """
        self._send_summary_event(time.monotonic() - started)
        self.line("Resources:")
        for operation, count in sorted(self.changes.items(), key=lambda item: item[0] == "same"):
            if operation == "same":
                self.line(f"    {count} unchanged")
            else:
                outcome = f"to {operation}" if self.preview else PAST_TENSE[operation]
                self.line(f"    {SIGNS[operation]} {count} {outcome}")
        if not self.preview:
            self.line(f"Duration: {time.monotonic() - started:.1f}s")
        self.line()


def _change_text(change: Change) -> str:
    sign = CHANGE_SIGNS[change.kind]
    if change.kind == "update":
        return f"{sign} {change.path}: {value_text(change.old)} => {value_text(change.new)}"
    return f"{sign} {change.path}: {value_text(change.new if change.kind == 'add' else change.old)}"


def value_text(value: Value) -> str:
    """Return a value for display, as JSON with placeholders for secrets and unknowns. Long values are truncated."""
    text = json.dumps(_displayable(value), ensure_ascii=False)
    for mark in ("[secret]", "[unknown]"):
        text = text.replace(f'"{mark}"', mark)
    return text if len(text) <= MAX_VALUE_LENGTH else text[:MAX_VALUE_LENGTH] + "…"


def _displayable(value: Value) -> Value:
    if isinstance(value, Secret | Unknown):
        return repr(value)
    if isinstance(value, dict):
        return {key: _displayable(item) for key, item in value.items()}
    return [_displayable(item) for item in value] if isinstance(value, list) else value

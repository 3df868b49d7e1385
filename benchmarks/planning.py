"""Lines 6, 7, 9 and 10: the cost of an update with few changes or none."""

from __future__ import annotations

import json
import math
import os
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks import ours
from benchmarks.baselines import KEY
from benchmarks.local import ServerProcess
from benchmarks.material import Material
from benchmarks.measure import in_turns
from benchmarks.report import Row, at_most, exactly
from benchmarks.sink import Sink
from benchmarks.stacks import engine, projects
from pulumi_agbcontext.client import Account, ContextService
from pulumi_agbcontext.lifecycle.context.check import check
from pulumi_agbcontext.lifecycle.context.create import create
from pulumi_agbcontext.lifecycle.context.diff import diff
from pulumi_agbcontext.lifecycle.context.read import read
from pulumi_agbcontext.lifecycle.context.update import update
from pulumi_agbcontext.lifecycle.provider.session import Session

CONTEXTS, FILES = 10, 1000
PAGE = 1000  # page size that the client requests and that the local server grants

_OURS = """
import pulumi_agbcontext as agb
for number in range({contexts}):
    agb.Context(f"data-{{number}}", files=agb.files_from("files"))
"""
# The digests differ from file to file, as real ones do. The engine compresses all properties for its log, and equal
# digests would compress to almost nothing.
_CARRIED = """
from hashlib import sha256
from pathlib import Path
from idle import Idle
paths = sorted(path.name for path in Path("files").iterdir())
files = {{f"/{{path}}": f"4096:{{sha256(path.encode()).hexdigest()}}:file:files/{{path}}" for path in paths}}
for number in range({contexts}):
    Idle(f"data-{{number}}", files=files)
"""
_EMPTY = """
from idle import Idle
for number in range({contexts}):
    Idle(f"data-{{number}}")
"""


def lines_6_and_7(material: Material, _sink: Sink) -> list[Row]:
    """Measure an update without changes, and the size of its state."""
    directory = material.files(FILES, 4096)[0].parent
    with ServerProcess() as server, projects(server) as project:
        programs = {"ours": _OURS, "carried": _CARRIED, "empty": _EMPTY}
        stacks = {name: project(name, text.format(contexts=CONTEXTS), directory) for name, text in programs.items()}
        for stack in stacks.values():
            stack.up()
        before = server.requests()
        timings = in_turns({name: stack.up for name, stack in stacks.items()})
        requests = server.requests() - before
        exported = stacks["ours"].export_stack().deployment
    taken = {name: timing.median for name, timing in timings.items()}
    carried, empty = taken["ours"] / taken["carried"], taken["ours"] / taken["empty"]
    size = _bytes_a_file(exported)
    up = f"no-op up of {CONTEXTS} contexts with {FILES:,} files each, on {engine()}"
    return [
        Row(
            "6",
            up,
            f"{taken['ours']:.2f} s",
            f"the same maps in idle resources: {taken['carried']:.2f} s",
            f"at most 1.25 times: {carried:.2f}",
            at_most(carried, 1.25),
        ),
        Row(
            "6",
            up,
            f"{taken['ours']:.2f} s",
            f"empty resources: {taken['empty']:.2f} s",
            f"at most 2.5 times: {empty:.2f}",
            at_most(empty, 2.5),
        ),
        Row("6", "requests in all rounds", f"{requests}", "", "0", exactly(requests, 0)),
        Row(
            "7",
            "exported state of line 6 for each file, without its paths",
            f"{size:.0f} bytes",
            "",
            "at most 300",
            at_most(size, 300),
        ),
    ]


def _bytes_a_file(deployment: Mapping[str, Any]) -> float:
    """Return the size of the exported state for each file in bytes, without its two paths."""
    contexts = [resource for resource in deployment["resources"] if resource["type"].endswith(":Context")]
    size = paths = 0
    for resource in contexts:
        size += len(json.dumps(resource, indent=4))
        maps = (resource[part]["files"] for part in ("inputs", "outputs"))
        paths += sum(len(path) + len(entry.split(":", 3)[3]) for files in maps for path, entry in files.items())
    return (size - paths) / (CONTEXTS * FILES)


def line_9(material: Material, _sink: Sink) -> list[Row]:
    """Measure edits of one file among 10,000, and new times for all of them."""
    files = material.files(10_000, 4096)
    with ServerProcess() as server:
        stack = _Seeded(server, files)
        kept = files[1].stat()
        edits: dict[str, tuple[Callable[[], object], int]] = {
            "one file changed": (lambda: files[0].write_bytes(os.urandom(5000)), 1),
            "all files touched": (lambda: deque(map(Path.touch, files), maxlen=0), 0),
            "one file edited, size and time kept": (lambda: _edit_unseen(files[1], kept), 1),
        }
        rows = []
        for what, (edit, goal) in edits.items():
            edit()
            uploads = stack.update(files)
            rows.append(Row("9", f"10,000 files, {what}", f"{uploads} uploads", "", f"{goal}", exactly(uploads, goal)))
    return rows


def _edit_unseen(file: Path, stamp: os.stat_result) -> None:
    file.write_bytes(os.urandom(stamp.st_size))
    os.utime(file, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))


def line_10(material: Material, _sink: Sink) -> list[Row]:
    """Measure a refresh of 5,000 files without drift."""
    files = material.files(10_000, 4096)[:5000]
    with ServerProcess() as server:
        stack = _Seeded(server, files)
        before = server.requests()
        timing = in_turns({"ours": stack.refresh})["ours"]
        requests = (server.requests() - before) / (len(timing.seconds) + 1)
    goal = 1 + math.ceil((len(files) + 1) / PAGE)  # GetContext, and the pages of the files and the owner record
    work = f"refresh of {len(files):,} seeded files, nothing drifted"
    return [Row("10", work, f"{requests:g} requests", f"in {timing.median:.2f} s", f"{goal}", exactly(requests, goal))]


class _Seeded:
    """A context on a local server, as an engine records it: checked inputs and outputs."""

    def __init__(self, server: ServerProcess, files: Sequence[Path]) -> None:
        self._server = server
        self._session = Session(ContextService(Account(server.url, KEY)))
        inputs = self._checked({}, files)
        self._id, self._outputs = create(self._session, ours.RESOURCE, inputs)

    def update(self, files: Sequence[Path]) -> int:
        """Plan and update, and return the number of uploaded files."""
        before = self._server.requests("Upload")
        inputs = self._checked(self._outputs, files)
        if diff(self._outputs, inputs).changes:
            self._outputs = update(self._session, ours.RESOURCE, self._id, self._outputs, inputs)
        return self._server.requests("Upload") - before

    def refresh(self) -> None:
        """Refresh, and fail if anything has drifted."""
        found = read(self._session, self._id, self._outputs)
        assert found is not None
        assert found.inputs is None

    def _checked(self, olds: Mapping[str, Any], files: Sequence[Path]) -> dict[str, Any]:
        checked = check(olds, {"name": "data", "files": ours.named(files)}, None)
        assert not checked.failures
        return checked.inputs

"""Line 11: what importing the package costs a program."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

from benchmarks.material import Material
from benchmarks.measure import in_turns
from benchmarks.report import Row, at_most
from benchmarks.sink import Sink

_STATEMENTS = {
    "pulumi": "import pulumi",
    "package": "import pulumi_agbcontext",
    "resources": "from pulumi_agbcontext import Context, ContextFile, files_from",
    "everything": "from pulumi_agbcontext import *",
}


def line_11(_material: Material, _sink: Sink) -> list[Row]:
    """The resources, and Pulumi with them; beside it the bare import, and the functions, which need the client."""
    timings = in_turns({name: _importing(statement) for name, statement in _STATEMENTS.items()})
    taken = {name: timing.median * 1000 for name, timing in timings.items()}
    times = taken["resources"] / taken["pulumi"]
    return [
        Row(
            "11",
            "import pulumi_agbcontext and its resources, Pulumi with them",
            f"{taken['resources']:.0f} ms",
            f"import pulumi: {taken['pulumi']:.0f} ms",
            f"at most 1.15 times: {times:.2f}",
            at_most(times, 1.15),
        ),
        Row(
            "11a", "import pulumi_agbcontext, which loads names as they are asked for", f"{taken['package']:.0f} ms", ""
        ),
        Row(
            "11a", "import every name, the functions and with them the client too", f"{taken['everything']:.0f} ms", ""
        ),
    ]


def _importing(statement: str) -> Callable[[], object]:
    return lambda: subprocess.run([sys.executable, "-c", statement], check=True)

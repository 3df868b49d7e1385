"""Line 11: time that a program needs to import the package."""

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
    """Measure imports: the resources with Pulumi, the bare package, and the functions with their client."""
    timings = in_turns({name: _importing(statement) for name, statement in _STATEMENTS.items()})
    taken = {name: timing.median * 1000 for name, timing in timings.items()}
    times = taken["resources"] / taken["pulumi"]
    return [
        Row(
            "11",
            "import pulumi_agbcontext and its resources, including Pulumi",
            f"{taken['resources']:.0f} ms",
            f"import pulumi: {taken['pulumi']:.0f} ms",
            f"at most 1.15 times: {times:.2f}",
            at_most(times, 1.15),
        ),
        Row("11a", "import pulumi_agbcontext, which loads names on demand", f"{taken['package']:.0f} ms", ""),
        Row("11a", "import every name, including the functions and their client", f"{taken['everything']:.0f} ms", ""),
    ]


def _importing(statement: str) -> Callable[[], object]:
    return lambda: subprocess.run([sys.executable, "-c", statement], check=True)

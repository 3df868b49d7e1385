"""Line 13: delay until the end of a clear is noticed."""

from __future__ import annotations

from benchmarks.baselines import KEY
from benchmarks.local import ServerProcess
from benchmarks.material import Material
from benchmarks.measure import in_turns
from benchmarks.report import Row, at_most
from benchmarks.sdk import official_sdk
from benchmarks.sink import Sink
from pulumi_agbcontext.client import Account, ContextService


def line_13(_material: Material, _sink: Sink) -> list[Row]:
    """Measure a clear of 0.3 s on the local server, compared with the official SDK."""
    with ServerProcess("--clear-seconds", "0.3") as server, official_sdk(server.url) as sdk:
        service = ContextService(Account(server.url, KEY))
        context_id = service.create("clearing").context_id
        timings = in_turns({"ours": lambda: service.clear(context_id), "sdk": lambda: sdk.clear(context_id)})
    ours = timings["ours"].median
    return [
        Row(
            "13",
            "a clear that takes 0.3 s",
            f"{ours:.2f} s",
            f"agbcloud-sdk clear: {timings['sdk'].median:.2f} s",
            "within 0.6 s",
            at_most(ours, 0.6),
        )
    ]

"""Line 12: many contexts at once, in both adapters."""

from __future__ import annotations

import http.client
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import grpc
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from benchmarks.baselines import KEY
from benchmarks.local import ServerProcess
from benchmarks.material import Material
from benchmarks.measure import in_turns
from benchmarks.report import Row, at_most
from benchmarks.sink import Sink
from benchmarks.stacks import engine, projects
from pulumi_agbcontext.testing.engine.property_values import to_struct

CONTEXTS = 100
LATENCY = 0.02
AT_ONCE = 16  # the engine's default for calls of a plugin

_OURS = f"""
import pulumi_agbcontext as agb
for number in range({CONTEXTS}):
    agb.Context(f"data-{{number}}")
"""
_ASLEEP = """
from idle import Idle
for number in range({contexts}):
    Idle(f"data-{{number}}", seconds={seconds})
"""


def line_12(_material: Material, _sink: Sink) -> list[Row]:
    """Measure 100 contexts at 20 ms latency, compared with 100 resources that sleep as long as the calls take."""
    return [*_dynamic(), *_plugin()]


def _dynamic() -> list[Row]:
    with ServerProcess("--latency", str(LATENCY)) as server, projects(server) as project:
        stack = project("ours", _OURS)
        stack.up()
        seconds = _seconds_of_calls(server)
        asleep = project("asleep", _ASLEEP.format(contexts=CONTEXTS, seconds=seconds))
        stack.destroy()
        timings = in_turns({"ours": _creation(stack), "asleep": _creation(asleep)})
    work = f"{CONTEXTS} contexts, 20 ms latency, dynamic, up on {engine()}"
    return [_row(work, timings["ours"].median, timings["asleep"].median, seconds)]


def _creation(stack: Any) -> Callable[[], float]:
    def create() -> float:
        started = time.perf_counter()
        stack.up()
        taken = time.perf_counter() - started
        stack.destroy()
        return taken

    return create


def _plugin() -> list[Row]:
    ours = str(Path(sys.executable).with_name("pulumi-resource-agbcontext"))
    with ServerProcess("--latency", str(LATENCY)) as server:
        settings = {"endpoint": server.url, "apiKey": KEY}
        with _process([ours, "nowhere"], settings) as create:
            create()
            seconds = _seconds_of_calls(server)
            with _process([sys.executable, "-m", "benchmarks.sleeper", str(seconds)], {}) as asleep:
                timings = in_turns({"ours": create, "asleep": asleep})
    work = f"{CONTEXTS} contexts, 20 ms latency, plugin, {AT_ONCE} concurrent calls"
    return [_row(work, timings["ours"].median, timings["asleep"].median, seconds)]


@contextmanager
def _process(command: list[str], settings: dict[str, str]) -> Iterator[Callable[[], None]]:
    """Yield a function that creates a hundred resources in a provider process, with the concurrency of an engine."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    names = count()
    try:
        with (
            grpc.insecure_channel(f"127.0.0.1:{int(process.stdout.readline())}") as channel,
            ThreadPoolExecutor(AT_ONCE) as callers,
        ):
            stub = provider_pb2_grpc.ResourceProviderStub(channel)
            stub.Configure(provider_pb2.ConfigureRequest(args=to_struct(settings), acceptSecrets=True))

            def create(number: int) -> None:
                urn = f"urn:pulumi:dev::bench::agbcontext:index:Context::data-{number}"
                checked = stub.Check(provider_pb2.CheckRequest(urn=urn, news=to_struct({"name": f"data-{number}"})))
                assert not checked.failures
                stub.Create(provider_pb2.CreateRequest(urn=urn, properties=checked.inputs))

            yield lambda: list(callers.map(create, [next(names) for _ in range(CONTEXTS)])).clear()
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def _seconds_of_calls(server: ServerProcess) -> float:
    """Return the duration of one create's calls: their number on the server, times the duration of one bare call."""
    calls = server.requests() / CONTEXTS
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"))

    def ask() -> float:
        started = time.perf_counter()
        connection.request("GET", "/sdk/ListContexts", headers={"authorization": f"Bearer {KEY}"})
        connection.getresponse().read()
        return time.perf_counter() - started

    seconds = statistics.median(ask() for _ in range(20))
    connection.close()
    return calls * seconds


def _row(work: str, ours: float, asleep: float, seconds: float) -> Row:
    times = ours / asleep
    baseline = f"resources that sleep {seconds * 1000:.0f} ms each: {asleep:.2f} s"
    return Row("12", work, f"{ours:.2f} s", baseline, f"at most 1.25 times: {times:.2f}", at_most(times, 1.25))

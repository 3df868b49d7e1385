"""Run examples/quickstart from the first `up` to `destroy`, with a cloud on this machine: `make quickstart`.

The program runs unchanged in a scratch copy, on the Pulumi CLI where there is one, else on the test engine. After each
step stands what the server now holds and what it was asked.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from pulumi_agbcontext.testing.server import LocalServer

OWNER_RECORD = "/.agbcontext-owner.json"  # says in the context who owns it
QUICKSTART = Path(__file__).parent / "quickstart"
KEY = "quickstart"
LEFT_BEHIND = ("__pycache__", "Pulumi.*.yaml", ".pulumi-test")  # by somebody who ran it there by hand
RENAMED = {
    "GetContextFileUploadUrl": "upload URL",
    "DescribeContextFiles": "list files",
    "GetContext": "get (or create)",
    "ClearContext": "clear",
    "DeleteContext": "delete",
    "Upload": "upload",
}


class Engine:
    """Pulumi's commands on the CLI, or the same commands on the test engine."""

    def __init__(self, program: Path, scratch: Path, environment: dict[str, str]) -> None:
        self.cli = shutil.which("pulumi")
        self._program = program
        self._settings: list[str] = []
        self._environment = {
            **environment,
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), environment["PATH"]]),
            "PULUMI_HOME": str(scratch / "home"),
            "PULUMI_BACKEND_URL": f"file://{scratch}",
            "PULUMI_CONFIG_PASSPHRASE": "quickstart",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        }
        if self.cli:
            self._run(self.cli, "stack", "init", "dev", "--non-interactive")

    @property
    def name(self) -> str:
        """Which engine this is, for the reader."""
        return f"the Pulumi CLI ({self.cli})" if self.cli else "the test engine (no `pulumi` on PATH)"

    def set(self, key: str, value: str) -> None:
        """Set the stack's configuration."""
        if self.cli:
            self._run(self.cli, "config", "set", key, value)
        else:
            self._settings += ["--config", f"{key}={value}"]

    def __call__(self, operation: str, *, by_file: bool = False) -> None:
        """Run up, refresh or destroy, and end the walk where it fails; the test engine always shows changes by file."""
        if self.cli:
            options = ["--yes", "--non-interactive", "--color", "never", "--skip-preview"]
            self._run(self.cli, operation, *options, *(["--diff"] if by_file else []))
        else:
            module = [sys.executable, "-m", "pulumi_agbcontext.testing"]
            options = ["--skip-preview"] if operation == "up" else []
            self._run(*module, operation, str(self._program), *options, *self._settings)

    def _run(self, *command: str) -> None:
        done = subprocess.run(command, cwd=self._program, env=self._environment, check=False)
        if done.returncode:
            sys.exit(f"quickstart: `{' '.join(command)}` failed with exit status {done.returncode}")


class Walk:
    """The steps, each with what the server was asked and what it holds afterwards."""

    def __init__(self, server: LocalServer) -> None:
        self._server = server
        self._step = 0

    def step(self, title: str, action: Callable[[], None], expect: Callable[[Counter[str]], bool]) -> None:
        """Do one step, show it, and end the walk if the server was not asked what the step promises."""
        self._step += 1
        print(f"\n=== {self._step}. {title}\n", flush=True)
        before = len(self._server.requests)
        action()
        calls = Counter(
            "owner record" if record.path == OWNER_RECORD else record.operation
            for record in self._server.requests[before:]
        )
        asked = ", ".join(f"{count} x {RENAMED.get(name, name)}" for name, count in calls.items())
        print(f"\n    asked:   {sum(calls.values())} requests{': ' + asked if asked else ''}")
        self._show()
        if not expect(calls):
            sys.exit(f"quickstart: step {self._step} did not do what it says")

    @property
    def context_id(self) -> str:
        """The id of the one context there is, or nothing."""
        return next((context["id"] for context in self._server.contexts(KEY)), "")

    def _show(self) -> None:
        contexts = self._server.contexts(KEY)
        print(f"    holds:   {len(contexts)} context{'' if len(contexts) == 1 else 's'}")
        for context in contexts:
            print(f"             {context['name']} = {context['id']}")
            for path, content in sorted(self._server.files(KEY, context["id"]).items()):
                print(f"               {len(content):>7,} bytes  {path}")
        sys.stdout.flush()


def main() -> None:
    """Walk through the quickstart."""
    with tempfile.TemporaryDirectory() as folder, LocalServer(clear_seconds=0.5) as server:
        scratch = Path(folder)
        program = scratch / "quickstart"
        shutil.copytree(
            QUICKSTART, program, ignore=shutil.ignore_patterns("__pycache__", "Pulumi.*.yaml", ".pulumi-test")
        )
        engine = Engine(program, scratch, {**os.environ, "AGB_ENDPOINT": server.url, "AGB_API_KEY": KEY})
        print(f"The quickstart's program, on {engine.name}, against a local Context API at {server.url}")
        steps(Walk(server), server, engine, program)
    print("\nAll steps passed. The program: examples/quickstart/__main__.py")


def steps(walk: Walk, server: LocalServer, engine: Engine, program: Path) -> None:
    """What the quickstart promises, in order."""
    settings = program / "workspace" / "settings.json"

    def edit() -> None:
        settings.write_text(settings.read_text().replace('"temperature": 0.2', '"temperature": 0.7'))
        engine("up", by_file=True)

    def lose_and_refresh() -> None:
        server.remove_file(KEY, walk.context_id, "/data/orders.csv")
        engine("refresh")

    def new_data_set() -> None:
        engine.set("dataset", "v2")
        engine("up")

    walk.step("up: the context is created and seeded", lambda: engine("up"), lambda calls: calls["Upload"] == 3)
    walk.step("up again: nothing to do, no request", lambda: engine("up"), lambda calls: not calls)
    walk.step("one file edited, up: only that one is uploaded", edit, lambda calls: calls["Upload"] == 1)
    walk.step("a file deleted outside Pulumi, refresh: found", lose_and_refresh, lambda calls: calls["Upload"] == 0)
    walk.step("up: that file is uploaded again, and no other", lambda: engine("up"), lambda calls: calls["Upload"] == 1)
    old_id = walk.context_id
    walk.step(
        "a new data set, up: cleared, deleted, created again and seeded",
        new_data_set,
        lambda calls: calls["ClearContext"] == calls["DeleteContext"] == 1 and walk.context_id != old_id,
    )
    walk.step("destroy: nothing is left", lambda: engine("destroy"), lambda calls: not walk.context_id)


if __name__ == "__main__":
    main()

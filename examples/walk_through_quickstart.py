"""Run examples/quickstart from the first `up` to `destroy` against a local Context API: `make quickstart`.

The unchanged program runs in a temporary copy, on the Pulumi CLI if it is on PATH, otherwise on the test engine. Each
step prints the requests that the server received and the contexts that it then contains.
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

OWNER_RECORD = "/.agbcontext-owner.json"  # records the owner of the context
QUICKSTART = Path(__file__).parent / "quickstart"
KEY = "quickstart"
LEFT_BEHIND = ("__pycache__", "Pulumi.*.yaml", ".pulumi-test")  # by a manual run in the same directory
RENAMED = {
    "GetContextFileUploadUrl": "upload URL",
    "DescribeContextFiles": "list files",
    "GetContext": "get or create",
    "ClearContext": "clear",
    "DeleteContext": "delete",
    "Upload": "upload",
}


class Engine:
    """Pulumi commands on the CLI, or the same commands on the test engine."""

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
        """Return a description of the engine."""
        return f"the Pulumi CLI ({self.cli})" if self.cli else "the test engine (no `pulumi` on PATH)"

    def set(self, key: str, value: str) -> None:
        """Set a value in the stack configuration."""
        if self.cli:
            self._run(self.cli, "config", "set", key, value)
        else:
            self._settings += ["--config", f"{key}={value}"]

    def __call__(self, operation: str, *, by_file: bool = False) -> None:
        """Run up, refresh or destroy, and exit if it fails. The test engine always shows each changed file."""
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
    """Sequence of steps that prints the requests to the server and its contents after each step."""

    def __init__(self, server: LocalServer) -> None:
        self._server = server
        self._step = 0

    def step(self, title: str, action: Callable[[], None], expect: Callable[[Counter[str]], bool]) -> None:
        """Run and print one step, and exit if the server did not receive the expected requests."""
        self._step += 1
        print(f"\n=== {self._step}. {title}\n", flush=True)
        before = len(self._server.requests)
        action()
        calls = Counter(
            "owner record" if record.path == OWNER_RECORD else record.operation
            for record in self._server.requests[before:]
        )
        asked = ", ".join(f"{count} x {RENAMED.get(name, name)}" for name, count in calls.items())
        print(f"\n    requests: {sum(calls.values())}{' (' + asked + ')' if asked else ''}")
        self._show()
        if not expect(calls):
            sys.exit(f"quickstart: step {self._step} did not send the expected requests")

    @property
    def context_id(self) -> str:
        """Return the id of the only context, or an empty string."""
        return next((context["id"] for context in self._server.contexts(KEY)), "")

    def _show(self) -> None:
        contexts = self._server.contexts(KEY)
        print(f"    contexts: {len(contexts)}")
        for context in contexts:
            print(f"      {context['name']} = {context['id']}")
            for path, content in sorted(self._server.files(KEY, context["id"]).items()):
                print(f"        {len(content):>7,} bytes  {path}")
        sys.stdout.flush()


def main() -> None:
    """Run all steps of the quickstart."""
    with tempfile.TemporaryDirectory() as folder, LocalServer(clear_seconds=0.5) as server:
        scratch = Path(folder)
        program = scratch / "quickstart"
        shutil.copytree(QUICKSTART, program, ignore=shutil.ignore_patterns(*LEFT_BEHIND))
        engine = Engine(program, scratch, {**os.environ, "AGB_ENDPOINT": server.url, "AGB_API_KEY": KEY})
        print(f"Running the quickstart program on {engine.name}, against a local Context API at {server.url}")
        steps(Walk(server), server, engine, program)
    print("\nAll steps passed. The program is examples/quickstart/__main__.py.")


def steps(walk: Walk, server: LocalServer, engine: Engine, program: Path) -> None:
    """Run the steps of the quickstart in order."""
    settings = program / "workspace" / "settings.json"

    def edit() -> None:
        settings.write_text(settings.read_text().replace('"temperature": 0.2', '"temperature": 0.7'))
        engine("up", by_file=True)

    def lose_and_refresh() -> None:
        server.remove_file(KEY, walk.context_id, "/data/orders.csv")
        print("    (an agent deletes /data/orders.csv)\n", flush=True)
        engine("refresh")

    def new_data_set() -> None:
        engine.set("dataset", "v2")
        engine("up")

    walk.step("First up: the context is created and seeded", lambda: engine("up"), lambda calls: calls["Upload"] == 3)
    walk.step("Second up: no change and no request", lambda: engine("up"), lambda calls: not calls)
    walk.step("up after an edit: only the edited file is uploaded", edit, lambda calls: calls["Upload"] == 1)
    walk.step("refresh: a file that an agent deleted is detected", lose_and_refresh, lambda calls: calls["Upload"] == 0)
    walk.step("up: only that file is uploaded again", lambda: engine("up"), lambda calls: calls["Upload"] == 1)
    old_id = walk.context_id
    walk.step(
        "up with a new data set: the context is cleared (clear_before_delete), deleted, recreated and seeded",
        new_data_set,
        lambda calls: calls["ClearContext"] == calls["DeleteContext"] == 1 and walk.context_id != old_id,
    )
    walk.step("destroy: no context remains", lambda: engine("destroy"), lambda calls: not walk.context_id)


if __name__ == "__main__":
    main()

"""A user's project, run by an engine with real provider processes against a local Context API."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pulumi.automation import ConfigValue, LocalWorkspaceOptions, create_or_select_stack

from pulumi_agbcontext.testing import Stack
from pulumi_agbcontext.testing.server import LocalServer, RequestRecord
from tests.holding import holds

KEY = "key-of-the-resource-tests"
PASSPHRASE = "open sesame"
CLI = shutil.which("pulumi")


@dataclass
class Project:
    """A project named `shop` with the stack `dev`, and the server that its program uses."""

    directory: Path
    server: LocalServer
    engine: str

    def write(self, path: str, content: str | bytes) -> Path:
        """Write a file of the project."""
        file = self.directory / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return file

    def program(self, text: str) -> None:
        """Replace the program. Its imports are added."""
        head = "import base64, pathlib, pulumi\nfrom pulumi import ResourceOptions\nimport pulumi_agbcontext as agb\n"
        self.write("__main__.py", head + textwrap.dedent(text))

    def stack(self) -> Any:
        """Return the stack, with the methods of `pulumi.automation.Stack`."""
        if self.engine == "test":
            return Stack(self.directory, passphrase=PASSPHRASE, timeout=60)
        options = LocalWorkspaceOptions(env_vars=self._cli_environment())
        return create_or_select_stack("dev", work_dir=str(self.directory), opts=options)

    def up(self, *, reads: bool = False, **config: str | ConfigValue) -> Any:
        """Configure the stack and run `up`. The next preview must then be empty and send no request.

        The preview of a program that calls functions sends their requests, so only its plan must be empty.
        """
        stack = self.stack()
        for key, value in config.items():
            stack.set_config(key, value if isinstance(value, ConfigValue) else ConfigValue(value))
        result = stack.up()
        since = len(self.server.requests)
        stack.preview(expect_no_changes=True)
        assert reads or self.server.requests[since:] == []
        return result

    def settle(self) -> None:
        """Fail unless another `up` changes nothing and sends no request."""
        since = len(self.server.requests)
        changes = self.stack().up(expect_no_changes=True).summary.resource_changes
        assert set(changes) == {"same"}
        assert self.server.requests[since:] == []

    def forget_state(self) -> None:
        """Replace the state with an empty one, like that of another machine."""
        stack = self.stack()
        empty = stack.export_stack()
        empty.deployment["resources"] = []
        stack.import_stack(empty)

    @property
    def contexts(self) -> dict[str, str]:
        """Return the ids of the server's contexts by name."""
        return {context["name"]: context["id"] for context in self.server.contexts(KEY)}

    def files(self, name: str) -> dict[str, bytes]:
        """Return the files that the server stores in a context."""
        return holds(self.server, KEY, self.contexts[name])

    def requests(self, *operations: str) -> list[RequestRecord]:
        """Return the requests of some operations, in order."""
        return [record for record in self.server.requests if record.operation in operations]

    def _cli_environment(self) -> dict[str, str]:
        """Return an environment that isolates the CLI from the user's files."""
        scratch = self.directory.parent
        (scratch / "backend").mkdir(exist_ok=True)
        return {
            "PULUMI_HOME": str(scratch / "home"),
            "PULUMI_BACKEND_URL": (scratch / "backend").as_uri(),
            "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
            "PULUMI_SKIP_UPDATE_CHECK": "1",
            "PULUMI_AUTOMATION_API_SKIP_VERSION_CHECK": "1",
        }


@pytest.fixture(params=["test", pytest.param("cli", marks=pytest.mark.pulumi_cli)])
def engine(request: pytest.FixtureRequest) -> str:
    """Return each engine; the CLI only if it is installed."""
    if request.param == "cli" and CLI is None:
        pytest.skip("NOT RUN ON THE PULUMI CLI: `pulumi` is not on PATH")
    return str(request.param)


@pytest.fixture
def project(engine: str, tmp_path: Path, agb_server: LocalServer, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Return an empty project, which is configured by the environment."""
    agb_server.behave(clear_seconds=0.1)
    monkeypatch.setenv("AGB_ENDPOINT", agb_server.url)
    monkeypatch.setenv("AGB_API_KEY", KEY)
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")  # programs are rewritten within one second
    for name in [name for name in os.environ if name.startswith("PULUMI_")]:
        monkeypatch.delenv(name)
    project = Project(tmp_path / "shop", agb_server, engine)
    runtime = f"{{name: python, options: {{virtualenv: {sys.prefix}}}}}"
    project.write("Pulumi.yaml", f"name: shop\nruntime: {runtime}\n")
    return project

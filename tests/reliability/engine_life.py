"""One resource of a real program on the test engine with real provider processes, with the interface of `Life`."""

from __future__ import annotations

import json
import sys
import uuid
from pathlib import Path
from typing import Any

from pulumi.automation import CommandError, ConfigValue

from pulumi_agbcontext.testing import Stack
from tests.plugin.adapters import PLUGIN, Life, RefusedError

PROGRAM = """
import json
import pathlib
import re
import pulumi
import pulumi_agbcontext as agb

adapter, kind, said = json.loads(pathlib.Path("said.json").read_text())
if "files" in said:
    said["files"] = {path: pulumi.FileAsset(file) for path, file in said["files"].items()}
    said["secretFiles"] = {path: pulumi.StringAsset(text) for path, text in said["secretFiles"].items()}
if "content" in said:
    said["content"] = pulumi.Output.secret(said["content"])
if adapter == "plugin":
    pulumi.CustomResource(f"agbcontext:index:{kind}", "data", said)
else:
    snake = {re.sub("[A-Z]", lambda match: f"_{match[0].lower()}", key): value for key, value in said.items()}
    getattr(agb, kind)("data", **snake)
"""
PASSPHRASE = "a passphrase for tests"
SECRET_PATH = "/b"
ACTIONS = ("create", "replace", "update", "same")


class Settings:
    """The stack's configuration, in place of an adapter."""

    def __init__(self, stack: Stack, configuration: dict[str, Any]) -> None:
        self._stack = stack
        self._configuration = configuration
        self._start()

    def _start(self) -> None:
        for key in ("endpoint", "apiKey", "timeoutMs"):
            if key in self._configuration:
                value = ConfigValue(str(self._configuration[key]), secret=key == "apiKey")
                self._stack.set_config(f"agbcontext:{key}", value)
            elif f"agbcontext:{key}" in self._stack.get_all_config():
                self._stack.remove_config(f"agbcontext:{key}")

    def stop(self) -> None:
        """Do nothing, because no process runs between commands."""


class EngineLife(Life):
    """A resource whose commands are those of a stack.

    Args:
        directory: directory of the project, which is created here.
        kind: type of the resource.
        provider: adapter through which the program declares it, dynamic or plugin.
        configuration: configuration of the stack.
    """

    def __init__(self, directory: Path, kind: str, provider: str = "dynamic", **configuration: Any) -> None:
        self.directory = directory
        self.kind = kind
        self._provider = provider
        self.printed = ""
        directory.mkdir(parents=True)
        settings = {
            "name": "shop",
            "runtime": {"name": "python", "options": {"virtualenv": sys.prefix}},
            "plugins": {"providers": [{"name": "agbcontext", "path": str(PLUGIN.parent)}]},
        }
        (directory / "Pulumi.yaml").write_text(json.dumps(settings))
        (directory / "__main__.py").write_text(PROGRAM)
        self.stack = Stack(directory, passphrase=PASSPHRASE, timeout=60)
        self.adapter = Settings(self.stack, configuration)  # type: ignore[assignment]  # it has the attributes that are used
        self._observe()

    def up(self, *, timeout: float = 0.0, **program: Any) -> str:
        """Run `up` on a program. One file is secret, the others are files on disk, so the state contains no content."""
        self.write(program)
        changes = self._run("up").summary.resource_changes
        return next(action for action in ACTIONS if action in changes)

    def __copy__(self) -> EngineLife:
        """Return the same resource with a separate copy of its state."""
        twin = EngineLife.__new__(EngineLife)
        twin.__dict__.update(self.__dict__)
        state = self.directory / "twins" / f"{uuid.uuid4().hex}.json"
        twin.stack = Stack(self.directory, passphrase=PASSPHRASE, timeout=60, state=state)
        twin.stack.import_stack(self.stack.export_stack())
        twin.adapter = Settings(twin.stack, self.adapter._configuration)  # type: ignore[assignment]  # as above
        return twin

    def write(self, program: dict[str, Any]) -> None:
        """Write the program."""
        message = dict(program)
        if "files" in program:
            files = program["files"]
            message["secretFiles"] = {path: text for path, text in files.items() if path == SECRET_PATH}
            message["files"] = {path: self._file(path, text) for path, text in files.items() if path != SECRET_PATH}
        (self.directory / "said.json").write_text(json.dumps([self._provider, self.kind, message]))

    def _file(self, path: str, text: str) -> str:
        file = self.directory / "seed" / path.removeprefix("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists() or file.read_text() != text:  # the provider of a killed engine may be reading it
            file.write_text(text)
        return f"seed{path}"

    def refresh(self) -> bool:
        """Run `refresh`."""
        self._run("refresh")
        return bool(self.id)

    def destroy(self) -> None:
        """Run `destroy`."""
        self._run("destroy")

    def _run(self, command: str) -> Any:
        self.adapter._start()
        try:
            result = getattr(self.stack, command)()
        except CommandError as error:
            self.printed += str(error)
            raise RefusedError(" ".join(str(error).split("\n"))) from None
        finally:
            self._observe()
        self.printed += result.stdout + result.stderr
        return result

    def _observe(self) -> None:
        resources = self.stack.export_stack().deployment.get("resources") or []
        mine = [one for one in resources if one["type"].endswith(f":{self.kind}") and "id" in one]
        self.id = mine[0]["id"] if mine else ""
        self.inputs, self.outputs = (mine[0].get(key, {}) if mine else {} for key in ("inputs", "outputs"))

    @property
    def on_disk(self) -> str:
        """Return everything that the engine has written: states, backups and configuration."""
        directory = self.directory / ".pulumi-test"
        return "\n".join(path.read_text(errors="replace") for path in directory.rglob("*") if path.is_file())

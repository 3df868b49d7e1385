"""A project run by the Pulumi CLI, in an environment that isolates it from the user's files."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path

import pytest

from pulumi_agbcontext.testing.server import LocalServer

from .adapters import KEY, PLUGIN

CLI = shutil.which("pulumi")
NPM = shutil.which("npm")
YAML = shutil.which("pulumi-language-yaml")
ROOT = Path(__file__).parent.parent.parent
HEAD = """
import pulumi
from pulumi import Alias, CustomResource, ResourceOptions, StringAsset
import pulumi_agbcontext as agb


class Context(CustomResource):
    def __init__(self, logical_name, opts=None, /, **properties):
        outputs = dict.fromkeys(["files", "fileCount", "generation", "name"])
        super().__init__("agbcontext:index:Context", logical_name, {**outputs, **properties}, opts)
"""

on_the_cli = [
    pytest.mark.pulumi_cli,
    pytest.mark.skipif(CLI is None, reason="NOT RUN ON THE PULUMI CLI: `pulumi` is not on PATH"),
    pytest.mark.timeout(600),  # a command of the CLI takes seconds, and ten on a busy machine
]
needs_npm = pytest.mark.skipif(NPM is None, reason="NOT RUN: there is no npm on PATH")
needs_yaml = pytest.mark.skipif(YAML is None, reason="NOT RUN: there is no pulumi-language-yaml on PATH")


@dataclass
class Program:
    """A project with the stack `dev`, run by the CLI."""

    directory: Path
    server: LocalServer
    environment: dict[str, str]

    def write(self, runtime: str, **content: str) -> None:
        """Write the program and a Pulumi.yaml that refers to the plugin in this environment."""
        plugins = {"providers": [{"name": "agbcontext", "path": str(Path(sys.executable).parent)}]}
        settings = {"name": "shop", "runtime": {"name": runtime}, "plugins": plugins}
        if runtime == "python":
            settings["runtime"] = {"name": "python", "options": {"virtualenv": sys.prefix}}
        lines = "".join(f"{key}: {json.dumps(value)}\n" for key, value in settings.items())
        (self.directory / "Pulumi.yaml").write_text(lines + textwrap.dedent(content.get("yaml", "")))
        (self.directory / "__main__.py").write_text(HEAD + textwrap.dedent(content.get("python", "")))

    def run(self, *arguments: str, fails: bool = False, seconds: float = 100) -> str:
        """Run a command of the CLI and return its output."""
        done = subprocess.run(
            [str(CLI), *arguments, "--non-interactive"],
            cwd=self.directory,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=seconds,
        )
        assert (done.returncode != 0) == fails, done.stdout + done.stderr
        return done.stdout + done.stderr

    def up(self, *arguments: str, fails: bool = False) -> str:
        """Deploy the program."""
        return self.run("up", "--yes", "--skip-preview", *arguments, fails=fails)

    def add_typescript(self) -> None:
        """Turn the project into the TypeScript example: install its packages and the generated SDK."""
        shutil.copytree(ROOT / "examples" / "typescript", self.directory, dirs_exist_ok=True)
        (self.directory / "__main__.py").unlink()
        npm = ["npm", "install", "--no-audit", "--no-fund", "--loglevel=error"]
        subprocess.run(npm, cwd=self.directory, check=True, timeout=300)
        self.run("package", "add", str(PLUGIN), seconds=300)

    def compile_typescript(self) -> None:
        """Compile the program in strict mode, and return a stack that finds the plugin."""
        subprocess.run(["npx", "tsc"], cwd=self.directory, check=True, timeout=200)
        self.run("stack", "init", "example")
        self.environment["PATH"] = f"{PLUGIN.parent}:{self.environment['PATH']}"

    def contexts(self, key: str = KEY) -> dict[str, str]:
        """Return the ids of the server's contexts by name."""
        return {context["name"]: context["id"] for context in self.server.contexts(key)}

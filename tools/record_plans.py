"""Record the output of the Pulumi CLI in ten situations, for docs/plans.md.

Each situation is a program that `pulumi up` has deployed, an edit, and a command. The CLI must be on PATH. With
`--check`, only report whether the page is current.
"""

from __future__ import annotations

import difflib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from pulumi_agbcontext.testing import LocalServer
from pulumi_agbcontext.testing.engine.real import real_environment

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "plans.md"
BLOCK = re.compile(r"```text\n\$ pulumi .*?\n```\n", re.DOTALL)
EXAMPLE_IDS = ("SdkCtx-04ml3r7wphp8nq2la", "SdkCtx-11z6i5x9x95pcjt84")  # ids differ between runs
PYTHON = """
import pulumi
import pulumi_agbcontext as agb

data = agb.Context("training-data", {inputs})
"""
INPUTS = 'files={"/": pulumi.FileArchive("seed"), "/prompt.md": "Be kind."}, clear_triggers=["v1"]'
YAML = """
resources:
  training-data:
    type: agbcontext:Context
    properties:
      files:
        /: {{fn::fileArchive: seed}}
        /prompt.md: Be kind.
      clearTriggers: [{trigger}]
  rules:
    type: agbcontext:ContextFile
    properties:
      contextId: ${{training-data.id}}
      contextGeneration: ${{training-data.generation}}
      path: /rules.md
      content: {rules}
"""
SEED = {"orders.csv": "1017,shipped\n", "prices.csv": "chair,120\n", "old.csv": "x\n", ".env": "SECRET=1\n"}


@dataclass
class Project:
    """A project with the stack `dev` in its own directory, run by the CLI against a local Context API."""

    directory: Path
    server: LocalServer

    def __post_init__(self) -> None:
        (self.directory / "seed").mkdir(parents=True)
        for name, text in SEED.items():
            self.write(f"seed/{name}", text)
        self._environment = {
            **os.environ,
            **real_environment(self.directory.parent, "a passphrase"),
            "AGB_ENDPOINT": self.server.url,
            "AGB_API_KEY": "key-of-the-plans",
        }

    def write(self, path: str, text: str) -> None:
        """Write a file of the project."""
        (self.directory / path).write_text(text, encoding="utf-8")

    def python(self, inputs: str = INPUTS, more: str = "") -> None:
        """Write the program in Python."""
        self._settings({"name": "python", "options": {"virtualenv": sys.prefix}})
        self.write("__main__.py", PYTHON.format(inputs=inputs) + more)

    def yaml(self, trigger: str = "v1", rules: str = "Answer in one sentence.") -> None:
        """Write the program in YAML, which uses the plugin."""
        self._settings({"name": "yaml"}, YAML.format(trigger=trigger, rules=rules))

    def run(self, *arguments: str) -> str:
        """Run a command of the CLI and return its output.

        Raises:
            subprocess.CalledProcessError: the command failed.
        """
        command = ["pulumi", *arguments, "--non-interactive", "--color", "never"]
        done = subprocess.run(  # noqa: S603  # the commands are those of this module
            command,
            cwd=self.directory,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if done.returncode:
            raise subprocess.CalledProcessError(done.returncode, command, done.stdout)
        return done.stdout

    def up(self) -> None:
        """Deploy the program."""
        self.run("up", "--yes", "--skip-preview")

    def _settings(self, runtime: object, more: str = "") -> None:
        plugins = {"providers": [{"name": "agbcontext", "path": str(Path(sys.executable).parent)}]}
        settings = {"name": "shop", "runtime": runtime, "plugins": plugins}
        lines = "".join(f"{key}: {json.dumps(value)}\n" for key, value in settings.items())
        self.write("Pulumi.yaml", lines + more)


def nothing(_project: Project) -> None:
    """Change nothing."""


def edit_files(project: Project) -> None:
    """Edit one file, add one and delete one."""
    project.write("seed/prices.csv", "chair,130\n")
    project.write("seed/returns.csv", "1017,too small\n")
    (project.directory / "seed" / "old.csv").unlink()


def delete_stored_file(project: Project) -> None:
    """Delete a file in the context, as an agent would."""
    [context] = project.server.contexts("key-of-the-plans")
    project.server.remove_file("key-of-the-plans", context["id"], "/prices.csv")


def in_python(inputs: str, more: str = "") -> Callable[[Project], None]:
    """Return an edit that changes the program in Python."""
    return lambda project: project.python(inputs, more)


def edit_yaml(project: Project) -> None:
    """Edit a file of the directory and the text of the `ContextFile`."""
    project.write("seed/prices.csv", "chair,130\n")
    project.yaml(rules="Answer in two sentences.")


@dataclass(frozen=True)
class Situation:
    """A situation that a plan must explain.

    Attributes:
        command: command of the CLI.
        edit: change to the deployed project.
        deployed: whether the program was deployed before the edit.
        language: language of the program, `python` or `yaml`.
    """

    command: str
    edit: Callable[[Project], None] = field(default=nothing)
    deployed: bool = True
    language: str = "python"


TRIGGERED = INPUTS.replace("v1", "v2")
SITUATIONS = (  # in the order of the page
    Situation("preview", deployed=False),
    Situation("preview --diff", edit_files),
    Situation("preview", edit_files),
    Situation("preview"),
    Situation("preview --diff", in_python(INPUTS + ', name="customers"')),
    Situation("preview", in_python(TRIGGERED)),
    Situation("up --yes", in_python(TRIGGERED + ", clear_in_place=True")),
    Situation("preview --refresh --diff", delete_stored_file),
    Situation("preview --diff", edit_yaml, language="yaml"),
    Situation("destroy --yes --skip-preview"),
)


def main() -> int:
    """Write or check the page. Return the exit status."""
    if shutil.which("pulumi") is None:
        print("NOT RUN ON THE PULUMI CLI: `pulumi` is not on PATH", file=sys.stderr)
        return 0
    current = PAGE.read_text(encoding="utf-8")
    written = with_outputs(current, [recorded(situation) for situation in SITUATIONS])
    if "--check" in sys.argv:
        if current != written:
            print("docs/plans.md is outdated. Run `python tools/record_plans.py`.", file=sys.stderr)
            sys.stderr.writelines(difflib.unified_diff(current.splitlines(True), written.splitlines(True)))
        return int(current != written)
    PAGE.write_text(written, encoding="utf-8")
    return 0


def recorded(situation: Situation) -> str:
    """Run a situation and return the output of the CLI, without the parts that differ between runs."""
    with tempfile.TemporaryDirectory() as scratch, LocalServer() as server:
        project = Project(Path(scratch, "shop"), server)
        project.yaml() if situation.language == "yaml" else project.python()
        project.run("stack", "init", "dev")
        if situation.deployed:
            project.up()
        situation.edit(project)
        return normalised(project.run(*situation.command.split(), "--suppress-progress"))


def normalised(text: str) -> str:
    """Return output with example ids and shortened digests, and without times."""
    for number, context_id in enumerate(dict.fromkeys(re.findall(r"SdkCtx-\w+", text))):
        text = text.replace(context_id, EXAMPLE_IDS[number])
    text = re.sub(r"\b([0-9a-f]{7})[0-9a-f]{57}\b", r"\1…", text)
    text = re.sub(r" \(\d+(\.\d+)?s\)", "", text)
    lines = [line.rstrip() for line in text.splitlines()]
    kept = [line for line in lines if not line.startswith(("Duration:", "warning: using pulumi-"))]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()


def with_outputs(page: str, outputs: list[str]) -> str:
    """Return the page with each recorded block replaced.

    Raises:
        ValueError: the page does not have one block for each situation.
    """
    parts, olds = BLOCK.split(page), BLOCK.findall(page)
    if len(parts) != len(outputs) + 1:
        raise ValueError(f"docs/plans.md has {len(parts) - 1} recordings, expected {len(outputs)}")
    blocks = [
        f"```text\n$ pulumi {situation.command}\n{output}\n```\n"
        for situation, output in zip(SITUATIONS, outputs, strict=True)
    ]
    kept = [old if same_lines(old, new) else new for old, new in zip(olds, blocks, strict=True)]
    return "".join(part + block for part, block in zip(parts, [*kept, ""], strict=True))


def same_lines(one: str, other: str) -> bool:
    """Return whether two outputs have the same lines. The order in which the CLI prints some rows varies."""
    return sorted(one.splitlines()) == sorted(other.splitlines())


if __name__ == "__main__":
    sys.exit(main())

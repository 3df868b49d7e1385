"""Tests of every code block of the README and of docs/.

Each page is one project whose blocks are written and run in order: its programs on the test engine and, where the
Pulumi CLI is on PATH, on the CLI, with its shell commands and YAML programs.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from pulumi.automation import ConfigValue

from pulumi_agbcontext.client import Account, ContextService
from pulumi_agbcontext.publication import HOMEPAGE
from pulumi_agbcontext.testing import LocalServer, Stack
from pulumi_agbcontext.testing.engine.real import real_environment
from tests.nested import run_pytest

from .blocks import PAGES, ROOT, Block, blocks, name_of

KEY = "key-of-the-documentation"
PASSPHRASE = "a passphrase for tests"
DIRECTORY = {  # files that pages expect in the project's directory
    "workspace/prompt.md": "You are a support agent.",
    "workspace/data/orders.csv": "order,state\n1017,shipped\n",
    "seed/orders.csv": "order,state\n1017,shipped\n",
    "prices.csv": "item,price\nchair,120\n",
}
ONLY_ON_THE_CLI = {"diff", "clear_pending_creates"}  # options that the test engine does not have
NOT_RUN = {  # every block that is not run: its page and the reason
    ("README.md", "it needs the real cloud"): 1,
    ("README.md", "these are the two commands that run all this"): 1,
    ("CONTRIBUTING.md", "these are the commands that run all this"): 1,
    ("docs/_index.md", "it needs the generated SDK; examples/typescript is the same and is compiled"): 1,
    ("docs/how-to/adopt-and-import.md", "the CLI must find the plugin by its name"): 1,
    ("docs/_index.md", "it needs the generated SDK"): 3,
    ("docs/how-to/test-offline.md", "tests/server/test_documented.py sends these requests"): 1,
    ("docs/installation-configuration.md", "it downloads the released plugin"): 2,
    ("docs/installation-configuration.md", "the suite runs on the package as it is in the repository"): 1,
}


class Page:
    """A page's project: its directory, and how to run each kind of block."""

    def __init__(self, directory: Path, server: LocalServer) -> None:
        self.directory = directory
        self.server = server
        self.write("Pulumi.yaml", "name: page\nruntime: python\n")
        for name, text in DIRECTORY.items():
            self.write(name, text)

    def write(self, name: str, text: str) -> None:
        """Write a file of the project."""
        file = self.directory / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")

    def run(self, block: Block) -> None:
        """Run a block."""
        if block.mark == "exists":
            self.destroy()
            self.make(block.says)
        if block.mark == "file":
            self.write(block.says, block.text)
            if block.says.startswith("test_"):
                self.test(block.says)
        elif block.mark == "offline":
            self.offline(block.text)
        elif block.mark == "another stack":
            self.deploy_another(block.says, block.text)
        elif block.mark != "not run":
            getattr(self, block.language)(block)

    def python(self, block: Block) -> None:
        """Deploy a program."""
        program = self.directory / "__main__.py"
        self.write("__main__.py", (program.read_text("utf-8") if block.mark == "continues" else "") + block.text)
        self.deploy(unchanged=block.mark == "unchanged")

    def text(self, block: Block) -> None:
        """Do nothing with printed output. test_plans.py compares the recordings of the CLI."""
        assert block.text.startswith("$ pulumi "), "printed output that no test compares"

    def deploy(self, *, unchanged: bool) -> None:
        raise NotImplementedError

    def deploy_another(self, name: str, program: str) -> None:
        """Deploy the program of a second project, which reads the outputs of this one."""
        raise NotImplementedError

    def destroy(self) -> None:
        raise NotImplementedError

    def make(self, name: str) -> None:
        """Create a context with a file outside the program."""
        context = ContextService(Account(self.server.url, KEY)).create(name).context
        assert context is not None
        self.server.put_file(KEY, context.id, "/theirs.md", b"kept")

    def offline(self, text: str) -> None:
        """Run commands for a clone of the repository, with this interpreter and this server."""
        shutil.copytree(ROOT / "examples" / "quickstart", self.directory / "examples" / "quickstart")
        lines = [line for line in text.splitlines() if "activate" not in line and "a second terminal" not in line]
        commands = "\n".join(lines).replace("http://127.0.0.1:8765", self.server.url)
        environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
        before = len(self.server.requests)
        _succeed(_run(["bash", "-e", "-c", commands], self.directory, environment))
        asked = [record.operation for record in self.server.requests[before:]]
        assert asked.count("Upload") == 6 + 4  # two creates, each with two writes of the owner record
        assert asked.count("ClearContext") == 2

    def test(self, file: str) -> None:
        """Run pytest on a file."""
        _succeed(run_pytest(file, self.directory))


class OnTheTestEngine(Page):
    """Programs, and the commands of the CLI that the test engine has."""

    def stack(self) -> Stack:
        return Stack(self.directory, passphrase=PASSPHRASE, timeout=60)

    def python(self, block: Block) -> None:
        if block.mark == "cli":
            compile(block.text, block.mark, "exec")
        else:
            super().python(block)

    def deploy(self, *, unchanged: bool) -> None:
        self.stack().up(expect_no_changes=unchanged)

    def deploy_another(self, name: str, program: str) -> None:
        """Only compile the program, because the test engine has no `StackReference`."""
        compile(program, name, "exec")

    def destroy(self) -> None:
        self.stack().destroy()

    def sh(self, block: Block) -> None:
        for line in block.text.splitlines():
            match shlex.split(line, comments=True):
                case ["pulumi", "config", "set", *words]:
                    key, value = [word for word in words if word != "--secret"]
                    self.stack().set_config(key, ConfigValue(value.replace("$AGB_API_KEY", KEY), "--secret" in words))
                case ["pulumi", ("up" | "preview" | "refresh") as command, *flags] if "--target" not in flags:
                    options = {flag.removeprefix("--").replace("-", "_"): True for flag in flags}
                    known = options.keys() - ONLY_ON_THE_CLI
                    getattr(self.stack(), command)(**dict.fromkeys(known, True))
                case ["python", script]:
                    _succeed(_run([sys.executable, script], self.directory))

    def yaml(self, block: Block) -> None:
        assert isinstance(yaml.safe_load(block.text), dict)


class OnTheCli(Page):
    """Every kind of block, on the Pulumi CLI."""

    def __init__(self, directory: Path, server: LocalServer, environment: dict[str, str]) -> None:
        super().__init__(directory, server)
        self._environment = {**environment, "PULUMI_SKIP_CONFIRMATIONS": "true"}
        self._others: dict[str, Path] = {}
        self.shell("pulumi stack init dev")

    def shell(self, text: str, directory: Path | None = None) -> None:
        command = ["bash", "-e", "-u", "-o", "pipefail", "-c", text]
        _succeed(_run(command, directory or self.directory, self._environment))

    def deploy(self, *, unchanged: bool = False) -> None:
        self.shell("pulumi up --skip-preview" + " --expect-no-changes" * unchanged)

    def deploy_another(self, name: str, program: str) -> None:
        if name not in self._others:
            directory = self._others[name] = self.directory.parent / name
            directory.mkdir()
            (directory / "Pulumi.yaml").write_text(f"name: {name}\nruntime: python\n", "utf-8")
            self.shell("pulumi stack init dev && pulumi config set owner organization/page/dev", directory)
        (self._others[name] / "__main__.py").write_text(program, "utf-8")
        self.shell("pulumi up --skip-preview && pulumi up --skip-preview --expect-no-changes", self._others[name])

    def destroy(self) -> None:
        for directory in (*self._others.values(), self.directory):
            self.shell("pulumi destroy --skip-preview", directory)

    def sh(self, block: Block) -> None:
        self.shell(block.text)

    def yaml(self, block: Block) -> None:
        assert "runtime: yaml" in block.text
        if shutil.which("pulumi-language-yaml") is None:
            pytest.skip("NOT RUN: there is no pulumi-language-yaml on PATH")
        self.destroy()
        self.write("Pulumi.yaml", re.sub(r"^name: .*", "name: page", block.text))
        self.deploy()


def _run(command: list[str], directory: Path, environment: dict[str, str] | None = None) -> Any:
    return subprocess.run(
        command, cwd=directory, env=environment, capture_output=True, text=True, timeout=100, check=False
    )


def _succeed(done: subprocess.CompletedProcess[str]) -> None:
    assert done.returncode == 0, done.stdout + done.stderr


def _with(languages: tuple[str, ...]) -> list[Any]:
    pages = [page for page in PAGES if any(b.language in languages and b.mark != "not run" for b in blocks(page))]
    return [pytest.param(page, id=name_of(page)) for page in pages]


@pytest.fixture
def environment(agb_server: LocalServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Set the environment variables of a user's shell, for either engine."""
    agb_server.behave(clear_seconds=0.1)
    settings = {"AGB_ENDPOINT": agb_server.url, "AGB_API_KEY": KEY, "PYTHONDONTWRITEBYTECODE": "1"}
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    return {**os.environ, **real_environment(tmp_path, PASSPHRASE)}


@pytest.mark.parametrize("page", _with(("python", "yaml")))
def test_the_programs_of_a_page_run_on_the_test_engine(
    page: Path, agb_server: LocalServer, environment: dict[str, str], tmp_path: Path
) -> None:
    project = OnTheTestEngine(tmp_path / "page", agb_server)
    for block in blocks(page):
        project.run(block)
    project.destroy()


@pytest.mark.pulumi_cli
@pytest.mark.skipif(shutil.which("pulumi") is None, reason="NOT RUN ON THE PULUMI CLI: `pulumi` is not on PATH")
@pytest.mark.timeout(300)
@pytest.mark.parametrize("page", _with(("python", "sh", "yaml")))
def test_a_page_runs_on_the_cli(
    page: Path, agb_server: LocalServer, environment: dict[str, str], tmp_path: Path
) -> None:
    project = OnTheCli(tmp_path / "page", agb_server, environment)
    for block in blocks(page):
        project.run(block)
    project.destroy()


def test_every_block_that_is_not_run_has_a_reason() -> None:
    left_out: dict[tuple[str, str], int] = {}
    for page in PAGES:
        for block in blocks(page):
            if block.mark == "not run":
                key = (name_of(page), block.says)
                left_out[key] = left_out.get(key, 0) + 1
    assert left_out == NOT_RUN


LINKING = sorted({*PAGES, *ROOT.glob("*.md"), *(ROOT / "examples").rglob("*.md"), *(ROOT / "benchmarks").glob("*.md")})


@pytest.mark.parametrize("page", [pytest.param(page, id=name_of(page)) for page in LINKING])
def test_every_link_of_a_page_resolves(page: Path) -> None:
    text = page.read_text("utf-8")
    relative = [page.parent / link for link in re.findall(r"\]\((?!https?:)([^)#]+)", text)]
    absolute = [ROOT / link for link in re.findall(rf"{HOMEPAGE}/(?:blob|tree)/main/([^)#\s]+)", text)]
    assert [link for link in (*relative, *absolute) if not link.exists()] == []

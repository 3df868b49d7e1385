"""Tests of editor support for programs: wrong names and types are flagged, completion and hover texts are shown."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pulumi_agbcontext.lifecycle.context.model import ContextInputs, ContextState
from pulumi_agbcontext.lifecycle.context_file.model import ContextFileInputs, ContextFileState
from pulumi_agbcontext.schema import INTERNAL

BIN = Path(sys.executable).parent
WRONG = [  # a line of a program, and what both type checkers must name
    ("agb.Context('a', nmae='x')", "nmae"),
    ("agb.Context('a', name=1)", "name"),
    ("agb.Context('a', clear_timeout='60 seconds')", "clear_timeout"),
    ("agb.Context('a', files={'/a': 1})", "files"),
    ("agb.Context('a').fiel_count", "fiel_count"),
    ("agb.ContextFile('f', contextid='x')", "contextid"),
    ("agb.get_context(nmae='x')", "nmae"),
    ("agb.files_from('folder', exclude=1)", "exclude"),
]
SETTINGS = {"python": {"pythonPath": sys.executable}}
RIGHT = """import pathlib
import pulumi
import pulumi_agbcontext as agb

first = agb.Context(
    "a",
    files={"/a": "text", "/b": b"bytes", "/c": pathlib.Path("c"), "/d": pulumi.FileAsset("d"), **agb.files_from("e")},
    secret_files={"/token": pulumi.Config().require_secret("token")},
    clear_triggers=["v1", 2, {"three": None}],
)
second = agb.Context("b", name=first.name.apply(lambda name: name + "-2"), files={"/id": first.id})
agb.ContextFile("f", context_id=second.id, path="/f", content=first.generation.apply(str))
pulumi.export("count", first.file_count)
"""


@pytest.mark.parametrize("checker", ["mypy", "basedpyright"])
def test_wrong_names_and_types_are_flagged_and_right_ones_are_not(checker: str, tmp_path: Path) -> None:
    (tmp_path / "right.py").write_text(RIGHT)
    lines = ["import pulumi_agbcontext as agb", *(line for line, _ in WRONG)]
    (tmp_path / "invalid.py").write_text("\n".join(lines) + "\n")
    (tmp_path / "pyrightconfig.json").write_text(json.dumps({"typeCheckingMode": "standard"}))
    options = {
        "mypy": ["--strict", "--no-error-summary", "--cache-dir", str(tmp_path / "cache")],
        "basedpyright": ["--pythonpath", sys.executable],
    }
    command = [str(BIN / checker), *options[checker], "right.py", "invalid.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=110, check=False)
    errors = [line for line in done.stdout.splitlines() if " error: " in line or " - error: " in line]
    assert [line for line in errors if "right.py" in line] == []
    flagged = {int(line.split("invalid.py:")[1].split(":")[0]) for line in errors}
    assert flagged == set(range(2, len(WRONG) + 2)), done.stdout + done.stderr


class Editor:
    """The language server of basedpyright, with requests like those of an editor."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._id = 0
        self._process = subprocess.Popen(
            [str(BIN / "basedpyright-langserver"), "--stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self.ask(
            "initialize",
            processId=None,
            rootUri=directory.as_uri(),
            capabilities={"workspace": {"configuration": True}},
        )
        self._send({"method": "initialized", "params": {}})

    def open(self, name: str, text: str) -> dict[str, str]:
        """Open a file with a text and return the identifier for requests about it."""
        uri = (self._directory / name).as_uri()
        document = {"uri": uri, "languageId": "python", "version": 1, "text": text}
        self._send({"method": "textDocument/didOpen", "params": {"textDocument": document}})
        return {"uri": uri}

    def ask(self, method: str, **params: Any) -> Any:
        """Send a request and wait for the response."""
        self._id += 1
        self._send({"id": self._id, "method": method, "params": params})
        while True:
            message = self._receive()
            if message.get("id") == self._id and "method" not in message:
                return message["result"]
            if message.get("method") == "workspace/configuration":
                settings = [SETTINGS.get(item["section"], {}) for item in message["params"]["items"]]
                self._send({"id": message["id"], "result": settings})
            elif "id" in message and "method" in message:
                self._send({"id": message["id"], "result": None})

    def close(self) -> None:
        """Stop the server."""
        self._process.kill()
        self._process.communicate()

    def _send(self, message: dict[str, Any]) -> None:
        assert self._process.stdin
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        self._process.stdin.flush()

    def _receive(self) -> dict[str, Any]:
        assert self._process.stdout
        length = 0
        while line := self._process.stdout.readline().strip():
            name, _, value = line.partition(b": ")
            length = int(value) if name == b"Content-Length" else length
        message: dict[str, Any] = json.loads(self._process.stdout.read(length))
        return message


@pytest.fixture(scope="module")
def editor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    """Return an editor in an empty directory, with this interpreter's packages."""
    opened = Editor(tmp_path_factory.mktemp("editor"))
    yield opened
    opened.close()


@pytest.mark.long
def test_an_editor_completes_every_argument_and_shows_its_description(editor: Editor) -> None:
    begun = "import pulumi_agbcontext as agb\nagb.Context('a', )\nagb.ContextFile('f', )\n"
    document = editor.open("begun.py", begun)
    for line, character, model in ((1, 17, ContextInputs), (2, 21, ContextFileInputs)):
        where = {"textDocument": document, "position": {"line": line, "character": character}}
        offered = {item["label"] for item in editor.ask("textDocument/completion", **where)["items"]}
        assert {f"{name}=" for name in model.model_fields} <= offered
        where["position"] = {"line": line, "character": 6}
        shown = editor.ask("textDocument/hover", **where)["contents"]["value"]
        assert all(f"{name}: " in shown for name in model.model_fields)


@pytest.mark.long
def test_an_editor_shows_the_description_of_every_output(editor: Editor) -> None:
    outputs = [("context", name) for name in ContextState.model_fields if name not in INTERNAL]
    outputs += [("file", name) for name in ContextFileState.model_fields if name != "account"]
    head = ["import pulumi_agbcontext as agb", "context = agb.Context('a')", "file = agb.ContextFile('f')"]
    lines = [*head, *(f"{owner}.{name}" for owner, name in outputs)]
    document = editor.open("outputs.py", "\n".join(lines) + "\n")
    for line, (owner, name) in enumerate(outputs, len(head)):
        where = {"textDocument": document, "position": {"line": line, "character": len(owner) + 2}}
        shown = editor.ask("textDocument/hover", **where)["contents"]["value"]
        assert "Output[" in shown
        assert len(shown.partition("Output[")[2].splitlines()) > 1, f"{owner}.{name} has no documentation: {shown}"

"""Tests that SDKs for all languages are generated without errors or warnings and that programs with them run."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from pulumi_agbcontext.testing import Stack
from tests.holding import holds

from .adapters import KEY, PLUGIN
from .cli import ROOT, Program, on_the_cli

pytestmark = on_the_cli
LANGUAGES = ("nodejs", "python", "go", "dotnet", "java")
ENUMERATION = {  # how an SDK declares an input that accepts an enumeration and a string
    "nodejs": ("context.ts", "driftCheck?: pulumi.Input<string | enums.DriftCheck"),
    "python": ("context.py", "Union[_builtins.str, 'DriftCheck']"),
    "go": ("context.go", "DriftCheck pulumi.StringPtrInput"),
}
PIXEL = bytes.fromhex("89504e470d0a1a0a0000000d4948445200000001000000010806000000")


def _generate(program: Program, language: str, source: Path, directory: Path) -> str:
    """Generate an SDK and return the output of the CLI, except for the location of the language host."""
    text = program.run("package", "gen-sdk", str(source), "--language", language, "--out", str(directory))
    return "\n".join(line for line in text.splitlines() if "from $PATH" not in line)


class _Logo(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(PIXEL)

    def log_message(self, format: str, *args: object) -> None:
        return


@contextmanager
def _logo() -> Iterator[str]:
    """Return the address of a logo. For a schema without a logo, the .NET host downloads Pulumi's from the internet."""
    with HTTPServer(("127.0.0.1", 0), _Logo) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/logo.png"
        server.shutdown()


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_sdk_is_generated_without_error_or_warning(language: str, program: Program, tmp_path: Path) -> None:
    if shutil.which(f"pulumi-language-{language}") is None:
        pytest.skip(f"NOT RUN: there is no pulumi-language-{language} on PATH")
    schema = _schema(program)
    with _logo() as address:
        (tmp_path / "schema.json").write_text(json.dumps({**schema, "logoUrl": address}))
        text = _generate(program, language, tmp_path / "schema.json", tmp_path / "sdk")
    assert "warning" not in text
    assert "error" not in text
    assert any((tmp_path / "sdk" / language).iterdir())
    if language in ENUMERATION:
        name, declaration = ENUMERATION[language]
        [source] = [file for file in (tmp_path / "sdk" / language).rglob(name) if file.name == name]
        assert declaration in source.read_text("utf-8")


def test_the_schema_of_the_plugin_matches_the_file(program: Program) -> None:
    given, written = _schema(program), json.loads((ROOT / "schema.json").read_text("utf-8"))
    for part in ("resources", "functions"):
        assert given[part].keys() == written[part].keys()


def _schema(program: Program) -> dict[str, Any]:
    """Return the schema that the CLI reads from the plugin."""
    text = program.run("package", "get-schema", str(PLUGIN))
    notes, brace, schema = text.partition("{")
    assert "warning" not in notes
    return dict(json.loads(brace + schema))


@pytest.mark.long
def test_the_generated_python_sdk_and_this_package_can_be_used_together(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _generate(program, "python", PLUGIN, tmp_path / "sdk")
    site = tmp_path / "site"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target", str(site)]
    subprocess.run([*pip, "parver"], check=True)  # all other requirements of the SDK are installed
    subprocess.run([*pip, "--no-deps", str(tmp_path / "sdk" / "python")], check=True)
    text = f"""
        import sys
        sys.path.append({str(site)!r})
        import pulumi_agbcontext_sdk as sdk
        one = agb.Context("one", name="one", files={{"/a": "x"}})
        two = sdk.Context("two", name="two", files={{"/b": StringAsset("y")}}, clear_triggers=["v1"])
        sdk.ContextFile("file", context_id=one.id, path="/f", content=two.name)
        pulumi.export("found", sdk.get_context_output(id=two.id).name)
        """
    program.write("python", python=text)
    monkeypatch.setenv("AGB_ENDPOINT", program.server.url)
    monkeypatch.setenv("AGB_API_KEY", KEY)
    for up in (program.up, Stack(program.directory, passphrase="open sesame", timeout=100).up):
        up()
        ids = program.contexts()
        assert holds(program.server, KEY, ids["one"]) == {"/a": b"x", "/f": b"two"}
        assert holds(program.server, KEY, ids["two"]) == {"/b": b"y"}
        program.server.reset()

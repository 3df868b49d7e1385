"""Tests of the release: contents of wheel and sdist, and the check of a tag before it is published."""

from __future__ import annotations

import runpy
import subprocess
import sys
import tarfile
import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory with the wheel and the sdist of this checkout."""
    directory = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "--directory", str(directory)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=100)
    return directory


def test_the_wheel_holds_the_package_its_data_and_its_entry_points(built: Path) -> None:
    [wheel] = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        [metadata] = [name for name in names if name.endswith(".dist-info/METADATA")]
        reported = archive.read(metadata).decode()
        entry_points = archive.read(metadata.replace("METADATA", "entry_points.txt")).decode()
    tracked = _tracked("pulumi_agbcontext")
    assert {name for name in names if ".dist-info/" not in name} == tracked
    assert {"pulumi_agbcontext/py.typed", "pulumi_agbcontext/pulumi-plugin.json"} <= tracked
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert "pulumi-resource-agbcontext = pulumi_agbcontext.plugin.server:main" in entry_points
    assert "pulumi_agbcontext = pulumi_agbcontext.testing.pytest_plugin" in entry_points
    assert "# pulumi-agbcontext" in reported
    assert "Provides-Extra: testing" in reported


def test_the_plugin_of_each_platform_contains_the_wheel_and_what_starts_it(built: Path, tmp_path: Path) -> None:
    [wheel] = built.glob("*.whl")
    build_plugin = runpy.run_path(str(ROOT / "tools" / "build_plugin.py"))["build_plugin"]
    *assets, checksums = build_plugin(wheel, tmp_path)
    release = f"pulumi-resource-agbcontext-v{version('pulumi-agbcontext')}"
    platforms = ("linux-amd64", "linux-arm64", "darwin-amd64", "darwin-arm64", "windows-amd64")
    assert {asset.name for asset in assets} == {f"{release}-{platform}.tar.gz" for platform in platforms}
    for asset in assets:
        with tarfile.open(asset) as archive:
            files = {member.name: _content(archive, member) for member in archive.getmembers()}
        assert files.keys() == {"LICENSE", "PulumiPlugin.yaml", "__main__.py", "requirements.txt", wheel.name}
        assert files["requirements.txt"] == f"./{wheel.name}\n".encode()
        assert files[wheel.name] == wheel.read_bytes()
        assert yaml.safe_load(files["PulumiPlugin.yaml"])["runtime"]["name"] == "python"
    subprocess.run(["sha256sum", "--check", "--strict", checksums.name], cwd=tmp_path, check=True, capture_output=True)


def test_the_plugin_built_again_from_the_same_wheel_is_the_same(built: Path, tmp_path: Path) -> None:
    [wheel] = built.glob("*.whl")
    build_plugin = runpy.run_path(str(ROOT / "tools" / "build_plugin.py"))["build_plugin"]
    digests = []
    for directory in (tmp_path / "a", tmp_path / "b"):
        directory.mkdir()
        digests.append(build_plugin(wheel, directory)[-1].read_text())
    assert digests[0] == digests[1]


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = archive.extractfile(member)
    assert file is not None
    return file.read()


def test_the_sdist_holds_what_tests_and_documentation_need(built: Path) -> None:
    [sdist] = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    directories = ("pulumi_agbcontext", "tests", "examples", "docs", "tools")
    needed = set().union(*(_tracked(directory) for directory in directories))
    pages = {"README.md", "CHANGELOG.md", "CONTRIBUTING.md", "DESIGN.md", "LICENSE", "Makefile", "schema.json"}
    assert needed | pages <= names
    assert not [name for name in names if "__pycache__" in name or name.startswith((".venv", ".git/"))]


def _tracked(directory: str) -> set[str]:
    """Return the files of a directory that are part of the project."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", directory]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=20, check=False)
    if listed.returncode:
        pytest.skip("NOT RUN: this is no git checkout")
    return {name for name in listed.stdout.splitlines() if (ROOT / name).exists()}


@pytest.mark.parametrize(
    ("tag", "changelog", "fault"),
    [
        ("v1.2.0", "## 1.2.0 - 2026-11-22\n", ""),
        ("v1.2.1", "## 1.2.1 - 2026-11-22\n", "the version in pyproject.toml is 1.2.0"),
        ("1.2.0", "## 1.2.0 - 2026-11-22\n", "the version in pyproject.toml is 1.2.0"),
        ("v1.2.0", "## Unreleased\n", "CHANGELOG.md has no section"),
    ],
)
def test_a_tag_is_released_only_with_its_version_and_its_changes(tag: str, changelog: str, fault: str) -> None:
    message = runpy.run_path(str(ROOT / "tools" / "check_release.py"))["fault"](tag, "1.2.0", changelog)
    assert message.startswith(fault)
    assert bool(message) == bool(fault)


def test_the_changelog_is_in_the_form_it_names() -> None:
    lines = (ROOT / "CHANGELOG.md").read_text("utf-8").splitlines()
    assert lines[0] == "# Changelog"
    assert next(line for line in lines if line.startswith("## ")) == "## Unreleased"
    kinds = {line for line in lines if line.startswith("### ")}
    assert kinds <= {f"### {kind}" for kind in ("Added", "Changed", "Deprecated", "Removed", "Fixed", "Security")}


def test_pipelines_and_hooks_call_what_there_is() -> None:
    for file in (".github/workflows/check.yml", ".github/workflows/release.yml", ".pre-commit-config.yaml"):
        text = (ROOT / file).read_text("utf-8")
        assert yaml.safe_load(text)
        called = [word for word in text.split() if word.startswith(("tools/", ".ci/"))]
        assert [word for word in called if not (ROOT / word).exists()] == []
    makefile = (ROOT / "Makefile").read_text("utf-8")
    assert all(
        f"\n{target}:" in makefile for target in ("quickstart", "test", "test-lowest", "check", "docs", "schema")
    )

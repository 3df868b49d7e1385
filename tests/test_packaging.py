"""Tests of the release: contents of wheel and sdist, and the check of a tag before it is published."""

from __future__ import annotations

import json
import re
import runpy
import shutil
import subprocess
import sys
import tarfile
import zipfile
from email.message import Message
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[1]
VERSION = version("pulumi-agbcontext")
build_plugin = runpy.run_path(str(ROOT / "tools" / "build_plugin.py"))["build_plugin"]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory with the wheel and the sdist of this checkout."""
    directory = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "--directory", str(directory)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=100)
    return directory


def test_the_wheel_contains_the_package_its_data_and_its_entry_points(built: Path) -> None:
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
    *assets, checksums = build_plugin(wheel, tmp_path)
    release = f"pulumi-resource-agbcontext-v{VERSION}"
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
    digests = []
    for directory in (tmp_path / "a", tmp_path / "b"):
        directory.mkdir()
        digests.append(build_plugin(wheel, directory)[-1].read_text())
    assert digests[0] == digests[1]


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = archive.extractfile(member)
    assert file is not None
    return file.read()


def test_the_sdist_contains_the_files_that_tests_and_documentation_need(built: Path) -> None:
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


@pytest.fixture(scope="module")
def check() -> dict[str, Any]:
    """The functions of the release check."""
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        return runpy.run_path(str(ROOT / "tools" / "check_release.py"))
    finally:
        sys.path.remove(str(ROOT / "tools"))


@pytest.fixture(scope="module")
def release(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with everything that a tag publishes."""
    directory = shutil.copytree(built, tmp_path_factory.mktemp("release") / "dist")
    [wheel] = directory.glob("*.whl")
    build_plugin(wheel, directory)
    return directory


def test_this_checkout_can_be_released(check: dict[str, Any], release: Path) -> None:
    assert list(check["faults"](f"v{VERSION}", release)) == []


@pytest.mark.parametrize(
    ("tag", "changelog", "fault"),
    [
        ("v1.2.0", "## 1.2.0 - 2026-11-22\n", ""),
        ("v1.2.1", "## 1.2.1 - 2026-11-22\n", "the version in schema.json is 1.2.0"),
        ("1.2.0", "## 1.2.0 - 2026-11-22\n", "the version in schema.json is 1.2.0"),
        ("v1.2.0", "## Unreleased\n", "CHANGELOG.md has no section"),
    ],
)
def test_a_tag_requires_its_version_and_its_changes(
    check: dict[str, Any], tag: str, changelog: str, fault: str
) -> None:
    message = "".join(check["version_faults"](tag, "1.2.0", changelog))
    assert message.startswith(fault)
    assert bool(message) == bool(fault)


@pytest.mark.parametrize(
    ("damage", "fault"),
    [
        (lambda asset, checksums: asset.unlink(), "is missing"),
        (lambda asset, checksums: asset.write_bytes(b"other"), "does not contain the checksum of"),
        (lambda asset, checksums: checksums.unlink(), "does not contain the checksum of"),
    ],
    ids=["missing", "changed", "no checksums"],
)
def test_a_plugin_that_is_missing_or_changed_is_not_released(
    check: dict[str, Any], release: Path, tmp_path: Path, damage: Any, fault: str
) -> None:
    copy = shutil.copytree(release, tmp_path / "dist")
    prefix = f"pulumi-resource-agbcontext-v{VERSION}"
    damage(copy / f"{prefix}-darwin-arm64.tar.gz", copy / f"{prefix}-checksums.txt")
    found = list(check["plugin_faults"](VERSION, copy))
    assert found
    assert all(fault in one for one in found)


@pytest.mark.parametrize("key", ["namespace", "publisher", "homepage", "repository", "logoUrl", "pluginDownloadURL"])
def test_a_schema_without_what_a_third_party_needs_is_not_released(check: dict[str, Any], key: str) -> None:
    schema = json.loads((ROOT / "schema.json").read_text("utf-8"))
    assert list(check["schema_faults"](schema)) == []
    [fault] = check["schema_faults"]({**schema, key: "another"})
    assert fault.startswith(f"{key} in schema.json is 'another'")


@pytest.mark.parametrize(
    ("was", "is_now", "fault"),
    [
        ("title: AGB contexts", "", "has no title"),
        ("layout: package", "", "has no layout"),
        ("{{% choosable language go %}}", "", "has no example in go"),
        ("{{% choosable language csharp %}}", "", "has no example in csharp"),
        ("## Example", "## [Example](how-to/day-2.md)", "contains the relative link how-to/day-2.md"),
        ("## Example", '<img src="./logo.png">', "contains the relative link ./logo.png"),
        ("{{< /chooser >}}", "{{ < /chooser >}}", "contains a malformed shortcode"),
    ],
)
def test_a_page_that_the_registry_rejects_is_not_released(
    check: dict[str, Any], was: str, is_now: str, fault: str
) -> None:
    page = (ROOT / "docs" / "_index.md").read_text("utf-8")
    assert was in page
    assert list(check["page_faults"]("docs/_index.md", page)) == []
    assert list(check["page_faults"]("docs/_index.md", page.replace(was, is_now, 1))) == [f"docs/_index.md {fault}"]


@pytest.mark.parametrize(
    "text",
    [
        'import * as agbcontext from "@pulumi/agbcontext";',
        '"github.com/pulumi/pulumi-agbcontext/sdk/go/agbcontext"',
        "using Agbcontext = Pulumi.Agbcontext;",
        "import com.pulumi.agbcontext.Context;",
        "import pulumi_agbcontext_client",
        "git clone https://github.com/another-owner/pulumi-agbcontext",
        "pluginDownloadURL: github://api.github.com/pulumi/pulumi-agb",
    ],
)
def test_an_example_with_another_package_name_is_not_released(check: dict[str, Any], text: str) -> None:
    assert len(list(check["name_faults"]("docs/page.md", text))) == 1


def test_distributions_whose_readme_has_relative_links_are_not_released(check: dict[str, Any]) -> None:
    metadata = Message()
    metadata.set_payload("[more](docs/plans.md)")
    found = "\n".join(check["metadata_faults"](metadata))
    assert "the relative link docs/plans.md" in found
    assert "contains no picture" in found
    assert "the URL Homepage" in found
    assert "no classifier for Python 3.14" in found


def test_the_changelog_follows_its_stated_format() -> None:
    lines = (ROOT / "CHANGELOG.md").read_text("utf-8").splitlines()
    assert lines[0] == "# Changelog"
    assert next(line for line in lines if line.startswith("## ")) == "## Unreleased"
    kinds = {line for line in lines if line.startswith("### ")}
    assert kinds <= {f"### {kind}" for kind in ("Added", "Changed", "Deprecated", "Removed", "Fixed", "Security")}


WORKFLOWS = (".github/workflows/check.yml", ".github/workflows/release.yml")


def test_pipelines_and_hooks_call_what_exists() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for file in (*WORKFLOWS, ".pre-commit-config.yaml", "Makefile"):
        text = (ROOT / file).read_text("utf-8")
        called = [word for word in text.split() if word.startswith(("tools/", ".ci/"))]
        assert [word for word in called if not (ROOT / word).exists()] == []
        commands = re.findall(r"run: make ([^\n]+)", text)
        targets = [word for command in commands for word in command.split() if re.fullmatch(r"[a-z-]+", word)]
        assert [target for target in targets if f"\n{target}: " not in makefile] == []


@pytest.mark.parametrize("file", WORKFLOWS)
def test_a_pipeline_pins_its_actions_and_requests_the_least_permissions(file: str) -> None:
    workflow = yaml.safe_load((ROOT / file).read_text("utf-8"))
    assert workflow["permissions"] == {"contents": "read"}
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    used = [step["uses"] for step in steps if "uses" in step]
    assert [action for action in used if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", action)] == []
    checkouts = [step for step in steps if step.get("uses", "").startswith("actions/checkout@")]
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)
    writing = {
        (name, permission)
        for name, job in workflow["jobs"].items()
        for permission, access in job.get("permissions", {}).items()
        if access == "write"
    }
    assert writing <= {
        ("release", "contents"),
        ("release", "id-token"),
        ("release", "attestations"),
        ("publish", "id-token"),
    }


def test_a_release_is_tested_audited_checked_and_attested_before_it_is_published() -> None:
    jobs = yaml.safe_load((ROOT / ".github/workflows/release.yml").read_text("utf-8"))["jobs"]
    runs = {name: [step["run"] for step in job["steps"] if "run" in step] for name, job in jobs.items()}
    assert [command.split()[:2] for command in runs["build"]] == [[".ci/run"], ["make", "audit"], ["make", "dist"]]
    assert jobs["sdk"]["strategy"]["matrix"]["language"] == ["nodejs", "python", "go", "dotnet"]
    assert jobs["release"]["needs"] == ["build", "sdk"]
    assert any("attest-build-provenance" in step.get("uses", "") for step in jobs["release"]["steps"])
    assert jobs["publish"]["needs"] == "release"

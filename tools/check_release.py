"""Check what a tag would publish, without a network: the plugin, the schema, the Registry's pages, the distributions.

`python tools/check_release.py v0.2.0 dist` reports every fault. `dist` contains the wheel, the sdist and the assets of
`tools/build_plugin.py`.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from typing import Any

import yaml
from build_plugin import PLATFORMS

from pulumi_agbcontext import publication

ROOT = Path(__file__).resolve().parents[1]
PAGES = ("docs/_index.md", "docs/installation-configuration.md")
LANGUAGES = ("typescript", "python", "go", "csharp", "java", "yaml")  # of the Registry's chooser
PYTHONS = ("3.10", "3.11", "3.12", "3.13", "3.14")
SCHEMA = {
    "namespace": publication.OWNER,
    "publisher": publication.OWNER,
    "homepage": publication.HOMEPAGE,
    "repository": publication.HOMEPAGE,
    "logoUrl": publication.LOGO,
    "pluginDownloadURL": publication.PLUGIN_DOWNLOAD_URL,
}
NAMES = {  # how a page or program refers to an SDK: a pattern whose group is the package, and the published name
    r"from \"(@[\w.-]+/agbcontext)\"": publication.NODEJS_PACKAGE,
    r"\"(github\.com/[\w./-]+/sdk/go/agbcontext)\"": publication.GO_PACKAGE,
    r"(?:= |using )([\w.]+)\.Agbcontext;": publication.DOTNET_NAMESPACE,
    r"import ([\w.]+)\.agbcontext\.\w+;": publication.JAVA_PACKAGE,
    r"import (pulumi_agbcontext_\w+)": publication.PYTHON_PACKAGE,
    r"github\.com[/:](?!.*sdk/go)([\w.-]+/pulumi-agbcontext)\b": publication.REPOSITORY,
    r"github://api\.github\.com/([\w.-]+/[\w.-]+)": publication.REPOSITORY,
    r"raw\.githubusercontent\.com/([\w.-]+/[\w.-]+)": publication.REPOSITORY,
}
_RELATIVE = re.compile(r"\]\((?!https://|#)([^)]*)\)|<(?:img|a)[^>]+(?:src|href)=[\"'](?!https://|#)([^\"']*)")


def main() -> int:
    """Check the tag and the directory on the command line. Return the exit code."""
    tag, directory = sys.argv[1], Path(sys.argv[2])
    found = list(faults(tag, directory))
    for fault in found:
        print(f"{tag} cannot be released: {fault}", file=sys.stderr)
    return 1 if found else 0


def faults(tag: str, directory: Path) -> Iterator[str]:
    """Yield the faults of a release.

    Args:
        tag: name of the tag, `v` and the version.
        directory: contains the wheel, the sdist and the plugin's assets.
    """
    version = tag.removeprefix("v")
    schema = json.loads((ROOT / "schema.json").read_text("utf-8"))
    yield from version_faults(tag, schema["version"], (ROOT / "CHANGELOG.md").read_text("utf-8"))
    yield from plugin_faults(version, directory)
    yield from schema_faults(schema)
    for page in PAGES:
        yield from page_faults(page, (ROOT / page).read_text("utf-8"))
    for file in _public_files():
        yield from name_faults(file.relative_to(ROOT).as_posix(), file.read_text("utf-8"))
    yield from distribution_faults(version, directory)


def version_faults(tag: str, packaged: str, changelog: str) -> Iterator[str]:
    """Yield the faults of a tag's version.

    Args:
        tag: name of the tag, `v` and the version.
        packaged: version of the package.
        changelog: text of CHANGELOG.md.
    """
    if tag != f"v{packaged}":
        yield f"the version in schema.json is {packaged}"
    elif not re.search(rf"^## \[?{re.escape(packaged)}\]? - \d{{4}}-\d\d-\d\d$", changelog, re.MULTILINE):
        yield f"CHANGELOG.md has no section `## {packaged} - <date>`"


def plugin_faults(version: str, directory: Path) -> Iterator[str]:
    """Yield the faults of the plugin's assets."""
    release = f"pulumi-resource-agbcontext-v{version}"
    checksums = directory / f"{release}-checksums.txt"
    lines = checksums.read_text("utf-8").splitlines() if checksums.exists() else []
    listed = {name: digest for digest, name in map(str.split, lines)}
    for platform in PLATFORMS:
        asset = directory / f"{release}-{platform}.tar.gz"
        if not asset.exists():
            yield f"{asset.name} is missing"
        elif listed.get(asset.name) != hashlib.sha256(asset.read_bytes()).hexdigest():
            yield f"{checksums.name} does not contain the checksum of {asset.name}"
        else:
            with tarfile.open(asset) as archive:
                names = set(archive.getnames())
            wheel = f"pulumi_agbcontext-{version}-py3-none-any.whl"
            if missing := {"PulumiPlugin.yaml", "__main__.py", "requirements.txt", wheel} - names:
                yield f"{asset.name} does not contain {', '.join(sorted(missing))}"


def schema_faults(schema: dict[str, Any]) -> Iterator[str]:
    """Yield the faults of the schema, as the package of a third party."""
    for key, value in SCHEMA.items():
        if schema.get(key) != value:
            yield f"{key} in schema.json is {schema.get(key)!r}; expected {value!r}"
    for key in ("displayName", "description", "license", "keywords"):
        if not schema.get(key):
            yield f"{key} in schema.json is not set"
    if not {word.partition("/")[0] for word in schema.get("keywords", ())} >= {"category", "kind"}:
        yield "keywords in schema.json contain no category or no kind"
    logo = ROOT / publication.LOGO.partition("/main/")[2]
    if not logo.exists():
        yield f"{logo.relative_to(ROOT)} does not exist"


def page_faults(name: str, text: str) -> Iterator[str]:
    """Yield what the Registry would reject in a page, or render wrongly."""
    front = re.match(r"---\n(.*?)\n---\n", text, re.DOTALL)
    given = yaml.safe_load(front[1]) if front else {}
    for key in ("title", "meta_desc", "layout"):
        if not given.get(key):
            yield f"{name} has no {key}"
    for match in _RELATIVE.finditer(text):
        yield f"{name} contains the relative link {match[1] or match[2]}"
    if re.search(r"\{\{[ \t]+[<%]", text):
        yield f"{name} contains a malformed shortcode"
    if name.endswith("_index.md"):
        for language in LANGUAGES:
            if f"{{{{% choosable language {language} %}}}}" not in text:
                yield f"{name} has no example in {language}"


def name_faults(name: str, text: str) -> Iterator[str]:
    """Yield the names of packages and repositories in a file that differ from the published ones."""
    for pattern, published in NAMES.items():
        for found in re.findall(pattern, text):
            if found not in (published, "pulumi/pulumi"):
                yield f"{name} contains {found}; expected {published}"


def distribution_faults(version: str, directory: Path) -> Iterator[str]:
    """Yield the faults of the wheel and the sdist, and of the page that PyPI would show."""
    wheel = directory / f"pulumi_agbcontext-{version}-py3-none-any.whl"
    sdist = directory / f"pulumi_agbcontext-{version}.tar.gz"
    for file in (wheel, sdist):
        if not file.exists():
            yield f"{file.name} is missing"
            return
    command = [sys.executable, "-m", "twine", "check", "--strict", str(wheel), str(sdist)]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  # our own files
    if checked.returncode:
        yield f"`twine check` failed, {checked.stdout.strip()}"
    yield from metadata_faults(_metadata(wheel))


def metadata_faults(metadata: Message) -> Iterator[str]:
    """Yield the faults of a distribution's metadata."""
    readme = str(metadata.get_payload())
    for match in _RELATIVE.finditer(readme):
        yield f"the README on PyPI contains the relative link {match[1] or match[2]}"
    if f"({publication.LOGO.partition('/main/')[0]}/" not in readme:
        yield "the README on PyPI contains no picture"
    urls = dict(url.split(", ", 1) for url in metadata.get_all("Project-URL", []))
    for label in ("Homepage", "Documentation", "Source", "Issues", "Changelog"):
        if not urls.get(label, "").startswith(publication.HOMEPAGE):
            yield f"the URL {label} in pyproject.toml is {urls.get(label)!r}; expected one below {publication.HOMEPAGE}"
    classifiers = metadata.get_all("Classifier", [])
    for python in PYTHONS:
        if f"Programming Language :: Python :: {python}" not in classifiers:
            yield f"pyproject.toml has no classifier for Python {python}"


def _metadata(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        [name] = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        return message_from_bytes(archive.read(name))


def _public_files() -> list[Path]:
    """Return the files in which users read the names of packages."""
    patterns = ("*.md", "*.toml", "schema.json", "docs/**/*.md", "examples/**/*", ".github/**/*.yml")
    files = [file for pattern in patterns for file in ROOT.glob(pattern) if file.is_file()]
    return [file for file in files if file.suffix in (".md", ".toml", ".json", ".ts", ".py", ".yml", ".yaml")]


if __name__ == "__main__":
    sys.exit(main())

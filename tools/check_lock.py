"""Check that requirements-dev.lock pins everything that pyproject.toml requires, at versions that it accepts.

The check uses no network, so it does not cover indirect requirements, which `pip install` checks.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parent.parent
PYTHON = re.compile(r"Programming Language :: Python :: (3\.\d+)")


def main() -> int:
    """Check the lock file. Return the exit status."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    found = faults(project, (ROOT / "requirements-dev.lock").read_text("utf-8"))
    for fault in found:
        print(f"requirements-dev.lock does not match pyproject.toml: {fault}. Run `make lock`.", file=sys.stderr)
    return 1 if found else 0


def faults(project: dict[str, Any], lock: str) -> list[str]:
    """Return the requirements that the lock file does not meet, on any Python version that the project supports.

    Args:
        project: `project` table of pyproject.toml.
        lock: text of the lock file.
    """
    pins = [Requirement(line.rstrip(" \\")) for line in lock.splitlines() if re.match(r"\w", line)]
    found: dict[str, list[str]] = {}
    for python in filter(None, map(PYTHON.fullmatch, project["classifiers"])):
        environment = {"python_version": python[1], "python_full_version": f"{python[1]}.0"}
        pinned = {canonicalize_name(pin.name): pin for pin in pins if applies(pin, environment)}
        for asked in [*map(Requirement, project["dependencies"]), *of_extra(project, "dev")]:
            if applies(asked, environment) and (fault := unmet(asked, pinned.get(canonicalize_name(asked.name)))):
                found.setdefault(fault, []).append(python[1])
    return [f"{fault} (on Python {', '.join(pythons)})" for fault, pythons in found.items()]


def of_extra(project: dict[str, Any], extra: str) -> Iterator[Requirement]:
    """Yield the requirements of an extra and of the extras that it refers to."""
    for requirement in map(Requirement, project["optional-dependencies"][extra]):
        if requirement.name != project["name"]:
            yield requirement
            continue
        for inner in requirement.extras:
            yield from of_extra(project, inner)


def applies(requirement: Requirement, environment: dict[str, str]) -> bool:
    """Return whether a requirement applies in an environment."""
    return requirement.marker is None or requirement.marker.evaluate(environment)


def unmet(asked: Requirement, pin: Requirement | None) -> str:
    """Return the fault of a requirement's pin, or an empty string."""
    if pin is None:
        return f"{asked.name} is not pinned"
    version = str(pin.specifier).removeprefix("==")
    return "" if asked.specifier.contains(version, prereleases=True) else f"{pin.name} is {version}, not {asked}"


if __name__ == "__main__":
    sys.exit(main())

"""Tests that `make check` detects a lock file that does not match pyproject.toml."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
PROJECT: dict[str, Any] = {
    "name": "shop",
    "classifiers": ["Programming Language :: Python :: 3.10", "Programming Language :: Python :: 3.14"],
    "dependencies": ["pulumi>=3.235,<4"],
    "optional-dependencies": {
        "testing": ["PyYAML>=6.0"],
        "dev": ["shop[testing]", "tomli>=2.0; python_version < '3.11'"],
    },
}
LOCK = r"""pulumi==3.272.0 \
    --hash=sha256:00
    # via shop
pyyaml==6.0.3
tomli==2.5.0 ; python_full_version < '3.11' \
    --hash=sha256:00
"""


def faults(project: dict[str, Any], lock: str) -> list[str]:
    """Return the faults that the tool finds in a project and its lock file."""
    text: list[str] = runpy.run_path(str(ROOT / "tools" / "check_lock.py"))["faults"](project, lock)
    return text


@pytest.mark.parametrize(
    ("was", "is_now", "expected"),
    [
        ("", "", []),
        ("pyyaml==6.0.3", "", ["PyYAML is not pinned (on Python 3.10, 3.14)"]),
        ("pulumi==3.272.0", "pulumi==3.200.0", ["pulumi is 3.200.0, not pulumi<4,>=3.235 (on Python 3.10, 3.14)"]),
        ("< '3.11'", "< '3.9'", ["tomli is not pinned (on Python 3.10)"]),
    ],
    ids=["current", "one missing", "one too old", "one pinned for other Pythons"],
)
def test_a_lock_file_that_does_not_meet_the_requirements_is_reported(
    was: str, is_now: str, expected: list[str]
) -> None:
    assert faults(PROJECT, LOCK.replace(was, is_now)) == expected

"""Test that the table of semantics names existing tests."""

from __future__ import annotations

import re
from pathlib import Path

TESTS = Path(__file__).parent


def test_every_sentence_of_the_semantics_names_a_test_that_exists() -> None:
    rows = re.findall(
        r"^\| (.+?) \| ([\w/]+\.py)::(\w+) \|$", (TESTS / "SEMANTICS.md").read_text("utf-8"), re.MULTILINE
    )
    missing = [
        f"{file}::{name}"
        for _, file, name in rows
        if not re.search(rf"^def {name}\(", (TESTS / file).read_text("utf-8"), re.MULTILINE)
    ]
    assert missing == []
    lines = (TESTS / "SEMANTICS.md").read_text("utf-8").splitlines()
    assert len(rows) == sum(line.startswith("| ") and "---" not in line and "| test |" not in line for line in lines)

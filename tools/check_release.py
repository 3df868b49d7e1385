"""Tell whether a tag may be released: it is the version of the package, and the CHANGELOG has its date."""

from __future__ import annotations

import re
import sys
from importlib.metadata import version
from pathlib import Path

CHANGELOG = Path(__file__).parent.parent / "CHANGELOG.md"


def main() -> int:
    """Check the tag on the command line; gives the exit status."""
    tag = sys.argv[1]
    if reason := fault(tag, version("pulumi-agbcontext"), CHANGELOG.read_text(encoding="utf-8")):
        print(f"{tag} cannot be released: {reason}", file=sys.stderr)
        return 1
    return 0


def fault(tag: str, packaged: str, changelog: str) -> str:
    """Say what is wrong with a release, empty where nothing is.

    Args:
        tag: name of the tag, `v` and the version.
        packaged: version of the package.
        changelog: text of CHANGELOG.md.
    """
    if tag != f"v{packaged}":
        return f"the version in pyproject.toml is {packaged}"
    if not re.search(rf"^## \[?{re.escape(packaged)}\]? - \d{{4}}-\d\d-\d\d$", changelog, re.MULTILINE):
        return f"CHANGELOG.md has no section `## {packaged} - <date>`"
    return ""


if __name__ == "__main__":
    sys.exit(main())

"""Build the plugin's release assets: a tarball for each platform, and their checksums.

`pulumi plugin install` downloads the tarball for its platform. All of them contain the same files: the wheel is pure
Python, and the engine installs it into a separate virtual environment.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import io
import sys
import tarfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PLATFORMS = ("linux-amd64", "linux-arm64", "darwin-amd64", "darwin-arm64", "windows-amd64")
COPIED = ("PulumiPlugin.yaml", "__main__.py", "LICENSE")


def main() -> int:
    """Build the assets of a wheel. Return the exit code."""
    parser = argparse.ArgumentParser(description="Build the plugin's release assets from the wheel in a directory.")
    parser.add_argument("directory", type=Path, help="directory of the wheel, which receives the assets")
    directory = parser.parse_args().directory
    wheels = sorted(directory.glob("pulumi_agbcontext-*.whl"))
    if len(wheels) != 1:
        print(f"{directory} contains {len(wheels)} wheels; expected one", file=sys.stderr)
        return 1
    for asset in build_plugin(wheels[0], directory):
        print(asset)
    return 0


def build_plugin(wheel: Path, directory: Path) -> list[Path]:
    """Build the tarballs and their checksums.

    Args:
        wheel: the wheel of the package.
        directory: where to write the assets.

    Returns:
        The tarballs, and at the end the file of their checksums in the format of `sha256sum`.
    """
    version = wheel.name.split("-")[1]
    content = _tarball(wheel)
    assets = [directory / f"pulumi-resource-agbcontext-v{version}-{platform}.tar.gz" for platform in PLATFORMS]
    for asset in assets:
        asset.write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    checksums = directory / f"pulumi-resource-agbcontext-v{version}-checksums.txt"
    checksums.write_text("".join(f"{digest}  {asset.name}\n" for asset in assets), encoding="utf-8")
    return [*assets, checksums]


def _tarball(wheel: Path) -> bytes:
    """Return the tarball, which is reproducible: the same wheel results in the same bytes."""
    members = {name: (ROOT / name).read_bytes() for name in COPIED}
    members |= {"requirements.txt": f"./{wheel.name}\n".encode(), wheel.name: wheel.read_bytes()}
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, content in sorted(members.items()):
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(content), 0o644
            archive.addfile(member, io.BytesIO(content))
    return gzip.compress(plain.getvalue(), mtime=0)


if __name__ == "__main__":
    sys.exit(main())

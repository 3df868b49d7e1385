"""The seeded files, which contain random bytes and are created once for each run."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZIP_DEFLATED, ZipFile

_BLOCK = 1 << 20


class Material:
    """Files in a separate directory.

    Args:
        directory: empty directory.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def files(self, count: int, size: int, name: str = "") -> list[Path]:
        """Return files of one size with different contents. Existing files are reused.

        Args:
            count: number of files.
            size: size of each file in bytes.
            name: name of their directory.
        """
        directory = self.directory / (name or f"{count}x{size}")
        directory.mkdir(exist_ok=True)
        files = [directory / f"{number:05}.bin" for number in range(count)]
        for file in files:
            if not file.exists():
                _write(file, size)
        return files

    def archive(self, files: list[Path]) -> Path:
        """Return a compressed zip archive of files. An existing archive is reused."""
        archive = self.directory / f"{len(files)}.zip"
        if not archive.exists():
            with ZipFile(archive, "w", ZIP_DEFLATED) as written:
                for file in files:
                    written.write(file, file.name)
        return archive


def _write(file: Path, size: int) -> None:
    """Write random bytes. A large file repeats a block, each time with a different beginning."""
    block = os.urandom(min(size, _BLOCK))
    with file.open("wb") as stream:
        for start in range(0, size, _BLOCK):
            stream.write((start.to_bytes(8, "big") + block[8:])[: size - start])


@contextmanager
def material() -> Iterator[Material]:
    """Provide a directory for files, which is deleted at the end. `BENCH_FOLDER` sets a directory that remains."""
    if kept := os.environ.get("BENCH_FOLDER"):
        Path(kept).mkdir(parents=True, exist_ok=True)
        yield Material(Path(kept))
        return
    with TemporaryDirectory(prefix="agbcontext-bench-") as directory:
        yield Material(Path(directory))

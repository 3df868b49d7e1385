"""What is seeded: files of random bytes, made once a run."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZIP_DEFLATED, ZipFile

_BLOCK = 1 << 20


class Material:
    """Files in a folder of their own.

    Args:
        directory: empty at first.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def files(self, count: int, size: int, name: str = "") -> list[Path]:
        """Files of one size, each of other content; those that are there already are used again.

        Args:
            count: of them.
            size: bytes of each.
            name: of the folder that they are in.
        """
        directory = self.directory / (name or f"{count}x{size}")
        directory.mkdir(exist_ok=True)
        files = [directory / f"{number:05}.bin" for number in range(count)]
        for file in files:
            if not file.exists():
                _write(file, size)
        return files

    def archive(self, files: list[Path]) -> Path:
        """A zip archive of files, compressed; one that is there already is used again."""
        archive = self.directory / f"{len(files)}.zip"
        if not archive.exists():
            with ZipFile(archive, "w", ZIP_DEFLATED) as written:
                for file in files:
                    written.write(file, file.name)
        return archive


def _write(file: Path, size: int) -> None:
    """Write random bytes; a large file repeats a block of them, each time with another beginning."""
    block = os.urandom(min(size, _BLOCK))
    with file.open("wb") as stream:
        for start in range(0, size, _BLOCK):
            stream.write((start.to_bytes(8, "big") + block[8:])[: size - start])


@contextmanager
def material() -> Iterator[Material]:
    """A place for files, gone at the end; in `BENCH_FOLDER` if the environment names one, where it stays."""
    if kept := os.environ.get("BENCH_FOLDER"):
        Path(kept).mkdir(parents=True, exist_ok=True)
        yield Material(Path(kept))
        return
    with TemporaryDirectory(prefix="agbcontext-bench-") as directory:
        yield Material(Path(directory))

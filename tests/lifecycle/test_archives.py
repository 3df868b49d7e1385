"""Tests of archives in place of directories: members are treated as files, and hostile archives are errors."""

from __future__ import annotations

import gzip
import io
import os
import stat
import struct
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from pulumi_agbcontext.lifecycle.files import archives
from pulumi_agbcontext.lifecycle.files.archives import members_of
from pulumi_agbcontext.lifecycle.files.source_kinds import SourceError, SourceKind

from .conftest import CheckFailedError, Directory, Resource
from .support import uploads

SEED = {"a.txt": b"one", "sub/b.bin": b"\0\1", "sub/deep/c": b"three"}
KINDS = ["seed.zip", "seed.tar", "seed.tar.gz", "seed.tgz", "SEED.ZIP"]


def written(name: str, files: Mapping[str, bytes] = SEED) -> dict[str, str]:
    """Write an archive and return `files` of a program that seeds it at the root."""
    if name.lower().endswith(".zip"):
        with zipfile.ZipFile(name, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("sub/", b"")  # a directory; `mkdir` requires Python 3.11
            for path, content in files.items():
                archive.writestr(path, content)
    else:
        with tarfile.open(name, "w:gz" if name.endswith("gz") else "w") as tar:
            tar.addfile(directory_of("./sub"))
            for path, content in files.items():
                add(tar, f"./{path}", content)
    return {"/": SourceKind.DIRECTORY.of(name)}


def directory_of(name: str) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type = tarfile.DIRTYPE
    return info


def add(archive: tarfile.TarFile, name: str, content: bytes = b"x", **attributes: Any) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    for key, value in attributes.items():
        setattr(info, key, value)
    archive.addfile(info, io.BytesIO(content))


@pytest.mark.parametrize("name", KINDS)
def test_the_members_of_an_archive_are_seeded_like_the_files_of_a_directory(resource: Resource, name: str) -> None:
    assert resource.up(name="data", files=written(name)) == "create"
    assert resource.files == {f"/{path}": content for path, content in SEED.items()}
    assert resource.outputs["files"]["/sub/b.bin"].endswith(f":archive:{name}!/sub/b.bin")
    assert {path.name for path in Path().iterdir()} == {name}, "nothing was extracted"


@pytest.mark.parametrize("name", KINDS)
def test_only_changed_members_are_uploaded(resource: Resource, name: str) -> None:
    resource.up(name="data", files=written(name))
    since = len(resource.server.requests)
    files = written(name, {**SEED, "sub/b.bin": b"new content", "sub/new": b"n"})
    assert resource.up(name="data", files=files) == "update"
    assert uploads(resource.server, since) == ["/sub/b.bin", "/sub/new"]
    assert resource.files["/sub/b.bin"] == b"new content"
    assert resource.up(name="data", files=written(name, {"a.txt": b"one"})) == "update"
    assert resource.files == {"/a.txt": b"one"}


def test_a_directory_and_an_archive_with_the_same_files_are_the_same(resource: Resource) -> None:
    resource.up(name="data", files=written("seed.zip"))
    for path, content in SEED.items():
        Path("seed", path).parent.mkdir(parents=True, exist_ok=True)
        Path("seed", path).write_bytes(content)
    assert resource.up(name="data", files={"/": SourceKind.DIRECTORY.of("seed")}) == "same"


def test_the_filters_of_directories_apply_to_archives(resource: Resource) -> None:
    files = {".gitignore": b"*.log\n!keep.log\n", "a.log": b"1", "keep.log": b"2", "sub/.gitignore": b"/x\n"}
    files |= {"sub/x": b"3", "sub/y": b"4", ".hidden/z": b"5", "n.pyc": b"6"}
    program = {"name": "data", "files": written("seed.zip", files)}
    resource.up(**program, respectGitignore=True, exclude=["*.pyc"])
    assert set(resource.files) == {"/keep.log", "/sub/y"}
    resource.up(**program, includeHidden=True)
    assert set(resource.files) == {f"/{path}" for path in files}


def test_a_file_with_the_name_of_an_archive_is_seeded_as_one_file(resource: Resource) -> None:
    written("seed.zip")
    resource.up(name="data", files={"/seed.zip": SourceKind.FILE.of("seed.zip")})
    assert resource.files == {"/seed.zip": Path("seed.zip").read_bytes()}


def test_a_directory_with_the_name_of_an_archive_is_a_directory(resource: Resource) -> None:
    Path("seed.zip").mkdir()
    Path("seed.zip", "a").write_text("a")
    resource.up(name="data", files={"/": SourceKind.DIRECTORY.of("seed.zip")})
    assert resource.files == {"/a": b"a"}


def test_an_archive_can_be_the_source_of_a_directory(directory: Directory) -> None:
    written("seed.tgz")
    directory.up(source="seed.tgz")
    assert directory.files["/data/sub/deep/c"] == b"three"


def test_an_archive_among_the_triggers_is_compared_by_its_members(resource: Resource) -> None:
    written("seed.zip")
    program = {"name": "data", "clearTriggers": [{"agbcontext:asset": SourceKind.DIRECTORY.of("seed.zip")}]}
    resource.up(**program)
    written("seed.zip", dict(reversed(SEED.items())))  # different bytes, the same members
    assert resource.up(**program) == "same"
    assert resource.up(**program, exclude=["a.txt"]) == "update"
    written("seed.zip", {**SEED, "a.txt": b"two"})
    assert resource.up(**program, exclude=["a.txt"]) == "same"
    assert resource.up(**program) == "replace"


def test_a_member_that_changes_between_check_and_upload_is_not_uploaded(resource: Resource) -> None:
    program = {"name": "data", "files": written("seed.zip")}
    checked = resource._checked({}, program)
    written("seed.zip", {**SEED, "a.txt": b"two"})
    with pytest.raises(Exception, match=r"The source of /a\.txt changed during the update"):
        resource.handler.create(resource.session, resource.declared, checked)


def test_members_are_read_by_many_threads_at_once(resource: Resource) -> None:
    files = {f"{number}": os.urandom(3000 + number) for number in range(200)}
    for name in ("many.zip", "many.tar.gz"):
        resource.up(name="data", files=written(name, files))
        assert resource.files == {f"/{path}": content for path, content in files.items()}


HOSTILE: dict[str, tuple[str, Callable[[str], None]]] = {}


def hostile(name: str, words: str) -> Callable[[Callable[[str], None]], Callable[[str], None]]:
    def register(write: Callable[[str], None]) -> Callable[[str], None]:
        HOSTILE[f"{write.__name__}/{name}"] = (words, write)
        return write

    return register


def zip_with(path: str, *names: str | zipfile.ZipInfo) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, b"x")


def tar_with(path: str, name: str, **attributes: Any) -> None:
    with tarfile.open(path, "w:gz" if path.endswith("gz") else "w") as archive:
        add(archive, name, **attributes)


for kind in ("x.zip", "x.tar", "x.tar.gz"):
    write_one: Callable[..., None] = zip_with if kind == "x.zip" else tar_with
    for label, bad, words in (
        ("parent", "../evil", "member '../evil' of archive"),
        ("parent_inside", "a/../../evil", "member 'a/../../evil' of archive"),
        ("absolute", "/etc/passwd", "member '/etc/passwd' of archive"),
        ("dot", "a/./b", "member 'a/./b' of archive"),
        ("empty_segment", "a//b", "member 'a//b' of archive"),
        ("control", "a\nb", "control characters"),
        ("long", "x/" * 600 + "y", "at most 1,023 characters"),
        ("owner_record", ".agbcontext-owner.json", "reserved for the owner record"),
    ):
        HOSTILE[f"{label}/{kind}"] = (words, lambda path, write=write_one, bad=bad: write(path, bad))


@hostile("x.tar", "it is a link, a device or another special file")
def symbolic_link(path: str) -> None:
    tar_with(path, "link", content=b"", type=tarfile.SYMTYPE, linkname="/etc/passwd")


@hostile("x.tar", "it is a link, a device or another special file")
def hard_link(path: str) -> None:
    tar_with(path, "link", content=b"", type=tarfile.LNKTYPE, linkname="/etc/passwd")


@hostile("x.tar", "it is a link, a device or another special file")
def device(path: str) -> None:
    tar_with(path, "null", content=b"", type=tarfile.CHRTYPE, devmajor=1, devminor=3)


@hostile("x.tar", "it is a link, a device or another special file")
def pipe(path: str) -> None:
    tar_with(path, "pipe", content=b"", type=tarfile.FIFOTYPE)


@hostile("x.zip", "it is a link, a device or another special file")
def zipped_link(path: str) -> None:
    info = zipfile.ZipInfo("link")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    zip_with(path, info)


@hostile("x.zip", "the archive contains it more than once")
def zipped_twice(path: str) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        zip_with(path, "a", "a")


@hostile("x.tar", "the archive contains it more than once")
def twice(path: str) -> None:
    with tarfile.open(path, "w") as archive:
        add(archive, "a")
        add(archive, "./a")


@hostile("x.zip", "it is also the directory of member 'a/b'")
def file_and_directory(path: str) -> None:
    zip_with(path, "a", "a/b")


@hostile("x.zip", "it is encrypted")
def encrypted(path: str) -> None:
    zip_with(path, "secret")
    patched(path, b"PK\1\2", 8, b"\1\0")
    patched(path, b"PK\3\4", 6, b"\1\0")


@hostile("x.zip", "its compression method is not supported")
def unknown_compression(path: str) -> None:
    zip_with(path, "a")
    patched(path, b"PK\1\2", 10, b"\x63\0")


@hostile("x.zip", "decompresses to more than")
def bomb(path: str) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", bytes(3 << 20))


@hostile("x.zip", "decompresses to more than")
def lying_size(path: str) -> None:
    zip_with(path, "a")
    patched(path, b"PK\1\2", 24, struct.pack("<I", 0xFFFFFFF0))


@hostile("x.tar.gz", "decompresses to more than")
def compressed_bomb(path: str) -> None:
    Path(path).write_bytes(gzip.compress(bytes(3 << 20)))


@hostile("x.tar", "a header is too large")
def large_header(path: str) -> None:
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as archive:
        add(archive, "a", pax_headers={"comment": "x" * (2 << 20)})


@hostile("x.tar", "a header is malformed")
def malformed_in_the_middle(path: str) -> None:
    with tarfile.open(path, "w") as archive:
        add(archive, "a")
        add(archive, "b")
    content = bytearray(Path(path).read_bytes())
    content[1024:1030] = b"\xff" * 6
    Path(path).write_bytes(content)


@hostile("x.tar", "is malformed")
def truncated(path: str) -> None:
    tar_with(path, "a", content=bytes(5000))
    Path(path).write_bytes(Path(path).read_bytes()[:2000])


@hostile("x.tgz", "is malformed")
def truncated_compression(path: str) -> None:
    tar_with(path, "a", content=os.urandom(5000))
    Path(path).write_bytes(Path(path).read_bytes()[:2000])


@hostile("x.tgz", "cannot be read (Not a gzipped file")
def not_compressed(path: str) -> None:
    Path(path).write_bytes(b"not an archive" * 100)


@hostile("x.zip", "is malformed")
def not_an_archive(path: str) -> None:
    Path(path).write_bytes(b"not an archive" * 100)


@hostile("x.zip", "contains more than 3 members")
def too_many(path: str) -> None:
    zip_with(path, *"abcd")


@hostile("x!/y.zip", "must not contain '!/'")
def separator(path: str) -> None:
    Path(path).parent.mkdir()
    zip_with(path, "a")


@hostile("x.zip", "contains no files")
def empty(path: str) -> None:
    zip_with(path)


def patched(path: str, signature: bytes, offset: int, value: bytes) -> None:
    """Overwrite a field of the first header with a signature in a zip archive."""
    content = bytearray(Path(path).read_bytes())
    at = content.index(signature) + offset
    content[at : at + len(value)] = value
    Path(path).write_bytes(content)


@pytest.mark.parametrize("case", sorted(HOSTILE))
def test_a_hostile_archive_is_an_error_of_check(resource: Resource, case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "HARMLESS_SIZE", 2 << 20)
    monkeypatch.setattr(archives, "MOST_MEMBERS", 3)
    archives._members.cache_clear()  # so that the limits of this test apply
    words, write = HOSTILE[case]
    path = case.partition("/")[2]
    write(path)
    with pytest.raises(CheckFailedError) as caught:
        resource.up(name="data", files={"/": SourceKind.DIRECTORY.of(path)})
    assert words in str(caught.value)
    assert path in str(caught.value)
    assert resource.server.requests == []


def test_a_member_whose_content_is_damaged_is_an_error_of_check(resource: Resource) -> None:
    with zipfile.ZipFile("x.zip", "w") as archive:
        archive.writestr("a", b"the whole content")
    content = Path("x.zip").read_bytes()
    assert content.count(b"whole") == 1
    Path("x.zip").write_bytes(content.replace(b"whole", b"WHOLE"))
    with pytest.raises(CheckFailedError, match="Bad CRC-32"):
        resource.up(name="data", files={"/": SourceKind.DIRECTORY.of("x.zip")})


def test_an_archive_that_does_not_exist_is_named(resource: Resource) -> None:
    with pytest.raises(CheckFailedError, match=r"archive nowhere\.zip cannot be read \(No such file or directory\)"):
        resource.up(name="data", files={"/": SourceKind.DIRECTORY.of("nowhere.zip")})


def test_an_archive_that_changes_is_read_again() -> None:
    written("seed.tar")
    assert set(members_of("seed.tar")) == set(SEED)
    written("seed.tar", {"other": b"x" * 5000})
    assert set(members_of("seed.tar")) == {"other"}
    Path("seed.tar").unlink()
    with pytest.raises(SourceError):
        members_of("seed.tar")

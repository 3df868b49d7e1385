"""Tests of the paths that a file in a context may have."""

import pytest

from pulumi_agbcontext.lifecycle.files.paths import file_and_directory, path_fault


@pytest.mark.parametrize("path", ["/a", "/data/report.txt", "/Ünï/çode.txt", "/a b", "/%2e%2e/x", "/a?b#c&d+e%", "/😀"])
def test_a_canonical_path_is_used_unchanged(path: str) -> None:
    assert path_fault(path) is None


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("data/a.txt", "/data/a.txt"),
        ("/data//a.txt", "/data/a.txt"),
        ("/data/./a.txt", "/data/a.txt"),
        ("/data/../a.txt", "/a.txt"),
        ("/../../etc/passwd", "/etc/passwd"),
        ("/data/", "/data"),
    ],
)
def test_a_path_that_is_not_canonical_is_refused_with_its_canonical_form(path: str, form: str) -> None:
    assert path_fault(path) == f'the path is not canonical; use "{form}"'


@pytest.mark.parametrize(
    ("path", "word"),
    [
        ("/a\x00b", "control"),
        ("/a\r\nb", "control"),
        ("/a\udce9", "Unicode"),
        ("", "root"),
        ("/", "root"),
        ("/..", "root"),
        ("/" + "x" * 1023, "1,023"),
    ],
)
def test_an_invalid_path_is_refused_with_the_reason(path: str, word: str) -> None:
    assert word in (path_fault(path) or "")


def test_a_path_used_as_file_and_as_directory_is_found_at_any_depth() -> None:
    assert file_and_directory(["/a", "/a/b/c", "/ab", "/x/y"]) == [("/a", "/a/b/c")]

"""Tests of the files that a directory seeds: hidden files, patterns, `.gitignore`, and states of release 0.1."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pulumi_agbcontext.lifecycle.context.check import check
from pulumi_agbcontext.lifecycle.context.clear_triggers import triggered
from pulumi_agbcontext.lifecycle.files.directories import Filters, list_directory
from pulumi_agbcontext.lifecycle.files.source_kinds import SourceError
from pulumi_agbcontext.lifecycle.files.sources import ASSET
from pulumi_agbcontext.lifecycle.properties import UNKNOWN

PROJECT = ("a.txt", ".env", ".git/config", "build/out.bin", "src/.cache/x", "src/main.py", "src/main.pyc")


@pytest.fixture(autouse=True)
def project() -> None:
    """Return a directory like those of real projects, with hidden files and a `.gitignore`."""
    for name in PROJECT:
        write(f"seed/{name}", name)
    write("seed/.gitignore", "build/\n*.pyc\n")


def write(path: str, content: str) -> None:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(content)


def checked(olds: dict[str, Any] | None = None, **inputs: Any) -> dict[str, Any]:
    found = check(olds or {}, {"files": {"/": "folder:seed"}, **inputs}, "data-1234567")
    assert found.failures == []
    return found.inputs


def paths(olds: dict[str, Any] | None = None, **inputs: Any) -> list[str]:
    return list(checked(olds, **inputs)["files"])


def test_hidden_files_are_left_out_and_counted() -> None:
    found = check({}, {"files": {"/": "folder:seed"}}, "data-1234567")
    assert list(found.inputs["files"]) == ["/a.txt", "/build/out.bin", "/src/main.py", "/src/main.pyc"]
    assert found.left_out == 4  # .env, .git, .gitignore and src/.cache
    assert found.kept_hidden == ()


def test_include_hidden_seeds_every_file() -> None:
    assert paths(includeHidden=True) == sorted(f"/{name}" for name in (*PROJECT, ".gitignore"))


def test_exclude_takes_gitignore_patterns_relative_to_the_directory() -> None:
    assert paths(exclude=["/build/", "*.pyc"]) == ["/a.txt", "/src/main.py"]


def test_respect_gitignore_applies_each_gitignore_below_its_own_directory() -> None:
    assert paths(respectGitignore=True) == ["/a.txt", "/src/main.py"]
    write("seed/src/.gitignore", "!main.pyc\n/a.txt\n")
    write("seed/src/a.txt", "ignored here only")
    assert paths(respectGitignore=True) == ["/a.txt", "/src/main.py", "/src/main.pyc"]


def test_a_file_below_an_ignored_directory_cannot_be_included_again() -> None:
    write("seed/.gitignore", "build/\n!build/out.bin\n")
    assert "/build/out.bin" not in paths(respectGitignore=True)


def test_filters_do_not_apply_to_single_files_and_trees() -> None:
    files = {"/.env": "file:seed/.env", "/tree": {".git": {"config": "text:x"}}}
    assert paths(files=files, exclude=["*"], respectGitignore=True) == ["/.env", "/tree/.git/config"]


def test_hidden_files_of_an_old_state_stay_until_include_hidden_is_set() -> None:
    old = checked(includeHidden=True)
    write("seed/.env", "edited")
    write("seed/.new", "was never seeded")
    found = check(old, {"files": {"/": "folder:seed"}}, "data-1234567")
    assert set(found.inputs["files"]) == set(old["files"])
    assert found.inputs["files"]["/.env"] != old["files"]["/.env"]
    assert found.kept_hidden == ("/.env", "/.git/config", "/.gitignore", "/src/.cache/x")
    assert "/.env" not in paths(old, includeHidden=False)
    assert "/.new" in paths(old, includeHidden=True)


def test_a_hidden_file_of_an_old_state_is_not_seeded_once_it_is_deleted_or_excluded() -> None:
    old = checked(includeHidden=True)
    Path("seed/.env").unlink()
    assert "/.env" not in paths(old)
    assert "/.git/config" not in paths(old, exclude=[".git/"])


def test_files_are_unknown_while_a_filter_is_unknown() -> None:
    found = check({}, {"files": {"/": "folder:seed"}, "exclude": [UNKNOWN]}, "data-1234567")
    assert found.failures == []
    assert found.inputs["files"] is UNKNOWN


def test_an_invalid_pattern_is_an_error_that_names_it() -> None:
    [failure] = check({}, {"files": {"/": "folder:seed"}, "exclude": ["!"]}, "data-1234567").failures
    assert "'!'" in str(failure)
    write("seed/.gitignore", "!\n")
    with pytest.raises(SourceError, match=r"'!'.* in seed/\.gitignore"):
        list_directory("seed", Filters(respect_gitignore=True))


def test_a_directory_whose_files_are_all_filtered_out_is_an_error_that_names_the_filters() -> None:
    write("only/.env", "x")
    [failure] = check({}, {"files": {"/": "folder:only"}}, "data-1234567").failures
    assert "include_hidden" in failure.reason


def triggers(olds: dict[str, Any], **inputs: Any) -> Any:
    found = check(olds, {"clearTriggers": [{ASSET: "folder:seed"}], **inputs}, "data-1234567")
    assert found.failures == []
    return found.inputs["clearTriggers"]


def test_a_trigger_of_release_0_1_with_hidden_files_does_not_clear() -> None:
    old = triggers({}, includeHidden=True)
    assert "/.git/config" in old[0][ASSET]
    write("seed/.git/config", "another commit")
    Path("seed/.env").unlink()
    assert not triggered(old, triggers({"clearTriggers": old}))


def test_a_new_filter_alone_does_not_clear() -> None:
    old = triggers({})
    assert not triggered(old, triggers({"clearTriggers": old}, exclude=["build/"]))
    assert not triggered(old, triggers({"clearTriggers": old}, respectGitignore=True))


def test_a_hidden_file_that_is_deleted_clears_where_hidden_files_are_included() -> None:
    old = triggers({}, includeHidden=True)
    Path("seed/.env").unlink()
    assert triggered(old, triggers({"clearTriggers": old}, includeHidden=True))


@pytest.mark.parametrize("change", ["edit", "add", "delete"])
def test_a_visible_change_in_a_directory_among_the_triggers_clears(change: str) -> None:
    old = triggers({}, includeHidden=True)
    if change == "delete":
        Path("seed/a.txt").unlink()
    else:
        write("seed/a.txt" if change == "edit" else "seed/new.txt", "changed")
    new = triggers({"clearTriggers": old})
    assert triggered(old, new)
    assert "/.git/config" not in new[0][ASSET]

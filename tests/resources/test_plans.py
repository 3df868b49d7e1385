"""Tests of the dynamic resource's plans: one line for each context, and only the files that change."""

from __future__ import annotations

import re

import pytest
from pulumi.automation import ConfigValue

from .conftest import Project

EVERYTHING_GOES = "ALL DATA IN THE CONTEXT WILL BE ERASED"
REPLACED = f"{EVERYTHING_GOES}: it will be deleted and recreated with a new id"


def lines(text: str, name: str = "data") -> list[str]:
    """Return the lines about one context without repetition: the CLI prints a message beside its row and at the end."""
    found = [line.partition(f"{name}: ")[2].strip() for line in text.splitlines() if f"{name}: " in line]
    return list(dict.fromkeys(found))


@pytest.fixture
def deployed(project: Project) -> Project:
    """Return a deployed context with 30 files."""
    for number in range(30):
        project.write(f"seed/{number:02}.txt", f"file {number}")
    project.program(
        """
        config = pulumi.Config()
        data = agb.Context("data", name=config.get("name"), files={"/": pulumi.FileArchive("seed")},
                           clear_triggers=[config.get("version") or "v1"], clear_in_place=config.get_bool("in_place"))
        agb.ContextFile("file", context=data, path="/file", content="x")
        """
    )
    project.up()
    return project


def preview(project: Project, diff: bool = False, **config: str) -> str:
    stack = project.stack()
    for key, value in config.items():
        stack.set_config(key, ConfigValue(value))
    since = len(project.server.requests)
    result = stack.preview(diff=True) if diff and project.engine == "cli" else stack.preview()
    text = f"{result.stdout}\n{result.stderr}"
    assert project.server.requests[since:] == []
    return text


def test_a_create_shows_how_much_is_uploaded(project: Project) -> None:
    project.write("seed/a", "x")
    project.write("seed/.env", "x")
    project.program("agb.Context('data', files={'/': pulumi.FileArchive('seed')})")
    assert lines(preview(project)) == [
        "1 file to add, 1 B to upload; 1 local entry not uploaded (hidden, excluded or ignored)"
    ]


def test_no_line_is_shown_for_a_context_that_does_not_change(deployed: Project) -> None:
    assert lines(preview(deployed)) == []


def test_the_diff_shows_the_changed_files_and_no_other(deployed: Project) -> None:
    deployed.write("seed/07.txt", "edited")
    deployed.write("seed/new.txt", "new")
    (deployed.directory / "seed" / "08.txt").unlink()
    text = preview(deployed, diff=True)
    assert lines(text) == [
        "1 file to add (/new.txt), 1 file to overwrite (/07.txt), 1 file to delete (/08.txt), 28 files unchanged, "
        "9 B to upload; other files in the context are kept"
    ]
    assert set(re.findall(r"/\w+\.txt(?=\W*:)", text)) == {"/07.txt", "/08.txt", "/new.txt"}


def test_a_clear_in_place_is_distinguished_from_an_update(deployed: Project) -> None:
    text = preview(deployed, version="v2", in_place="true")
    [line] = lines(text)
    assert line.startswith(
        f"{EVERYTHING_GOES}: it will be cleared and keeps its id (`clear_triggers` changed, `clear_in_place`); 30 "
    )
    assert "warning: data: " in text
    result = deployed.stack().up()
    assert "Erasing all data in context" in result.stdout


def test_a_replacement_warns_once_although_check_runs_twice(deployed: Project) -> None:
    text = preview(deployed, version="v2")
    [line] = lines(text)
    assert line.startswith(f"{REPLACED} (`clear_triggers` changed); 30 files to add")


def test_a_dependent_that_is_compared_before_its_check_gets_one_line(project: Project) -> None:
    project.program(
        """
        version = pulumi.Config().get("version") or "v1"
        first = agb.Context("first", clear_triggers=[version])
        agb.Context("second", files={"/id": first.id, "/same": "x"})
        """
    )
    project.up()
    text = preview(project, version="v2")
    assert len(lines(text, "first")) == 1
    assert lines(text, "second") == [
        "1 file to overwrite (/id), 1 file unchanged, 1 file not known yet; other files in the context are kept"
    ]


def test_a_replacement_that_only_the_engine_decides_on_warns(project: Project) -> None:
    project.program(
        """
        trigger = pulumi.Config().get("trigger") or "a"
        agb.Context("data", files={"/a": "x"}, opts=ResourceOptions(replacement_trigger=trigger))
        """
    )
    project.up()
    [line] = lines(preview(project, trigger="b"))
    assert line == f"{REPLACED}; 1 file to add, 1 B to upload"


def test_replace_on_changes_warns(project: Project) -> None:
    program = "agb.Context('data', name={name!r}, opts=ResourceOptions(replace_on_changes=['name']))"
    project.program(program.format(name="one"))
    project.up()
    project.program(program.format(name="two"))
    [line] = lines(preview(project))
    assert line == f"{REPLACED} (`name` changed); no files"


def test_a_destroy_warns_when_it_is_carried_out(deployed: Project) -> None:
    [context_id] = deployed.contexts.values()
    text = deployed.stack().destroy().stdout
    assert re.search(rf"warning: Deleting context '[\w-]+' \({context_id}\) with all data in it", text)


def test_paths_and_contents_of_secret_files_are_in_no_plan(project: Project) -> None:
    program = "agb.Context('data', secret_files={files!r})"
    project.program(program.format(files={"/canary-path": "canary-one", "/b": "x"}))
    project.up()
    project.program(program.format(files={"/b": "canary-two"}))
    text = preview(project, diff=True)
    assert lines(text) == ["1 file to overwrite, 1 file to delete, 10 B to upload; other files in the context are kept"]
    assert "canary" not in text


def test_provider_classes_in_one_process_have_separate_plans(project: Project) -> None:
    project.program(
        """
        from pulumi import dynamic

        class Other(dynamic.ResourceProvider):
            def create(self, props):
                return dynamic.CreateResult("id", props)

            def diff(self, id, olds, news):
                return dynamic.DiffResult(changes=olds["value"] != news["value"])

            def update(self, id, olds, news):
                return dynamic.UpdateResult(news)

        class OtherResource(dynamic.Resource, module="shop", name="Other"):
            pass

        value = pulumi.Config().get("value") or "a"
        agb.Context("data", files={"/a": value})
        OtherResource(Other(), "other", {"value": value})
        """
    )
    project.up()
    text = preview(project, diff=True, value="b")
    assert re.search(r'value\s*: "a" => "b"', text)
    assert lines(text) == ["1 file to overwrite (/a), 1 B to upload; other files in the context are kept"]


def test_a_context_file_also_gets_a_line(deployed: Project) -> None:
    text = deployed.directory / "__main__.py"
    assert lines(preview(deployed), "file") == []
    program = text.read_text()
    text.write_text(program.replace('content="x"', 'content="longer"'))
    assert lines(preview(deployed), "file") == ["1 file to overwrite (/file), 6 B to upload"]
    text.write_text(program.replace('path="/file"', 'path="/moved"'))
    shown = preview(deployed)
    assert lines(shown, "file") == ["1 file to delete (/file), 1 file to add (/moved), 1 B to upload"]
    assert "warning: file: " in shown

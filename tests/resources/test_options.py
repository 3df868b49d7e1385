"""Tests of the engine's options that users combine with these resources, each with its documented effect."""

from __future__ import annotations

import re
from typing import Any

import pytest
from pulumi.automation import CommandError

from .conftest import KEY, Project


def test_ignore_changes_of_files_leaves_them_unchanged(project: Project) -> None:
    program = (
        "agb.Context('data', name='data', files={'/a': 'CONTENT'}, opts=ResourceOptions(ignore_changes=['files']))"
    )
    project.program(program)
    project.up()
    project.program(program.replace("CONTENT", "edited"))
    assert project.up().summary.resource_changes == {"same": 2}
    assert project.files("data") == {"/a": b"CONTENT"}


def test_ignore_changes_names_a_property_as_python_spells_it(project: Project) -> None:
    program = """
        agb.Context("data", name="data", clear_triggers=["VERSION"],
                    opts=ResourceOptions(ignore_changes=["clear_triggers"]))
        """
    project.program(program)
    project.up()
    project.program(program.replace("VERSION", "v2"))
    assert project.up().summary.resource_changes == {"same": 2}


def test_a_replacement_seeds_the_program_even_if_edits_were_ignored(project: Project) -> None:
    program = """
        agb.Context("data", name="data", files={"/a": "recorded"}, clear_triggers=["v1"],
                    opts=ResourceOptions(ignore_changes=["files"]))
        """
    project.program(program)
    project.up()
    project.program(program.replace("recorded", "edited").replace("v1", "v2"))
    project.up()
    assert project.files("data") == {"/a": b"edited"}


def test_protect_refuses_a_replacement_and_a_destroy(project: Project) -> None:
    program = "agb.Context('data', name='data', clear_triggers=['v1'], opts=ResourceOptions(protect=True))"
    project.program(program)
    project.up()
    before = project.contexts
    project.program(program.replace("v1", "v2"))
    with pytest.raises(CommandError, match="protect"):
        project.up()
    with pytest.raises(CommandError, match="protect"):
        project.stack().destroy()
    assert project.contexts == before


def test_retain_on_delete_keeps_an_adopted_context(project: Project) -> None:
    project.program(
        "agb.Context('first', name='data', files={'/theirs': 'x'}, opts=ResourceOptions(retain_on_delete=True))"
    )
    project.up()
    before = project.contexts
    project.program("")
    project.up()
    assert project.contexts == before
    project.program("agb.Context('data', name='data', adopt=True, opts=ResourceOptions(retain_on_delete=True))")
    project.up()
    project.stack().destroy()
    assert project.contexts == before
    assert project.files("data") == {"/theirs": b"x"}


def test_replacement_trigger_replaces_and_deletes_first(project: Project) -> None:
    program = "agb.Context('data', files={'/a': 'x'}, opts=ResourceOptions(replacement_trigger='v1'))"
    project.program(program)
    project.up()
    [(name, before)] = project.contexts.items()
    project.program(program.replace("v1", "v2"))
    assert project.up().summary.resource_changes == {"replace": 1, "same": 1}
    assert list(project.contexts) == [name]
    assert project.contexts[name] != before
    assert project.files(name) == {"/a": b"x"}
    project.settle()


def test_replace_on_changes_turns_an_edit_into_a_replacement(project: Project) -> None:
    program = (
        "agb.Context('data', name='data', files={'/a': 'one'}, opts=ResourceOptions(replace_on_changes=['files']))"
    )
    project.program(program)
    project.up()
    before = project.contexts["data"]
    project.program(program.replace("one", "two"))
    assert project.up().summary.resource_changes == {"replace": 1, "same": 1}
    assert project.contexts["data"] != before
    assert project.files("data") == {"/a": b"two"}


def test_replace_with_replaces_a_context_together_with_another(project: Project) -> None:
    program = """
        first = agb.Context("first", name="first", clear_triggers=["v1"], clear_in_place=IN_PLACE)
        agb.Context("second", name="second", files={"/a": "x"}, opts=ResourceOptions(replace_with=[first]))
        """
    project.program(program.replace("IN_PLACE", "False"))
    project.up()
    before = project.contexts
    project.server.put_file(KEY, before["second"], "/notes", b"by an agent")
    project.program(program.replace("v1", "v2").replace("IN_PLACE", "True"))
    assert project.up().summary.resource_changes == {"update": 1, "same": 2}
    assert project.contexts == before
    project.program(program.replace("v1", "v3").replace("IN_PLACE", "False"))
    assert project.up().summary.resource_changes == {"replace": 2, "same": 1}
    assert set(project.contexts) == {"first", "second"}
    assert not set(project.contexts.values()) & set(before.values())
    assert project.files("second") == {"/a": b"x"}


def test_hide_diffs_hides_the_changes_of_a_property(project: Project) -> None:
    program = """
        agb.Context("data", name="data", files={"/secretly.txt": "TEXT"}, clear_timeout=60, clear_triggers=["v1"],
                    clear_in_place=True, opts=ResourceOptions(hide_diffs=["files", "clearTriggers"]))
        """
    project.program(program)
    project.up()
    project.program(program.replace("TEXT", "edited").replace("60", "61").replace("v1", "v2"))
    shown = (project.stack().preview(diff=True) if project.engine == "cli" else project.stack().preview()).stdout
    assert re.search(r"~ files +\(hidden\)", shown)
    assert re.search(r"~ clearTriggers +\(hidden\)", shown)
    assert re.search(r"~ clearTimeout *: 60 => 61", shown)
    assert "/secretly.txt" not in shown
    project.up()
    assert project.files("data") == {"/secretly.txt": b"edited"}


def test_hooks_run_on_the_cli_and_are_refused_by_the_test_engine(project: Project) -> None:
    project.program(
        """
        def note(hook):
            with open("noted", "a") as noted:
                noted.write(f"{hook.name} {bool(hook.id)}\\n")

        gone = pulumi.ResourceHook("gone", note)
        hooks = pulumi.ResourceHookBinding(before_create=[note], after_create=[note], after_delete=[gone])
        agb.Context("data", name="data", opts=ResourceOptions(hooks=hooks))
        """
    )
    if project.engine == "test":
        with pytest.raises(CommandError, match="the test engine does not support resource hooks, such as"):
            project.stack().up()
        assert project.contexts == {}
        return
    project.up()
    assert (project.directory / "noted").read_text() == "data False\ndata True\n"
    with pytest.raises(CommandError, match="--run-program"):
        project.stack().destroy()
    assert list(project.contexts) == ["data"]
    project.stack().destroy(run_program=True)
    assert (project.directory / "noted").read_text() == "data False\ndata True\ndata True\n"
    assert project.contexts == {}


def test_env_var_mappings_are_refused_on_a_context(project: Project) -> None:
    project.program("agb.Context('data', opts=ResourceOptions(env_var_mappings={'TEAM_KEY': 'AGB_API_KEY'}))")
    with pytest.raises(CommandError, match="provider resources"):
        project.stack().up()
    assert project.contexts == {}


def test_additional_secret_outputs_hides_an_output(project: Project) -> None:
    project.program(
        """
        data = agb.Context("data", name="data", files={"/a": "x"},
                           opts=ResourceOptions(additional_secret_outputs=["name", "file_count"]))
        pulumi.export("name", data.name)
        pulumi.export("count", data.file_count)
        """
    )
    outputs = project.up().outputs
    assert (outputs["name"].value, outputs["name"].secret) == ("data", True)
    assert (outputs["count"].value, outputs["count"].secret) == (1, True)


def test_depends_on_orders_contexts(project: Project) -> None:
    project.program(
        """
        first = agb.Context("first", name="first", files={f"/{n}": "x" for n in range(20)})
        agb.Context("second", name="second", opts=ResourceOptions(depends_on=[first]))
        """
    )
    project.up()
    ids = [record.context for record in project.server.requests]
    assert ids.index(project.contexts["second"]) > len(ids) - 1 - ids[::-1].index(project.contexts["first"])
    since = len(project.server.requests)
    deleted = dict(project.contexts)
    project.stack().destroy()
    order = [record.context for record in project.server.requests[since:] if record.operation == "DeleteContext"]
    assert order == [deleted["second"], deleted["first"]]


def test_parent_puts_a_context_below_a_component(project: Project) -> None:
    project.program(
        """
        class Workspace(pulumi.ComponentResource):
            def __init__(self, name):
                super().__init__("shop:index:Workspace", name)
                self.context = agb.Context("data", name="data", opts=ResourceOptions(parent=self))
        pulumi.export("urn", Workspace("w").context.urn)
        """
    )
    urn = project.up().outputs["urn"].value
    assert urn.endswith("::shop:index:Workspace$pulumi-python:dynamic/agbcontext:Context::data")
    project.settle()


def test_two_resources_with_one_name_are_an_error_at_preview(project: Project) -> None:
    project.program("agb.Context('one', name='data'); agb.Context('two', name='data')")
    with pytest.raises(CommandError) as caught:
        project.stack().preview()
    assert re.search("name: the name 'data' is already used by resource '(one|two)'", str(caught.value))
    if project.engine == "test":  # the CLI's language host may add the traceback of its interrupted program
        assert "Traceback" not in str(caught.value)


def test_two_resources_with_one_path_are_an_error_at_preview_once_the_context_exists(project: Project) -> None:
    project.program('agb.Context("data", name="data", files={"/a": "x"})')
    project.up()
    project.program(
        """
        data = agb.Context("data", name="data", files={"/a": "x"})
        agb.ContextFile("file", context_id=data.id, path="/a", content="y", overwrite_on_create=True)
        """
    )
    with pytest.raises(CommandError) as caught:
        project.stack().preview()
    assert "path: the path '/a' is already used by resource 'data'" in str(caught.value)


def test_two_resources_with_one_path_that_the_program_cannot_see_are_an_error_at_up(project: Project) -> None:
    project.write("seed/a", "x")
    project.program(
        """
        data = agb.Context("data", name="data", files={"/": pulumi.FileArchive("seed")})
        agb.ContextFile("file", context_id=data.id, path="/a", content="y", overwrite_on_create=True)
        """
    )
    with pytest.raises(CommandError, match="path: the path '/a' is already used by resource 'data'"):
        project.up()
    assert project.files("data") == {"/a": b"x"}


def test_a_second_owner_that_joins_later_is_an_error_at_preview(project: Project) -> None:
    project.write("seed/a", "x")
    program = """
        data = agb.Context("data", name="data", files=FILES)
        agb.ContextFile("file", context_id=data.id, path="/a", content="y")
        """
    project.program(program.replace("FILES", "{}"))
    project.up()
    project.program(program.replace("FILES", "{'/': pulumi.FileArchive('seed')}"))
    with pytest.raises(CommandError, match="path: the path '/a' is already used by resource 'data'"):
        project.stack().preview()
    assert project.files("data") == {"/a": b"y"}


def test_a_context_adopted_under_another_logical_name_outlives_the_old_one(project: Project) -> None:
    project.program("agb.Context('old', name='data', files={'/a': 'x'})")
    project.up()
    before = project.contexts
    project.program("agb.Context('new', name='data', files={'/a': 'x'}, adopt=True)")
    project.up()
    assert project.contexts == before
    assert project.files("data") == {"/a": b"x"}


def test_a_targeted_delete_of_an_older_entry_keeps_an_adopted_context(project: Project) -> None:
    """Guard against 0.1, in which `pulumi up --target` after an adoption deleted the context that the state needed."""
    project.program("agb.Context('old', name='data', files={'/a': 'x'})")
    project.up()
    [old] = [one for one in _managed(project) if one["urn"].endswith("::old")]
    project.program("agb.Context('new', name='data', files={'/a': 'x'}, adopt=True)")
    project.up()
    interrupted = project.stack().export_stack()
    interrupted.deployment["resources"].append(old)
    project.stack().import_stack(interrupted)
    since, stack = len(project.server.requests), project.stack()
    if project.engine == "cli":
        reported = stack.up(target=[old["urn"]])
        assert "was not deleted: it belongs to resource 'new' of stack dev in project shop" in reported.stdout
    else:  # the test engine has no targets: its program adopts the context too
        stack.up()
    assert [one.operation for one in project.server.requests[since:] if one.operation.startswith("Delete")] == []
    assert project.files("data") == {"/a": b"x"}


def _managed(project: Project) -> list[dict[str, Any]]:
    resources: list[dict[str, Any]] = project.stack().export_stack().deployment["resources"]
    return [one for one in resources if "agbcontext:" in one["type"]]


def test_a_file_that_an_agent_wrote_is_neither_overwritten_nor_deleted_when_its_path_is_added_to_files(
    project: Project,
) -> None:
    project.program("agb.Context('data', name='data', files={'/a': 'x'})")
    project.up()
    project.server.put_file(KEY, project.contexts["data"], "/notes", b"by an agent")
    project.program("agb.Context('data', name='data', files={'/a': 'x', '/notes': 'ours'})")
    with pytest.raises(CommandError, match="/notes already exists in context"):
        project.up()
    project.program("agb.Context('data', name='data', files={'/a': 'x'})")
    project.settle()
    assert project.files("data") == {"/a": b"x", "/notes": b"by an agent"}
    project.program("agb.Context('data', name='data', files={'/a': 'x', '/notes': 'ours'}, overwrite_files=True)")
    project.up()
    assert project.files("data") == {"/a": b"x", "/notes": b"ours"}

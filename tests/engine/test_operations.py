"""Tests of the effects that create, update, replace, delete and refresh have on resources and state."""

from __future__ import annotations

import json

import pytest
from pulumi.automation import CommandError, ConfigValue

from .conftest import Workshop


def test_declared_resources_exist_and_undeclared_ones_are_deleted(workshop: Workshop) -> None:
    workshop.program("Box('a', label='a'); Box('b', label='b')")
    stack = workshop.stack()
    assert stack.up().summary.resource_changes == {"create": 3}
    assert workshop.labels == ["a", "b"]
    workshop.program("Box('b', label='b')")
    assert stack.up().summary.resource_changes == {"same": 2, "delete": 1}
    assert workshop.labels == ["b"]


def test_an_unchanged_program_changes_nothing(workshop: Workshop) -> None:
    workshop.program("Box('a', label='a', content={'numbers': [1, 2.5, True, None]})")
    stack = workshop.stack()
    stack.up()
    before = stack.export_stack().deployment["resources"]
    result = stack.up(expect_no_changes=True)
    assert result.summary.resource_changes == {"same": 2}
    assert len(workshop.events("create", "update", "delete")) == 1
    assert stack.export_stack().deployment["resources"] == before


def test_a_changed_input_updates_in_place_and_the_change_is_shown_by_path(workshop: Workshop) -> None:
    workshop.program("Box('a', label='a', content={'/x.txt': 1, '/y.txt': 2})")
    stack = workshop.stack()
    stack.up()
    workshop.program("Box('a', label='a', content={'/x.txt': 1, '/y.txt': 3})")
    preview = stack.preview()
    assert preview.change_summary == {"same": 1, "update": 1}
    assert '~ content["/y.txt"]: 2 => 3' in preview.stdout
    assert "/x.txt" not in preview.stdout
    before = set(workshop.boxes)
    stack.up()
    assert set(workshop.boxes) == before
    assert [box["content"]["/y.txt"] for box in workshop.boxes.values()] == [3]


def test_a_replacement_that_deletes_first_also_replaces_its_dependents(workshop: Workshop) -> None:
    workshop.program("a = Box('a', label='a', trigger=1); Box('b', label='b', trigger=a.id)")
    stack = workshop.stack()
    stack.up()
    old = set(workshop.boxes)
    workshop.program("a = Box('a', label='a', trigger=2); Box('b', label='b', trigger=a.id)")
    result = stack.up()
    assert result.summary.resource_changes == {"same": 1, "replace": 2}
    done = [(event["event"], event["label"]) for event in workshop.events("create", "delete")[2:]]
    assert done == [("delete", "b"), ("delete", "a"), ("create", "a"), ("create", "b")]
    assert not old & set(workshop.boxes)


def test_a_replacement_that_creates_first_deletes_the_old_one_at_the_end(workshop: Workshop) -> None:
    workshop.program("Box('a', label='a', color='red')")
    stack = workshop.stack()
    stack.up()
    workshop.program("Box('a', label='a', color='blue')")
    stack.up()
    assert [event["event"] for event in workshop.events("create", "delete")] == ["create", "create", "delete"]
    assert [box["color"] for box in workshop.boxes.values()] == ["blue"]


def test_destroy_deletes_dependents_first_and_leaves_an_empty_state(workshop: Workshop) -> None:
    workshop.program("a = Box('a', label='a'); b = Box('b', label=a.id); Box('c', label=b.id)")
    stack = workshop.stack()
    stack.up()
    created = [event["label"] for event in workshop.events("create")]
    result = stack.destroy()
    assert result.summary.resource_changes == {"delete": 4}
    assert [event["label"] for event in workshop.events("delete")] == created[::-1]
    assert workshop.boxes == {}
    assert stack.export_stack().deployment["resources"] == []


def test_refresh_detects_drift_and_the_next_up_repairs_it(workshop: Workshop) -> None:
    workshop.program("Box('a', label='a', content='full')")
    stack = workshop.stack()
    stack.up()
    (box,) = workshop.shelf.glob("*.json")
    box.write_text(json.dumps({"label": "a", "content": "robbed"}))
    assert stack.refresh().summary.resource_changes == {"update": 1, "same": 1}
    assert "robbed" in stack.preview().stdout
    stack.up()
    assert json.loads(box.read_text())["content"] == "full"


def test_refresh_removes_deleted_resources_and_the_next_up_recreates_them(workshop: Workshop) -> None:
    workshop.program("a = Box('a', label='a'); Box('b', label='b', content=a.id)")
    stack = workshop.stack()
    stack.up()
    next(file for file in workshop.shelf.glob("*.json") if '"a"' in file.read_text()).unlink()
    assert stack.refresh().summary.resource_changes == {"delete": 1, "same": 2}
    assert stack.up().summary.resource_changes == {"create": 1, "update": 1, "same": 1}


def test_a_preview_changes_nothing_and_shows_unknown_outputs(workshop: Workshop) -> None:
    workshop.program("a = Box('a', label='a'); pulumi.export('id', a.id)")
    stack = workshop.stack()
    preview = stack.preview()
    assert preview.change_summary == {"create": 2}
    assert "id: [unknown]" in preview.stdout
    assert workshop.boxes == {}
    assert stack.export_stack().deployment["resources"] == []


def test_outputs_and_configuration_reach_the_program_and_the_provider(workshop: Workshop) -> None:
    workshop.program(
        """
        config = pulumi.Config()
        a = Box('a', label=config.require('label'))
        pulumi.export('label', a.label)
        pulumi.export('owner', a.owner)
        pulumi.export('password', config.require_secret('password'))
        """
    )
    stack = workshop.stack()
    stack.set_config("label", ConfigValue("shoes"))
    stack.set_config("owner", ConfigValue("Ada"))
    stack.set_config("password", ConfigValue("hush", secret=True))
    outputs = stack.up().outputs
    assert (outputs["label"].value, outputs["owner"].value) == ("shoes", "Ada")
    assert (outputs["password"].value, outputs["password"].secret) == ("hush", True)
    assert "hush" not in "".join(file.read_text() for file in (workshop.directory / ".pulumi-test").iterdir())


def test_a_refused_input_is_one_line_that_names_resource_and_property(workshop: Workshop) -> None:
    workshop.program("Box('a', label='broken')")
    with pytest.raises(CommandError) as error:
        workshop.stack().preview()
    assert "Box resource 'a': property label value {broken} has a problem: is broken" in str(error.value)
    assert "Traceback" not in str(error.value)


def test_a_failed_create_keeps_what_succeeded_and_stops_its_dependents(workshop: Workshop) -> None:
    workshop.program("a = Box('a', label='a'); b = Box('b', label='cursed', content=a.id); Box('c', label=b.id)")
    stack = workshop.stack()
    with pytest.raises(CommandError, match="this box cannot be made"):
        stack.up()
    assert workshop.labels == ["a"]
    names = [resource["urn"].rsplit("::", 1)[1] for resource in stack.export_stack().deployment["resources"]]
    assert names == ["boxes-dev", "default", "a"]
    assert "pending_operations" not in stack.export_stack().deployment


def test_preview_and_update_each_start_a_provider_process_and_stop_it(workshop: Workshop) -> None:
    workshop.program("Box('a', label='a')")
    stack = workshop.stack()
    stack.preview()
    stack.up()
    processes = {event["pid"] for event in workshop.events("configure")}
    assert len(processes) == 2
    assert not [pid for pid in processes if _is_running(pid)]


def _is_running(pid: int) -> bool:
    try:
        return open(f"/proc/{pid}/stat").read().split()[2] != "Z"  # noqa: PTH123
    except FileNotFoundError:
        return False

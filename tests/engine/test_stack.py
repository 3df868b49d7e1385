"""Tests that the stack behaves as `pulumi.automation.Stack` does: each test runs on both engines."""

from __future__ import annotations

import pytest
from pulumi.automation import CommandError, ConfigValue

from .conftest import Workshop


@pytest.mark.cold
def test_a_stack_lives_through_its_commands(workshop: Workshop, engine: str) -> None:
    workshop.program(
        """
        config = pulumi.Config()
        a = Box('a', label=config.require('label'), content={'told': [1, 2.5], 'kept': config.require_secret('secret')})
        pulumi.export('label', a.label)
        pulumi.export('content', a.content)
        pulumi.export('secret', config.get_secret('secret'))
        pulumi.export('owner', a.owner)
        pulumi.export('nested', {'x': config.require_secret('secret'), 'y': 1})
        """
    )
    stack = workshop.stack(engine)
    stack.set_config("label", ConfigValue("shoes"))
    stack.set_config("secret", ConfigValue("hush", secret=True))
    stack.set_config("boxes:owner", ConfigValue("Ada"))
    assert stack.preview().change_summary == {"create": 2}
    result = stack.up()
    assert result.summary.result == "succeeded"
    assert result.summary.kind == "update"
    assert result.summary.resource_changes == {"create": 2}
    assert "2 created" in result.stdout
    shown = {key: (output.value, output.secret) for key, output in stack.outputs().items()}
    assert shown == {
        "label": ("shoes", False),
        "content": ({"told": [1, 2.5], "kept": "hush"}, True),
        "nested": ({"x": "hush", "y": 1}, False),
        "secret": ("hush", True),
        "owner": ("Ada", False),
    }
    assert {key: output.value for key, output in result.outputs.items()} == {key: v for key, (v, _) in shown.items()}
    assert stack.up(expect_no_changes=True).summary.resource_changes == {"same": 2}
    assert stack.refresh().summary.resource_changes == {"same": 2}
    assert stack.destroy().summary.resource_changes == {"delete": 2}
    assert stack.outputs() == {}
    assert workshop.boxes == {}


def test_configuration_is_set_read_and_removed(workshop: Workshop, engine: str) -> None:
    stack = workshop.stack(engine)
    stack.set_config("plain", ConfigValue("1"))
    stack.set_config("other:secret", ConfigValue("hush", secret=True))
    stack = workshop.stack(engine)
    read = {key: (value.value, value.secret) for key, value in stack.get_all_config().items()}
    assert read == {"boxes:plain": ("1", False), "other:secret": ("hush", True)}
    assert stack.get_config("plain").value == "1"
    stack.remove_config("plain")
    with pytest.raises(CommandError, match="plain' not found"):
        stack.get_config("plain")


def test_an_unexpected_change_is_an_error(workshop: Workshop, engine: str) -> None:
    workshop.program("Box('a', label='a')")
    stack = workshop.stack(engine)
    with pytest.raises(CommandError, match="no changes were expected for preview but changes were proposed"):
        stack.preview(expect_no_changes=True)
    assert workshop.boxes == {}


def test_a_failure_is_a_command_error_with_the_reason(workshop: Workshop, engine: str) -> None:
    workshop.program("Box('a', label='broken'); pulumi.log.warn('mind the gap'); print('hello')")
    with pytest.raises(CommandError) as error:
        workshop.stack(engine).up()
    assert "is broken" in str(error.value)
    assert "code: 1" in str(error.value)


def test_a_refresh_can_be_a_preview_only(workshop: Workshop, engine: str) -> None:
    workshop.program("Box('a', label='a')")
    stack = workshop.stack(engine)
    stack.up()
    (workshop.shelf / "box-a-0.json").unlink()
    before = stack.export_stack().deployment["resources"]
    assert stack.preview_refresh().change_summary == {"delete": 1, "same": 1}
    assert stack.preview_destroy().change_summary == {"delete": 2}
    assert stack.export_stack().deployment["resources"] == before

"""Tests that an option or a kind of resource that the test engine does not support is an error, never ignored."""

from __future__ import annotations

import pytest
from pulumi.automation import CommandError

from pulumi_agbcontext.testing.server import LocalServer

from .conftest import Workshop

HOOKS = "the test engine does not support resource hooks, such as"


@pytest.mark.parametrize(
    ("program", "named"),
    [
        ("Box('a', ResourceOptions(import_='x'), label='a')", "import_"),
        ("Box('a', ResourceOptions(version='1.2.3'), label='a')", "version"),
        ("Box('a', ResourceOptions(plugin_download_url='https://x.example'), label='a')", "plugin_download_url"),
        ("Box('a', ResourceOptions(env_var_mappings={'A': 'B'}), label='a')", "option of provider resources only"),
        ("Box('a', ResourceOptions(transforms=[lambda args: None]), label='a')", "resource option 'transforms'"),
        ("pulumi.runtime.register_resource_transform(lambda args: None)", "does not support transforms"),
        ("Box('a', ResourceOptions(hooks=pulumi.ResourceHookBinding(after_create=[print])), label='a')", HOOKS),
        ("pulumi.ErrorHook('retry', lambda args: False); Box('a', label='a')", HOOKS),
        ("pulumi.CustomResource('aws:s3:Bucket', 'a')", "install the package 'aws'"),
        ("pulumi.ProviderResource('aws', 'a')", "install the package 'aws'"),
        ("pulumi.runtime.invoke('aws:index:getRegion', {})", "install the package 'aws'"),
        ("pulumi.runtime.invoke('pulumi:pulumi:getResource', {})", "the function 'pulumi:pulumi:getResource'"),
        ("pulumi.StackReference('org/project/dev')", "StackReference"),
        ("Box('a', ResourceOptions(custom_timeouts=pulumi.CustomTimeouts(create='soon')), label='a')", "'soon'"),
    ],
)
def test_unsupported_options_are_refused_by_name(workshop: Workshop, program: str, named: str) -> None:
    workshop.program(f"from plugged import Context\n{program}")
    with pytest.raises(CommandError) as error:
        workshop.stack().preview()
    assert named in str(error.value)
    assert workshop.boxes == {}


def test_a_plugin_is_not_downloaded_from_the_url_in_the_program(
    workshop: Workshop, agb_server: LocalServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGB_ENDPOINT", agb_server.url)
    monkeypatch.setenv("AGB_API_KEY", "one-key")
    options = f"ResourceOptions(plugin_download_url='{agb_server.url}/plugin')"
    workshop.program(f"from plugged import Context\nContext('c', {options}, name='data')")
    workshop.stack().up()
    assert [context["name"] for context in agb_server.contexts("one-key")] == ["data"]
    assert all(record.operation for record in agb_server.requests)


def test_the_changes_of_a_property_in_hide_diffs_are_not_displayed(workshop: Workshop) -> None:
    program = "Box('a', ResourceOptions(hide_diffs=['content']), label='LABEL', content={'kept': 1, 'x': 'TEXT'})"
    workshop.program(program.replace("LABEL", "a").replace("TEXT", "before"))
    workshop.stack().up()
    workshop.program(program.replace("LABEL", "b").replace("TEXT", "after"))
    shown = workshop.stack().preview().stdout
    assert "~ content (hidden)" in shown
    assert '~ label: "a" => "b"' in shown
    assert "after" not in shown


def test_a_provider_reads_the_variables_that_env_var_mappings_names(
    workshop: Workshop, engine: str, monkeypatch: pytest.MonkeyPatch, agb_server: LocalServer
) -> None:
    monkeypatch.setenv("AGB_ENDPOINT", agb_server.url)
    monkeypatch.setenv("AGB_API_KEY", "one-key")
    monkeypatch.setenv("THEIR_KEY", "another-key")
    mappings = "{'THEIR_KEY': 'AGB_API_KEY', 'ABSENT': 'AGB_ENDPOINT'}"
    workshop.program(
        f"""
        from plugged import Context, Provider
        provider = Provider('theirs', ResourceOptions(env_var_mappings={mappings}))
        Context('data', ResourceOptions(provider=provider), name='data')
        """
    )
    stack = workshop.stack(engine)
    stack.up()
    assert [context["name"] for context in agb_server.contexts("another-key")] == ["data"]
    assert agb_server.contexts("one-key") == []
    assert set(stack.up().summary.resource_changes) == {"same"}


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ("Box('a', label='cursed')", "this box cannot be made"),
        ("pulumi.require_pulumi_version('>=3.0.0')", "does not support the `RequirePulumiVersion` RPC"),
    ],
)
def test_a_call_that_the_test_engine_does_not_implement_leaves_no_traceback_in_the_log(
    workshop: Workshop, caplog: pytest.LogCaptureFixture, program: str, reason: str
) -> None:
    workshop.program(program)
    with pytest.raises(CommandError, match=reason):
        workshop.stack().up()
    assert caplog.text == ""

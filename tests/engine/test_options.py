"""An option or a kind of resource that the test engine does not know is an error, never ignored in silence."""

from __future__ import annotations

import pytest
from pulumi.automation import CommandError

from .conftest import Workshop


@pytest.mark.parametrize(
    ("program", "named"),
    [
        ("Box('a', ResourceOptions(import_='x'), label='a')", "import_"),
        ("Box('a', ResourceOptions(version='1.2.3'), label='a')", "version"),
        ("Box('a', ResourceOptions(hide_diffs=['label']), label='a')", "hide_diffs"),
        ("Box('a', ResourceOptions(plugin_download_url='https://x.example'), label='a')", "plugin_download_url"),
        ("a = Box('a', label='a'); Box('b', ResourceOptions(replace_with=[a]), label='b')", "ReplaceWith"),
        ("Box('a', ResourceOptions(transforms=[lambda args: None]), label='a')", "transforms"),
        ("Box('a', ResourceOptions(hooks=pulumi.ResourceHookBinding(after_create=[print])), label='a')", "hooks"),
        ("pulumi.CustomResource('aws:s3:Bucket', 'a')", "install the package 'aws'"),
        ("pulumi.ProviderResource('aws', 'a')", "install the package 'aws'"),
        ("pulumi.runtime.invoke('aws:index:getRegion', {})", "install the package 'aws'"),
        ("pulumi.runtime.invoke('pulumi:pulumi:getResource', {})", "the function 'pulumi:pulumi:getResource'"),
        ("Context('c', ResourceOptions(plugin_download_url='https://x.example'))", "plugin_download_url"),
        ("pulumi.StackReference('org/project/dev')", "StackReference"),
        ("Box('a', ResourceOptions(custom_timeouts=pulumi.CustomTimeouts(create='soon')), label='a')", "'soon'"),
    ],
)
def test_what_is_not_known_is_refused_by_name(workshop: Workshop, program: str, named: str) -> None:
    workshop.program(f"from plugged import Context\n{program}")
    with pytest.raises(CommandError) as error:
        workshop.stack().preview()
    assert named in str(error.value)
    assert workshop.boxes == {}

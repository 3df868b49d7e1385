"""Tests that messages of both adapters use Python's property names, and those of the plugin the other languages'."""

from __future__ import annotations

import pytest

from pulumi_agbcontext import messages
from pulumi_agbcontext.messages import inputs
from pulumi_agbcontext.plugin.property_names import spelled


@pytest.mark.parametrize(
    ("message", "named"),
    [
        (str(messages.context_exists("data", "SdkCtx-1", "made today")), "Set `adopt: true` to manage the context"),
        (str(messages.file_exists("SdkCtx-1", "/a", "")), "Set `overwriteOnCreate: true` to"),
        (str(messages.not_ready("SdkCtx-1", None, 60.0)), "increase `clearTimeout`."),
        (inputs.not_one_content([]), "set one of `content`, `contentBase64` and `source`"),
        (str(messages.owner_record_unusable("data", "SdkCtx-1", "")), "set `ownerRecord: false`"),
        (str(messages.foreign_files("SdkCtx-1", ["/a"])), "Set `overwriteFiles: true`"),
        (str(messages.file_to_be_replaced("SdkCtx-1", "/a", "")), "option `deleteBeforeReplace`."),
        (str(messages.file_to_be_replaced("SdkCtx-1", "/a", "other")), "option `dependsOn`,"),
        (str(messages.larger_than_allowed("SdkCtx-1", "/a", 2, 1)), "`maxSize` is 1"),
        (str(messages.larger_than_allowed("SdkCtx-1", "/a", 2, 1)), "use `getContextFileDownloadUrl`."),
    ],
)
def test_a_property_is_named_as_the_schema_spells_it(message: str, named: str) -> None:
    assert named in spelled(message)


def test_text_that_is_not_a_property_is_unchanged() -> None:
    assert spelled("the file `my_notes` and `pulumi up`, `debug=True`") == (
        "the file `my_notes` and `pulumi up`, `debug=True`"
    )

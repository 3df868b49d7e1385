"""Tests that claims of the README and of docs/ name their tests in comments, and tests of claims without another."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pulumi.automation import CommandError, ConfigValue

from pulumi_agbcontext.client import Account, Context, ContextService
from pulumi_agbcontext.lifecycle.files.paths import OWNER_RECORD
from pulumi_agbcontext.testing import LocalServer

from .blocks import ROOT, name_of

AT_SCALE = ROOT / "docs" / "at-scale.md"
PAGES = [
    ROOT / "README.md",
    ROOT / "docs" / "engine-options.md",
    AT_SCALE,
    *sorted((ROOT / "docs" / "how-to").glob("*.md")),
]
_CLAIM = re.compile(r"^- (.*(?:\n  .*)*)", re.MULTILINE)
_OPTION = re.compile(r"^\| `\w+=\S+` \| .*\|$", re.MULTILINE)
_TEST = re.compile(r"<!-- ([\w/]+\.py)::(\w+) -->")

PROTECTED = """
import pulumi
import pulumi_agbcontext as agb

config = pulumi.Config()
data = agb.Context(
    "data",
    name="data",
    files={"/a": "x"},
    clear_triggers=[config.require("release")],
    clear_in_place=config.require_bool("inPlace"),
    opts=pulumi.ResourceOptions(protect=True),
)
pulumi.export("generation", data.generation)
"""


@pytest.mark.parametrize("page", [pytest.param(page, id=name_of(page)) for page in PAGES])
def test_every_claim_names_a_test_that_exists(page: Path) -> None:
    text = page.read_text("utf-8")
    claims = [claim for claim in (*_CLAIM.findall(text), *_OPTION.findall(text)) if "](" not in claim]
    untested = [claim for claim in claims if not _TEST.search(claim)]
    assert untested == []
    for file, test in _TEST.findall(text):
        source = (ROOT / "tests" / file).read_text("utf-8")
        assert re.search(rf"^def {test}\(", source, re.MULTILINE), f"there is no {file}::{test}"


def test_the_pages_with_claims_contain_claims() -> None:
    claims = {name_of(page): len(_TEST.findall(page.read_text("utf-8"))) for page in PAGES}
    assert claims["README.md"] >= 7
    assert claims["docs/engine-options.md"] >= 8
    assert sum(claims.values()) >= 35


def test_a_protected_context_is_cleared_in_place_and_never_replaced(
    agb_stack: Callable[..., Any], agb_server: LocalServer, tmp_path: Path
) -> None:
    agb_server.behave(clear_seconds=0.1)
    (tmp_path / "Pulumi.yaml").write_text("name: protected\nruntime: python\n")
    (tmp_path / "__main__.py").write_text(PROTECTED)
    stack = agb_stack(tmp_path, config={"release": "1", "inPlace": "true"})
    stack.up()
    stack.set_config("release", ConfigValue("2"))
    assert stack.up().outputs["generation"].value == 2
    stack.set_config("release", ConfigValue("3"))
    stack.set_config("inPlace", ConfigValue("false"))
    with pytest.raises(CommandError, match="protect"):
        stack.up()


def test_every_step_sends_as_many_calls_as_the_page_states(
    agb_stack: Callable[..., Any], agb_server: LocalServer, tmp_path: Path
) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: counted\nruntime: python\n")
    program = tmp_path / "__main__.py"
    program.write_text("import pulumi_agbcontext as agb\nagb.Context('data', files=agb.files_from('seed'))\n")
    seed = tmp_path / "seed"
    seed.mkdir()
    (seed / "a").write_text("a")
    stack = agb_stack(tmp_path)

    def calls(command: str) -> int:
        before = len(agb_server.requests)
        getattr(stack, command)()
        asked = agb_server.requests[before:]
        files = [one for one in asked if one.path and one.path != OWNER_RECORD]
        assert {one.operation for one in files} <= {"GetContextFileUploadUrl", "Upload"}
        return len(asked) - len(files)

    made, unchanged = calls("up"), calls("up")
    (seed / "a").write_text("b")
    counted = [unchanged, made, calls("up"), calls("refresh"), calls("destroy")]
    message = re.findall(r"^\| [^|]+ \| (\d+) \| [^|]+ \|$", AT_SCALE.read_text("utf-8"), re.MULTILINE)
    assert [int(number) for number in message] == counted


def test_a_context_renamed_outside_the_program_is_drift_and_its_name_is_restored(
    agb_stack: Callable[..., Any], agb_server: LocalServer, agb_api_key: str, tmp_path: Path
) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: renamed\nruntime: python\n")
    (tmp_path / "__main__.py").write_text(
        "import pulumi_agbcontext as agb\nagb.Context('data', name='data', drift_check='none')\n"
    )
    stack = agb_stack(tmp_path)
    stack.up()
    [context] = agb_server.contexts(agb_api_key)
    ContextService(Account(agb_server.url, agb_api_key)).update(Context(context["id"], "theirs"))
    with pytest.raises(CommandError, match="no changes were expected"):
        stack.preview(refresh=True, expect_no_changes=True)
    stack.up(refresh=True)
    assert [(one["id"], one["name"]) for one in agb_server.contexts(agb_api_key)] == [(context["id"], "data")]

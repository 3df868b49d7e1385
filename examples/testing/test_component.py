"""Tests of the component. Each test writes a small program that uses it."""
# ruff: noqa: S101  (tests assert)

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pulumi_agbcontext.testing import LocalServer, Stack

OpenStack = Callable[..., Stack]
OWNER_RECORD = "/.agbcontext-owner.json"  # stored by the provider in every context

PROGRAM = """
import pulumi
from knowledge_base import KnowledgeBase

base = KnowledgeBase("faq", {articles})
pulumi.export("context_id", base.context.id)
"""


@pytest.fixture
def up(agb_stack: OpenStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, str]], str]:
    """Return a function that deploys the component with the given articles and returns the id of its context."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    (tmp_path / "Pulumi.yaml").write_text("name: component\nruntime: python\n")

    def up_with(articles: dict[str, str]) -> str:
        (tmp_path / "__main__.py").write_text(PROGRAM.format(articles=articles))
        return str(agb_stack(tmp_path).up().outputs["context_id"].value)

    return up_with


def test_the_index_lists_the_articles(
    up: Callable[[dict[str, str]], str], agb_server: LocalServer, agb_api_key: str
) -> None:
    context_id = up({"shipping.md": "On the same day.", "refunds.md": "Within a week."})
    assert agb_server.files(agb_api_key, context_id)["/index.txt"] == b"refunds.md\nshipping.md"


def test_an_article_that_is_taken_out_goes_and_what_agents_wrote_stays(
    up: Callable[[dict[str, str]], str], agb_server: LocalServer, agb_api_key: str
) -> None:
    context_id = up({"shipping.md": "On the same day.", "refunds.md": "Within a week."})
    agb_server.put_file(agb_api_key, context_id, "/notes/1017.md", b"asked twice")
    assert up({"refunds.md": "Within a week."}) == context_id
    held = agb_server.files(agb_api_key, context_id)
    assert set(held) - {OWNER_RECORD} == {"/articles/refunds.md", "/index.txt", "/notes/1017.md"}

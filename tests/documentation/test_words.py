"""Tests that no page, message, docstring or comment uses a phrase that a native speaker would not write."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from .blocks import ROOT, name_of

_STRINGS = {tokenize.STRING, getattr(tokenize, "FSTRING_MIDDLE", tokenize.STRING)}

REFUSED = (
    # home-made words; the field has terms for them
    "folders?|look-ups?|time-outs?|way out|way on|at hand|in one go|white ?lists?",
    # pronouns that leave open who acts
    "somebody|nobody|anybody|everybody|whatever|another one|of its own accord|what (?:it|they) holds?",
    # archaisms and literal translations
    "foretell|mend|gladly|ghost|anew|any more|for ever|all the same|be it|in the clear|behind its back|white space",
    "by hand|with fresh eyes|fresh reader|the very (?:content|same)|let go of|strike out|cut short|half-way|need be",
    "is no (?:error|drift|conflict|match|text)|are no (?:errors?|drift|conflicts?|text)",
    "exists? already|is right and|is up and|put(?:s|ting)? (?:it|them|that|those) (?:back|there)|took .{1,20} for a",
    # things that speak and think
    "(?:API|server|engine|page|state|test|message|CLI) (?:says|tells|knows|thinks|wants)",
    "hand(?:s|ed)? out|met by|asks? the server nothing",
    # British spellings; the identifiers of the code are American
    "behaviours?|colou?red by|honours?|normalise[ds]?|recognise[ds]?|sanitise[ds]?|favours?",
)
_REFUSED = re.compile(rf"\b(?:{'|'.join(REFUSED)})\b|; else\b|, else (?!if)|\bAbsent:|\bchanged: [a-z]", re.IGNORECASE)
PAGES = [*ROOT.glob("*.md"), *(ROOT / "tests").glob("*.md"), *(ROOT / "docs").rglob("*.md")]
PAGES += [*(ROOT / "examples").rglob("README.md"), *(ROOT / "benchmarks").glob("*.md")]
DIRECTORIES = ("pulumi_agbcontext", "examples", "tools", "benchmarks", "tests")


@pytest.mark.parametrize("directory", DIRECTORIES)
def test_no_module_contains_a_phrase_that_a_native_speaker_would_not_write(directory: str) -> None:
    modules = [file for file in (ROOT / directory).rglob("*.py") if file != Path(__file__)]
    assert modules
    assert [fault for file in modules for fault in _faults(file, _prose_of_source)] == []


@pytest.mark.parametrize("page", [pytest.param(page, id=name_of(page)) for page in PAGES])
def test_no_page_contains_a_phrase_that_a_native_speaker_would_not_write(page: Path) -> None:
    assert _faults(page, _prose_of_page) == []


@pytest.mark.parametrize(
    "sentence",
    [
        "Context 'x' exists already.",
        "Check that the endpoint is right and up.",
        "An absent file is no error.",
        "The API says when the context was made.",
        "The local folder is seeded.",
        "Write it by hand; else it is skipped.",
        "Somebody else has the context.",
    ],
)
def test_the_check_finds_a_phrase_in_a_page_and_in_a_module(sentence: str) -> None:
    assert any(_REFUSED.search(line) for _, line in _prose_of_page(sentence))
    assert any(_REFUSED.search(line) for _, line in _prose_of_source(f'"""{sentence}"""\n'))
    assert any(_REFUSED.search(line) for _, line in _prose_of_source(f"# {sentence}\n"))


def _faults(file: Path, prose: Callable[[str], Iterator[tuple[int, str]]]) -> list[str]:
    lines = prose(file.read_text("utf-8"))
    return [f"{name_of(file)}:{number}: {match[0]}" for number, line in lines for match in _REFUSED.finditer(line)]


def _prose_of_page(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines of a page outside code, with their numbers."""
    fenced = False
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("```"):
            fenced = not fenced
        elif not fenced:
            yield number, re.sub(r"`[^`]*`|\]\([^)]*\)|<!--.*?-->", "", line)


def _prose_of_source(text: str) -> Iterator[tuple[int, str]]:
    """Yield the comments and the strings of more than one word in a module, with their lines."""
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT or (token.type in _STRINGS and " " in token.string):
            for offset, line in enumerate(token.string.splitlines()):
                yield token.start[0] + offset, re.sub(r"`[^`]*`|'[^' ]*'|\{[^}]*\}|^ *\**\w+: |\bBehaviour\b", "", line)

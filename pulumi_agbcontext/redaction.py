"""Redaction of external text for display: one line, without secrets or control characters."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from urllib.parse import quote

_HIDDEN = "…"
# Characters that end a line, move the cursor or change the direction of text.
_CONTROL = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]+"
)
_TOKEN = re.compile(r"[^\s'\"<>]+")
_QUERY = re.compile(r"[?#]|%(?:25)*(?:3f|23)", re.IGNORECASE)
_QUESTION_MARK = re.compile(r"\?|%(?:25)*3f", re.IGNORECASE)
_EQUALS_SIGN = re.compile(r"=|%(?:25)*3d", re.IGNORECASE)
_AFTER_AUTHORITY = re.compile(r"[/?#\\]")
# Fast path for the request ID of every response. A single word cannot match any of the patterns for secrets.
_ONE_WORD = re.compile(r"[A-Za-z0-9._-]{0,128}")
_LONGEST_READ = 50_000
_LONGEST_REASON = 300


def _pattern(kept: str, hidden: str) -> re.Pattern[str]:
    return re.compile(f"(?P<kept>{kept})(?:{hidden})", re.IGNORECASE | re.DOTALL)


_EQUALS = r"(?:[\\\"']*\s*=|%(?:25)*3d|\\u003d|&\#(?:61|x3d);)"
_QUOTED_COLON = r"[\\\"']+\s*:"
_VALUE = r"[^\s&\"'<>]*"
_SIG = r"(?:(?<![a-z0-9])|(?<=%3f)|(?<=%26))sig"
_ACCESS_KEY = r"access[-_]?key(?:[-_]?(?:id|secret))?|access[-_]?id|q-ak"
_NAMES = rf"(?:signature|token|credentials?|api[-_ ]?key|{_ACCESS_KEY}|{_SIG})"
_SIGNED_TEXT = r"(?:stringtosign|canonicalrequest)\w{0,20}"
# Names that may be separated from their value by a plain colon. In the messages of this package, the colon after
# "AGB API key" precedes a cause, not a secret.
_API_KEY = r"(?<!agbcontext:)(?<!agb )api[-_ ]?key"
_HEADERS = rf"(?:{_API_KEY}|secret|passw(?:or)?d|security[-_]?token|(?<=-)(?:signature|token|credentials?))"


@cache
def _secrets() -> tuple[re.Pattern[str], ...]:
    """Return the patterns for secrets. They are compiled on first use, because every program imports this module."""
    return (
        _pattern(rf"{_SIGNED_TEXT}[\\\"']*\s*[:=]\s*\\*\"", r'(?:[^"\\]|\\.)*'),
        _pattern(rf"{_SIGNED_TEXT}[\\\"']*\s*[:=](?!\s*\\*\")", ".*"),
        _pattern(
            r"(?:<|&lt;)(?:[\w-]{1,20}:)?\w{0,30}?"
            r"(?:stringtosign|canonicalrequest|signature|accesskey|token|secret|credential|authorization)"
            r"\w{0,30}[^<>&]{0,100}(?:>|&gt;)",
            "(?:(?!</|&lt;/).)*",
        ),
        _pattern(rf"authorization(?:{_EQUALS}|[\\\"']*\s*:)[\s\\\"']*", rf"(?:[a-z][\w-]{{0,30}}\s+)?{_VALUE}"),
        _pattern(rf"(?:{_NAMES}(?:{_EQUALS}|{_QUOTED_COLON})|{_HEADERS}[\\\"']*\s*[:=])[\s\\\"']*", _VALUE),
        _pattern(r"bearer(?:[\s:=]|%20)+", r"[^\s&\"'<>]+"),
    )


def redact(text: str, longest: int = _LONGEST_REASON, *, secrets: Iterable[str] = ()) -> str:
    """Redact external text for display: one line without secrets.

    This removes the query, fragment and credentials of URLs, and values whose name suggests a key, a token, a signature
    or an `Authorization` header. An API key is an opaque string without a recognizable format, so the caller passes it.

    Args:
        text: text from the API, an object store or an HTTP library.
        longest: maximum length of the result, in characters.
        secrets: strings to remove in any letter case, also if percent-encoded.

    Returns:
        Text that is safe for a message or a log.
    """
    secrets = [secret for secret in secrets if secret]
    if _ONE_WORD.fullmatch(text) and not any(secret.lower() in text.lower() for secret in secrets):
        return text[:longest]
    for secret in secrets:
        text = re.sub("".join(map(_encoded, secret)), _HIDDEN, text, flags=re.IGNORECASE)
    text = _CONTROL.sub(" ", text)
    if len(text) > _LONGEST_READ:  # a truncated word may no longer be recognized as a secret
        text = f"{text[:_LONGEST_READ].rpartition(' ')[0]} {_HIDDEN}"
    text = _TOKEN.sub(_redacted_url, text)
    for pattern in _secrets():
        text = pattern.sub(rf"\g<kept>{_HIDDEN}", text)
    text = text.strip()
    return text if len(text) <= longest else text[: longest - 1] + _HIDDEN


def _encoded(character: str) -> str:
    """Return a pattern that matches a character, unencoded or percent-encoded any number of times."""
    percent = quote(character, safe="").replace("%", "%(?:25)*")
    return re.escape(character) if percent == character else f"(?:{re.escape(character)}|{percent})"


def _redacted_url(match: re.Match[str]) -> str:
    """Remove the query, fragment and credentials from a word that is a URL, with or without a scheme."""
    word = match[0]
    scheme, slashes, rest = word.partition("//")
    if slashes:
        end = _AFTER_AUTHORITY.search(rest)
        authority = rest[: end.start()] if end else rest
        port = authority.rpartition("]")[2].partition(":")[2]
        if "@" in authority:
            rest = f"{_HIDDEN}@{rest[authority.rindex('@') + 1 :]}"
        elif "@" in rest and port and not port.isdecimal():  # a password may contain any delimiter
            return f"{scheme}//{_HIDDEN}"
        query = _QUERY.search(rest)
    else:
        rest, at = word, word.rfind("@")
        if ":" in word[: max(at, 0)] and "/" not in word[:at]:
            rest = _HIDDEN + word[at:]
        query = _QUESTION_MARK.search(rest)
        query = query if query and _EQUALS_SIGN.search(rest, query.end()) else None
    shown = rest[: query.end()] + _HIDDEN if query else rest
    return f"{scheme}//{shown}" if slashes else shown


def without_directives(text: str) -> str:
    """Escape text that the engine would parse as a color directive, because an unknown one terminates the CLI."""
    return text.replace("<{%", "< {%").replace("%}>", "%} >")


def printable(text: str) -> str:
    """Return a path with control characters and surrogates escaped, for any terminal or protocol."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)

"""Tests that text from an API, an object store or a hostile server is always redacted before it is shown."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import pkgutil
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

import pulumi_agbcontext
from pulumi_agbcontext import messages
from pulumi_agbcontext.errors import AGBError, WaitTimeoutError
from pulumi_agbcontext.lifecycle.provider.configuration import Configuration, read_configuration
from pulumi_agbcontext.messages import causes
from pulumi_agbcontext.redaction import redact

CANARY = "c4n4ry"
# A text with a secret, and the parts of it that must remain readable.
URLS = [
    (f"see https://h.example/p?Signature={CANARY} now", "see https://h.example/p?… now"),
    (f'"https://h.example/p?sig={CANARY}"', '"https://h.example/p?…"'),
    (f"'https://h.example/p?sig={CANARY}'", "'https://h.example/p?…'"),
    (f"(https://h.example/p?{CANARY})", "(https://h.example/p?…"),
    (f"HTTPS://h.example/p#{CANARY}", "HTTPS://h.example/p#…"),
    (f"oss://h.example/p?x={CANARY}", "oss://h.example/p?…"),
    (f"//h.example/p?Signature={CANARY} x", "//h.example/p?… x"),
    (f"h.example/a?X-Amz-Signature={CANARY}", "h.example/a?…"),
    (f"PUT /bucket/a?Expires=1&Signature={CANARY} failed", "PUT /bucket/a?… failed"),
    (f"/bucket/a?uploads&Signature={CANARY}", "/bucket/a?…"),
    (f"https://user:{CANARY}@h.example/p", "https://…@h.example/p"),
    (f"https://{CANARY}@h.example/p", "https://…@h.example/p"),
    (f"https://user:{CANARY}?x@h.example/p", "https://…"),
    (f"https://user:{CANARY}/x#{CANARY}@h.example/p", "https://…"),
    (f"user:{CANARY}@h.example", "…@h.example"),
    (f"https://a.example/b,https://c.example/d?sig={CANARY}", "https://a.example/b,https://c.example/d"),
    (f"https%3A%2F%2Fh.example%2Fp%3FSignature%3D{CANARY}%26x%3D1", "https%3A%2F%2Fh.example%2Fp"),
    (f"/p%3FSignature%3D{CANARY}", "/p%3F…"),
    (f"/p%253FSignature%253D{CANARY}", "/p"),
    (f"https://h.example/p%3Fsig%3D{CANARY}", "https://h.example/p%3F…"),
]
PAIRS = [
    "Signature={}",
    "signature={}",
    "X-Amz-Signature={}",
    "x-amz-signature = {}",
    "OSSAccessKeyId={}",
    "AWSAccessKeyId={}",
    "GoogleAccessId={}",
    "security-token={}",
    "securityToken={}",
    "X-Amz-Credential={}",
    "X-Amz-Security-Token={}",
    "x-oss-security-token: {}",
    "x-oss-signature: {}",
    "a=1&amp;Signature={}&amp;b=2",
    "a=1&sig={}&b=2",
    "%26sig%3D{}",
    "%3Fsig%3D{}",
    "Signature\\u003d{}",
    "Signature%3D{}",
    "Signature%253D{}",
    "api_key={}",
    "apikey: {}",
    "apiKey={}",
    "API key: {}",
    "x-api-key: {}",
    "X-Api-Key:{}",
    'the key "apiKey": "{}"',
    '{{"token": "{}"}}',
    '{{\\"token\\": \\"{}\\"}}',
    "access_token={}",
    "password={}",
    "client_secret: {}",
    "Bearer {}",
    "bearer  {}",
    "BEARER {}",
    "authorization: {}",
    "Authorization: Bearer {}",
    "authorization=Bearer {}",
    "'Authorization': 'Basic {}'",
    '"authorization": "Bearer {}"',
    "Authorization: OSS LTAI5t:{}",
    "Authorization: AWS4-HMAC-SHA256 Credential={}, SignedHeaders=host, Signature={}",
    "Authorization: OSS4-HMAC-SHA256 Credential=x,Signature={}",
    "Proxy-Authorization: Basic {}",
    "<StringToSign>PUT\n\n{} /a</StringToSign>",
    "<StringToSign>{} a",
    "<stringtosign xml:space='preserve'>PUT {} a</stringtosign>",
    "<StringToSignBytes>50 {} 55</StringToSignBytes>",
    "<SignatureProvided>{}</SignatureProvided>",
    "<OSSAccessKeyId>{}</OSSAccessKeyId>",
    "<AWSAccessKeyId>{}</AWSAccessKeyId>",
    "<CanonicalRequest>GET\n/a\n{}</CanonicalRequest>",
    "<a:SecurityToken>{}</a:SecurityToken>",
    "&lt;StringToSign&gt;PUT {} /a&lt;/StringToSign&gt;",
    '{{"StringToSign": "PUT \\"a\\" {} /a", "x": 1}}',
    '{{"CanonicalRequest":"GET {} b"}}',
]
_PIECES = (
    'a ? // % # @ : = < & \' " \\ / a? a= :// https:// a@ %3F %3D %25 token token: token" signature= sig '
    '<StringToSign> <a: &lt; "StringToSign":" user:pw@ - x- _ secret\\'
)
HOSTILE_PIECES = [*_PIECES.split(), " ", "token ", "bearer ", "authorization: ", "\n", "\u2028"]
LINE_BREAKERS = (
    "\n\r\t\v\f\0\x1b\x7f\x85\x9b\u061c\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)
ORDINARY = [
    "Context.NotFound",
    "the context /data/report (1).txt does not exist",
    "what? no; a #1 issue at 12:30, 50% of 3//4",
    "Too many contexts: at most 100 for each account.",
    'files["/a b"] in `secret_files` and `clear_timeout`, set `adopt=True`',
    "Check https://sdk-api.agb.cloud:8443/gateway and user@example.com",
    "the signature does not match; the token has expired; sign in again",
    "path /@scope/pkg, 日本 and a family 👩\u200d👧",
    "design=flat, assigned=1",
    "agbcontext:apiKey: No AGB API key is configured",
    "agbcontext:apiKey: Cannot use the AGB API key: it contains whitespace or invalid characters",
]


@pytest.mark.parametrize(("text", "shown"), URLS)
def test_neither_query_nor_fragment_nor_credentials_of_a_url_are_shown(text: str, shown: str) -> None:
    assert CANARY not in redact(text)
    assert redact(text).startswith(shown)


@pytest.mark.parametrize("text", PAIRS)
def test_a_named_secret_is_not_shown(text: str) -> None:
    shown = redact("before " + text.format(CANARY, CANARY) + " after")
    assert CANARY not in shown
    assert shown.startswith("before ")
    assert "…" in shown


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_text_is_shown_as_it_is(text: str) -> None:
    assert redact(text) == text


@pytest.mark.parametrize("text", [text for text, _ in URLS] + [pair.format(CANARY, CANARY) for pair in PAIRS])
def test_redacting_again_changes_nothing(text: str) -> None:
    assert redact(redact(text)) == redact(text)


@pytest.mark.parametrize("echo", ["{}", "key {} is disabled", "x{}y", "{}{}", "https://{}.example/", "a\n{}\nb"])
def test_a_given_secret_is_not_shown_at_any_position(echo: str) -> None:
    for secret in ("agb-k3y.+/=()", "k"):
        for form in (secret, secret.upper(), secret.replace("+", "%2B").replace("/", "%2F").replace("=", "%3D")):
            shown = redact(echo.format(form, form), secrets=(secret,))
            assert form not in shown
            assert "…" in shown
    assert redact("no secret", secrets=("",)) == "no secret"


def test_a_given_secret_is_not_shown_partially_where_the_text_is_truncated() -> None:
    shown = redact("x" * 295 + "secret-key", secrets=("secret-key",))
    assert "secr" not in shown
    assert len(shown) <= 300


@pytest.mark.parametrize("breaker", LINE_BREAKERS)
def test_no_character_breaks_the_line_or_its_direction(breaker: str) -> None:
    error = AGBError(f"what{breaker}ever", cause=f"a{breaker}b", code=f"c{breaker}d", request_id=f"e{breaker}f")
    for text in (str(error), error.summary, error.cause, error.code, error.request_id, redact(f"a{breaker}b")):
        assert text.isprintable()
        assert len(text.splitlines()) == 1
    assert (error.code, error.request_id) == ("c d", "e f")


def test_code_and_request_id_are_clean_and_short() -> None:
    error = AGBError("x", code="c" * 5000, request_id=f"https://h/?Signature={CANARY}\n" * 100)
    assert len(error.code) <= 128
    assert len(error.request_id) <= 128
    assert CANARY not in repr(vars(error)) + str(error)


def test_every_attribute_of_an_error_is_clean() -> None:
    echo = f"/b/a?Expires=1&Signature={CANARY}\n\u202e"
    error = WaitTimeoutError(echo, last_state=echo, timeout=1, remedy=echo)
    for text in (str(error), repr(error), repr(vars(error))):
        assert CANARY not in text
    assert error.last_state == "/b/a?…"
    failure = AGBError(echo, cause=echo)
    nested = messages.incomplete_create("x", "y", failure, causes.undo_failed(failure))
    assert CANARY not in str(nested)
    assert str(nested).isprintable()


def test_the_beginning_of_an_endless_word_is_redacted() -> None:
    assert CANARY not in redact(f"https://h/?{'a' * 49_970} user:{CANARY}{'b' * 100_000}@host")
    assert redact("short " + "a" * 1_000_000) == "short …"


@given(st.text(alphabet=st.sampled_from("ab:/?#@=&%3DF'\"<> \n…") | st.characters(), max_size=60))
def test_any_text_becomes_one_line_of_limited_length(text: str) -> None:
    shown = redact(text, 40)
    assert len(shown) <= 40
    assert len(shown.splitlines()) <= 1


@given(
    st.sampled_from(PAIRS),
    st.text("abcXYZ019+/=-_.~", min_size=4, max_size=40),
    st.text(st.sampled_from("ab /?=&:.\"'<>"), max_size=10),
)
def test_a_named_secret_is_not_shown_after_any_prefix(pair: str, secret: str, before: str) -> None:
    secret = f"{CANARY}{secret}{CANARY}"
    assert CANARY not in redact(f"{before} {pair.format(secret, secret)}")


@pytest.mark.parametrize(
    "piece",
    HOSTILE_PIECES,
)
def test_redacting_takes_linear_time_on_hostile_text(piece: str) -> None:
    text = piece * (1_000_000 // len(piece))
    for secrets in ((), ("aaaa", "token", "a?/")):
        began = time.thread_time()  # of this thread, because other tests run at the same time
        redact(text, secrets=secrets)
        assert time.thread_time() - began < 1


SECRET_PARTS = ["https://user:{}@host", "user:{}@host", "{}@host/p", "https://host/?token={}", "https://host/#{}"]
SECRET_PARTS += ["https://host?{}", "host#{}", "https://user:{}/x@host", "user:?{}@host", "https://user:{}#x@host"]
SECRET_PARTS += ["https://host/#@{}", "https://host/?a@{}", "https:/user:{}@host", "https:user:{}@host", "//u:{}@host"]
SECRET_PARTS += ["https://user:a\\{}@host", "https://host\\@{}", "https://host%3Ftoken={}", "https://user%3A{}%40host"]
SECRET_PARTS += ["https://ho st/?{}", "https://host\n?{}", "https://https://user:{}@host", "https://user:a@{}@host"]
SECRET_PARTS += ["ftp://user:{}@host", "http://user:{}@host/p", "https://[::1?{}", "https://host:port?{}"]


@pytest.mark.parametrize("endpoint", SECRET_PARTS)
def test_a_refused_endpoint_shows_neither_credentials_nor_query_nor_fragment(endpoint: str) -> None:
    given = endpoint.format(CANARY)
    message = str(messages.unusable_endpoint(given, causes.NOT_A_URL))
    assert CANARY not in message
    assert message.startswith("Cannot use the endpoint")
    settings = {"agbcontext:endpoint": given, "agbcontext:apiKey": "key"}
    configuration, faults = read_configuration(settings.get, {})
    assert faults, "it was not refused"
    assert CANARY not in "; ".join(map(str, faults))
    assert CANARY not in repr(configuration)


def test_a_refused_endpoint_remains_recognizable() -> None:
    for endpoint, shown in (
        ("https://host:port/path", "https://host:port"),
        ("https://user:pw@host.example/path", "https://host.example"),
        ("http://10.0.0.1:8080/?a=b", "http://10.0.0.1:8080"),
        ("host.example?x", "host.example"),
    ):
        assert f"Cannot use the endpoint {shown}: " in str(messages.unusable_endpoint(endpoint, "x"))


HOLDS_SECRETS = re.compile(
    r"^_?(api_key|authorization|body|clear_triggers|content(_base64)?|data|files|headers|inputs|open|outputs|secret_\w+"
    r"|password|sha256|source|token|url|value|endpoint)$"
)
# The endpoint of an account has no credentials and no query. The files of a listing are paths and sizes.
SHOWN = {("Account", "endpoint"), ("FileList", "files")}


def models() -> Iterator[type[Any]]:
    """Yield every dataclass and pydantic model of the package except for the testing kit."""
    found: set[type[Any]] = set()
    for module in pkgutil.walk_packages(pulumi_agbcontext.__path__, "pulumi_agbcontext."):
        parts = module.name.split(".")
        if "testing" in parts:
            continue
        for value in vars(importlib.import_module(module.name)).values():
            own = inspect.isclass(value) and value.__module__ == module.name
            if own and (dataclasses.is_dataclass(value) or issubclass(value, BaseModel)):
                found.add(value)
    yield from sorted(found, key=lambda one: (one.__module__, one.__qualname__))


MODELS = list(models())


def test_the_models_of_every_layer_were_found() -> None:
    modules = {model.__module__.split(".")[1] for model in MODELS}
    assert {"client", "lifecycle", "plugin"} <= modules
    assert len(MODELS) > 30


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__qualname__)
def test_no_repr_shows_content_urls_or_secrets(model: type[Any]) -> None:
    secret: Any = CANARY  # model_construct and __new__ check no types
    if issubclass(model, BaseModel):
        names = list(model.model_fields)
        instance: Any = model.model_construct(**dict.fromkeys(names, secret))
    else:
        names = [one.name for one in dataclasses.fields(model)]
        instance = object.__new__(model)
        for name in names:
            object.__setattr__(instance, name, secret)
    shown = set(re.findall(rf"(\w+)='?{CANARY}", repr(instance)))
    assert {name for name in shown if HOLDS_SECRETS.match(name)} <= {name for of, name in SHOWN if of == model.__name__}
    if issubclass(model, BaseModel):
        assert model.model_config.get("hide_input_in_errors") is True


def test_the_configuration_hides_a_key_of_the_wrong_type() -> None:
    for value in ([CANARY], {"a": CANARY}, 5):
        configuration, faults = read_configuration({"agbcontext:apiKey": value}.get, {})
        assert faults
        assert CANARY not in "; ".join(map(str, faults)) + repr(configuration)
    with pytest.raises(ValueError, match="api") as caught:
        Configuration.model_validate({"apiKey": [CANARY]})
    assert CANARY not in str(caught.value)

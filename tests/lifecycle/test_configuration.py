"""Tests of the sources of the provider's configuration and of the messages about its faults."""

from typing import Any

import pytest

from pulumi_agbcontext.lifecycle.provider.configuration import read_configuration

ENDPOINT = "http://127.0.0.1:1"


def faults(settings: dict[str, Any], environment: dict[str, str]) -> dict[str, str]:
    return {fault.property: fault.reason for fault in read_configuration(settings.get, environment)[1]}


def test_the_stack_overrides_the_environment() -> None:
    configuration, failures = read_configuration(
        {"agbcontext:apiKey": "stack", "agbcontext:endpoint": "https://stack"}.get,
        {"AGB_API_KEY": "environment", "AGB_ENDPOINT": "https://environment"},
    )
    account = configuration.account()
    assert failures == []
    assert (account.api_key, account.endpoint) == ("stack", "https://stack")


def test_without_settings_the_environment_applies_and_then_the_default_endpoint() -> None:
    account = read_configuration({}.get, {"AGB_API_KEY": "key", "AGB_TIMEOUT_MS": "1500"})[0].account()
    assert (account.api_key, account.endpoint, account.timeout) == ("key", "https://sdk-api.agb.cloud", 1.5)


def test_a_missing_key_is_reported_with_both_ways_to_set_it() -> None:
    found = faults({}, {})
    assert list(found) == ["agbcontext:apiKey"]
    assert "pulumi config set --secret agbcontext:apiKey" in found["agbcontext:apiKey"]
    assert "AGB_API_KEY" in found["agbcontext:apiKey"]


def test_plain_http_to_another_machine_is_an_error_of_the_endpoint() -> None:
    found = faults({"agbcontext:endpoint": "http://example.com"}, {"AGB_API_KEY": "key"})
    assert list(found) == ["agbcontext:endpoint"]
    assert "http://example.com" in found["agbcontext:endpoint"]
    assert (
        faults({"agbcontext:endpoint": "http://example.com", "agbcontext:allowInsecure": "true"}, {"AGB_API_KEY": "k"})
        == {}
    )


def test_a_missing_key_and_an_invalid_endpoint_are_both_reported() -> None:
    assert list(faults({"agbcontext:endpoint": "ftp://x"}, {})) == ["agbcontext:apiKey", "agbcontext:endpoint"]


@pytest.mark.parametrize(
    ("key", "value"), [("parallelUploads", "0"), ("parallelUploads", "many"), ("allowInsecure", "?")]
)
def test_a_setting_of_the_wrong_kind_is_named(key: str, value: str) -> None:
    assert list(faults({f"agbcontext:{key}": value}, {"AGB_API_KEY": "key"})) == [f"agbcontext:{key}"]


def test_no_text_of_the_configuration_contains_the_key() -> None:
    configuration, _ = read_configuration({"agbcontext:apiKey": "canary-key"}.get, {})
    assert "canary-key" not in repr(configuration) + str(configuration) + repr(configuration.account())

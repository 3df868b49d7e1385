"""Tests of the requests that a presigned URL permits and of those that it does not."""

from __future__ import annotations

import time
from urllib.parse import parse_qs, urlsplit

import pytest

from pulumi_agbcontext.testing.server import LocalServer
from pulumi_agbcontext.testing.server.signing import MAX_URL_SECONDS, is_current

from .api import Api


@pytest.fixture
def context_id(api: Api) -> str:
    """Return the id of a context that contains one file."""
    context_id = api.create("memory")
    api.upload(context_id, "/f", b"content")
    return context_id


def test_the_object_store_is_on_another_host_than_the_api(api: Api, context_id: str) -> None:
    assert urlsplit(api.upload_url(context_id, "/f")).hostname == "localhost"
    assert urlsplit(api.url).hostname == "127.0.0.1"


def test_a_url_contains_its_expiry_time(api: Api, context_id: str) -> None:
    data = api.data("GetContextFileUploadUrl", contextId=context_id, filePath="/f")
    assert isinstance(data["expireTime"], int)
    assert data["expireTime"] - time.time() == pytest.approx(3600, abs=5)


@pytest.mark.parametrize("content", [b"", b"x", bytes(range(256)) * 300])
def test_an_uploaded_file_is_downloaded_unchanged(
    api: Api, agb_server: LocalServer, context_id: str, content: bytes
) -> None:
    answer = api.put(api.upload_url(context_id, "/g"), content)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["etag"]
    assert api.get(api.download_url(context_id, "/g")).content == content
    assert agb_server.files(api.key, context_id)["/g"] == content


def test_the_last_upload_to_a_path_wins(api: Api, agb_server: LocalServer, context_id: str) -> None:
    url = api.upload_url(context_id, "/f")
    for content in (b"second", b"third"):
        assert api.put(url, content).status_code == 200
    assert agb_server.files(api.key, context_id) == {"/f": b"third"}


def test_a_download_url_is_returned_for_a_file_that_does_not_exist(api: Api, context_id: str) -> None:
    assert api.get(api.download_url(context_id, "/missing")).status_code == 404


def test_a_download_url_outlives_its_file_and_returns_the_next_one(api: Api, context_id: str) -> None:
    url = api.download_url(context_id, "/f")
    api.data("DeleteContextFile", contextId=context_id, filePath="/f")
    assert api.get(url).status_code == 404
    api.upload(context_id, "/f", b"again")
    assert api.get(url).content == b"again"


def test_a_url_is_valid_for_one_method_only(api: Api, agb_server: LocalServer, context_id: str) -> None:
    upload, download = api.upload_url(context_id, "/f"), api.download_url(context_id, "/f")
    assert api.get(upload).status_code == 403
    assert api.put(download, b"evil").status_code == 403
    for method in ("HEAD", "POST", "DELETE", "PATCH", "OPTIONS"):
        for url in (upload, download):
            assert api.session.request(method, url, timeout=10).status_code == 403
    assert agb_server.files(api.key, context_id) == {"/f": b"content"}


def changed(url: str, **fields: str) -> str:
    """Return the URL with some query fields replaced."""
    parts = urlsplit(url)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()} | fields
    return parts._replace(query="&".join(f"{name}={value}" for name, value in query.items())).geturl()


def tampered(url: str, another: str, stranger: str) -> list[str]:
    """Return copies of the URL, each with a different part changed."""
    signature = parse_qs(urlsplit(url).query)["signature"][0]
    flipped = ("0" if signature[0] != "0" else "1") + signature[1:]
    wrong_fields = [{"signature": value} for value in (flipped, signature[:-1], signature + "0", "", "%ff", "é")]
    wrong_fields += [{"expires": value} for value in ("0", "-1", "NaN", "inf", "1e18", "9" * 30, "", "9999999999")]
    wrong_fields += [{"expires": str(int(time.time()) + seconds)} for seconds in (1, 3599, 7200, 604801)]
    context_id = urlsplit(url).path.split("/")[3]
    account = urlsplit(url).path.split("/")[2]
    return [
        *(changed(url, **fields) for fields in wrong_fields),
        url.split("?")[0],
        url + "&extra=1",
        url + "&" + urlsplit(url).query,
        url.replace("/f?", "/g?"),
        url.replace("/f?", "/%66%00?"),
        url.replace("/f?", "/f/?"),
        url.replace("/f?", "//f?"),
        url.replace("/f?", "/%FF?"),
        url.replace(context_id, another),
        url.replace(account, stranger),
        url.replace("/objects/", "/objects//"),
    ]


def test_a_url_with_any_change_is_refused_and_nothing_is_stored(
    api: Api, other: Api, agb_server: LocalServer, context_id: str
) -> None:
    another, stranger = (
        api.create("another"),
        urlsplit(other.upload_url(other.create("memory"), "/f")).path.split("/")[2],
    )
    before = agb_server.files(api.key, context_id)
    for url in tampered(api.upload_url(context_id, "/f"), another, stranger):
        assert api.put(url, b"evil").status_code in (403, 404), url
    for url in tampered(api.download_url(context_id, "/f"), another, stranger):
        assert api.get(url).status_code in (403, 404), url
    assert agb_server.files(api.key, context_id) == before
    assert agb_server.files(api.key, another) == {}


def test_the_order_of_the_query_does_not_matter(api: Api, context_id: str) -> None:
    head, query = api.download_url(context_id, "/f").split("?")
    assert api.get(head + "?" + "&".join(reversed(query.split("&")))).content == b"content"


def test_an_expired_url_is_refused_and_nothing_is_stored(api: Api, agb_server: LocalServer, context_id: str) -> None:
    agb_server.behave(url_seconds=1)
    upload, download = api.upload_url(context_id, "/f"), api.download_url(context_id, "/f")
    time.sleep(1.1)
    assert api.put(upload, b"late").status_code == 403
    assert api.get(download).status_code == 403
    assert agb_server.files(api.key, context_id) == {"/f": b"content"}


def test_the_server_can_return_expired_urls(api: Api, agb_server: LocalServer, context_id: str) -> None:
    agb_server.behave(url_seconds=0)
    assert api.put(api.upload_url(context_id, "/f"), b"late").status_code == 403


@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf"), 604801, 10**18])
def test_no_url_is_created_for_an_absurd_time(agb_server: LocalServer, seconds: float) -> None:
    with pytest.raises(ValueError, match="url_seconds"):
        agb_server.behave(url_seconds=seconds)


@pytest.mark.parametrize(
    "expires", ["0", "-1", "NaN", "inf", "1e18", "1000000000000000000", "", " 5", "٣", "605801", "1000"]
)
def test_an_absurd_expiry_is_expired_even_if_it_is_signed(expires: str) -> None:
    assert is_current("1001", now=1000)
    assert not is_current(expires, now=1000)


def test_urls_stop_working_when_their_context_is_deleted(api: Api, agb_server: LocalServer, context_id: str) -> None:
    upload, download = api.upload_url(context_id, "/f"), api.download_url(context_id, "/f")
    api.data("DeleteContext", id=context_id)
    assert api.put(upload, b"late").status_code == 403
    assert api.get(download).status_code == 403
    again = api.create("memory")
    assert agb_server.files(api.key, again) == {}


@pytest.mark.parametrize("method", ["PUT", "GET"])
def test_a_key_sent_to_the_object_store_is_refused_and_logged(
    api: Api, agb_server: LocalServer, context_id: str, method: str
) -> None:
    url = api.upload_url(context_id, "/f") if method == "PUT" else api.download_url(context_id, "/f")
    headers = {"authorization": f"Bearer {api.key}"}
    assert api.session.request(method, url, data=b"evil", headers=headers, timeout=10).status_code == 400
    assert agb_server.requests[-1].authorized
    assert agb_server.files(api.key, context_id) == {"/f": b"content"}


@pytest.mark.parametrize(
    ("wanted", "status", "content"),
    [
        ("bytes=0-0", 206, b"c"),
        ("bytes=2-4", 206, b"nte"),
        ("bytes=3-", 206, b"tent"),
        ("bytes=-2", 206, b"nt"),
        ("bytes=0-999", 206, b"content"),
        ("bytes=-999", 206, b"content"),
        ("bytes=x-y", 200, b"content"),
        ("bytes=0-1,3-4", 200, b"content"),
        ("lines=1-2", 200, b"content"),
    ],
)
def test_a_range_of_a_file_can_be_downloaded(
    api: Api, context_id: str, wanted: str, status: int, content: bytes
) -> None:
    answer = api.get(api.download_url(context_id, "/f"), Range=wanted)
    assert (answer.status_code, answer.content) == (status, content)


@pytest.mark.parametrize("wanted", ["bytes=7-7", "bytes=5-2", "bytes=-0", "bytes=-"])
def test_a_range_outside_the_file_is_refused(api: Api, context_id: str, wanted: str) -> None:
    assert api.get(api.download_url(context_id, "/f"), Range=wanted).status_code == 416


def test_an_empty_file_has_no_first_byte(api: Api, context_id: str) -> None:
    api.upload(context_id, "/empty", b"")
    assert api.get(api.download_url(context_id, "/empty"), Range="bytes=0-0").status_code == 416


def test_no_refusal_contains_the_signature(api: Api, context_id: str) -> None:
    url = api.upload_url(context_id, "/f")
    signature = parse_qs(urlsplit(url).query)["signature"][0]
    assert signature not in api.get(url).text


def test_an_expiry_more_than_a_week_ahead_is_refused() -> None:
    assert is_current(str(1000 + MAX_URL_SECONDS), now=1000)
    assert not is_current(str(1001 + MAX_URL_SECONDS), now=1000)
    assert not is_current("1000", now=1000)

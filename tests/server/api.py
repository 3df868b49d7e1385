"""Plain HTTP driver for the API. It shares no code with the client or the server."""

from __future__ import annotations

from typing import Any

import requests

GETS = ("ListContexts", "GetContext")


class Api:
    """Client that calls the API with one key. Every response is an HTTP status and a decoded body."""

    def __init__(self, url: str, key: str = "canary-key") -> None:
        self.url = url
        self.key = key
        self.session = requests.Session()
        self.session.trust_env = False

    def __enter__(self) -> Api:
        return self

    def __exit__(self, *error: object) -> None:
        self.session.close()

    def call(self, operation: str, **arguments: Any) -> tuple[int, dict[str, Any]]:
        """Call an operation as the official SDKs do: arguments in the query, `{}` in the body of a POST."""
        headers = {"authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        method, body = ("GET", None) if operation in GETS else ("POST", "{}")
        answer = self.session.request(
            method, f"{self.url}/sdk/{operation}", params=arguments, data=body, headers=headers, timeout=30
        )
        return answer.status_code, answer.json()

    def data(self, operation: str, **arguments: Any) -> Any:
        """Return the data of a call, which must succeed."""
        status, body = self.call(operation, **arguments)
        assert (status, body["success"]) == (200, True), body
        return body.get("data")

    def refusal(self, operation: str, **arguments: Any) -> tuple[int, str]:
        """Return HTTP status and code of a call, which the API must refuse with a failure body."""
        status, body = self.call(operation, **arguments)
        assert body.keys() == {"requestId", "success", "code", "message", "httpStatusCode"}, body
        assert body["success"] is False
        assert body["requestId"]
        assert body["message"]
        assert body["httpStatusCode"] == status
        return status, body["code"]

    def create(self, name: str, **arguments: Any) -> str:
        """Create a context and return its id."""
        created: str = self.data("GetContext", name=name, allowCreate="true", **arguments)["id"]
        return created

    def state(self, context_id: str) -> str | None:
        """Return the state of a context."""
        state: str | None = self.data("GetContext", id=context_id, allowCreate="false").get("state")
        return state

    def upload_url(self, context_id: str, path: str) -> str:
        """Return a URL for the PUT of a file."""
        url: str = self.data("GetContextFileUploadUrl", contextId=context_id, filePath=path)["url"]
        return url

    def download_url(self, context_id: str, path: str) -> str:
        """Return a URL for the GET of a file."""
        url: str = self.data("GetContextFileDownloadUrl", contextId=context_id, filePath=path)["url"]
        return url

    def put(self, url: str, content: bytes, **headers: str) -> requests.Response:
        """PUT to a presigned URL."""
        return self.session.put(url, data=content, headers=headers, timeout=30)

    def get(self, url: str, **headers: str) -> requests.Response:
        """GET a presigned URL."""
        return self.session.get(url, headers=headers, timeout=30)

    def upload(self, context_id: str, path: str, content: bytes) -> None:
        """Upload a file to a context."""
        answer = self.put(self.upload_url(context_id, path), content)
        assert answer.status_code == 200, answer.text

    def listing(self, context_id: str, **arguments: Any) -> dict[str, int]:
        """Return size by path, from one page of the listing."""
        return {
            file["filePath"]: file["size"]
            for file in self.data("DescribeContextFiles", contextId=context_id, **arguments)
        }

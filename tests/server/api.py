"""A plain HTTP driver of the API that shares no code with the client or the server."""

from __future__ import annotations

from typing import Any

import requests

GETS = ("ListContexts", "GetContext")


class Api:
    """Calls the API under one key; every answer is HTTP status and decoded body."""

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
        """The data of a call that must succeed."""
        status, body = self.call(operation, **arguments)
        assert (status, body["success"]) == (200, True), body
        return body.get("data")

    def refusal(self, operation: str, **arguments: Any) -> tuple[int, str]:
        """HTTP status and code of a call that must be refused, with a failure body as the API has it."""
        status, body = self.call(operation, **arguments)
        assert body.keys() == {"requestId", "success", "code", "message", "httpStatusCode"}, body
        assert body["success"] is False
        assert body["requestId"]
        assert body["message"]
        assert body["httpStatusCode"] == status
        return status, body["code"]

    def create(self, name: str, **arguments: Any) -> str:
        """Create a context and say its id."""
        created: str = self.data("GetContext", name=name, allowCreate="true", **arguments)["id"]
        return created

    def state(self, context_id: str) -> str | None:
        """A context's state."""
        state: str | None = self.data("GetContext", id=context_id, allowCreate="false").get("state")
        return state

    def upload_url(self, context_id: str, path: str) -> str:
        """A URL to PUT a file to."""
        url: str = self.data("GetContextFileUploadUrl", contextId=context_id, filePath=path)["url"]
        return url

    def download_url(self, context_id: str, path: str) -> str:
        """A URL to GET a file from."""
        url: str = self.data("GetContextFileDownloadUrl", contextId=context_id, filePath=path)["url"]
        return url

    def put(self, url: str, content: bytes, **headers: str) -> requests.Response:
        """PUT to a presigned URL."""
        return self.session.put(url, data=content, headers=headers, timeout=30)

    def get(self, url: str, **headers: str) -> requests.Response:
        """GET a presigned URL."""
        return self.session.get(url, headers=headers, timeout=30)

    def upload(self, context_id: str, path: str, content: bytes) -> None:
        """Put a file into a context."""
        answer = self.put(self.upload_url(context_id, path), content)
        assert answer.status_code == 200, answer.text

    def listing(self, context_id: str, **arguments: Any) -> dict[str, int]:
        """Size by path, as one page of the listing shows it."""
        return {
            file["filePath"]: file["size"]
            for file in self.data("DescribeContextFiles", contextId=context_id, **arguments)
        }

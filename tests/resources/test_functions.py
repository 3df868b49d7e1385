"""Tests of the functions, with plain arguments and with Outputs, in real programs."""

import hashlib

import pytest
from pulumi.automation import CommandError

from pulumi_agbcontext.client import Account, ContextService

from .conftest import KEY, Project
from .test_context import _state_files


def test_the_plain_functions_read_the_account(project: Project) -> None:
    service = ContextService(Account(project.server.url, KEY))
    ids = [service.create(f"context-{number:02}").context_id for number in range(25)]
    project.server.put_file(KEY, ids[3], "/data/a.txt", b"abc")
    project.server.behave(page_limit=10)
    project.program(
        """
        found = agb.get_context(name="context-03")
        pulumi.export("same", agb.get_context(id=found.id) == found)
        pulumi.export("context", [found.id, found.name, found.state])
        pulumi.export("names", sorted(context.name for context in agb.list_contexts()))
        pulumi.export("files", [[file.path, file.size] for file in agb.list_context_files(found.id, "/data")])
        pulumi.export("status", agb.get_context_clear_status(found.id))
        download, upload = (ask(found.id, "/data/a.txt") for ask in
                            (agb.get_context_file_download_url, agb.get_context_file_upload_url))
        pulumi.export("hidden", "http" not in repr([download, upload]))
        pulumi.export("different", download.url != upload.url)
        """
    )
    outputs = {key: output.value for key, output in project.up(reads=True).outputs.items()}
    assert outputs == {
        "same": True,
        "context": [ids[3], "context-03", "available"],
        "names": [f"context-{number:02}" for number in range(25)],
        "files": [["/data/a.txt", 3]],
        "status": "available",
        "hidden": True,
        "different": True,
    }


def test_the_functions_accept_outputs_and_presigned_urls_are_secrets(project: Project) -> None:
    project.program(
        """
        data = agb.Context("data", name="data", files={"/a.txt": "abc"})
        pulumi.export("by_name", agb.get_context_output(id=data.id).apply(lambda found: found.name))
        files = agb.list_context_files_output(data.id)
        pulumi.export("files", files.apply(lambda files: [file.path for file in files]))
        pulumi.export("count", data.id.apply(lambda _: len(agb.list_contexts())))
        pulumi.export("status", agb.get_context_clear_status_output(data.id))
        download = agb.get_context_file_download_url_output(data.id, "/a.txt")
        upload = agb.get_context_file_upload_url_output(data.id, "/a.txt")
        pulumi.export("download", download.apply(lambda url: url.url))
        pulumi.export("upload", upload.apply(lambda url: url.url))
        """
    )
    outputs = project.up(reads=True).outputs
    assert outputs["by_name"].value == "data"
    assert outputs["files"].value == ["/.agbcontext-owner.json", "/a.txt"]
    assert outputs["count"].value == 1
    assert outputs["status"].value == "available"
    assert outputs["download"].secret
    assert outputs["upload"].secret


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ("agb.get_context()", "set either `name` or `id`"),
        ("agb.get_context(name='nobody')", "nobody"),
        ("agb.list_context_files('SdkCtx-none')", "SdkCtx-none"),
    ],
)
def test_a_function_that_fails_is_a_one_line_error(project: Project, call: str, words: str) -> None:
    project.program(call)
    with pytest.raises(CommandError) as caught:
        project.stack().preview()
    assert words in str(caught.value)
    assert "Traceback" not in str(caught.value)


def test_the_content_of_a_file_is_a_secret_by_default(project: Project) -> None:
    context_id = ContextService(Account(project.server.url, KEY)).create("data").context_id
    project.server.put_file(KEY, context_id, "/text", b"canary-1")
    project.server.put_file(KEY, context_id, "/open", "Grüße".encode())
    project.server.put_file(KEY, context_id, "/binary", b"\xff\0")
    project.program(
        f"""
        ID = "{context_id}"
        plain, binary = agb.get_context_file_content(ID, "/open"), agb.get_context_file_content(ID, "/binary")
        pulumi.export("plain", [plain.text, plain.size, plain.sha256])
        pulumi.export("binary", [binary.text, binary.base64, binary.size])
        print("shown:", repr(agb.get_context_file_content(ID, "/text")))
        secret = agb.get_context_file_content_output(pulumi.Output.from_input(ID), "/text")
        pulumi.export("secret", secret.apply(lambda found: found.text))
        shown = agb.get_context_file_content_output(ID, "/open", secret=False)
        pulumi.export("open", shown.apply(lambda found: found.text))
        """
    )
    result = project.up(reads=True)
    outputs = {key: output.value for key, output in result.outputs.items()}
    assert outputs == {
        "plain": ["Grüße", 7, hashlib.sha256("Grüße".encode()).hexdigest()],
        "binary": [None, "/wA=", 2],
        "secret": "canary-1",
        "open": "Grüße",
    }
    assert [key for key, output in result.outputs.items() if output.secret] == ["secret"]
    assert "shown: FileContent(size=8)" in result.stdout
    on_disk = "".join(path.read_text(errors="replace") for path in _state_files(project))
    assert "canary-1" not in on_disk + result.stdout + result.stderr


def test_a_file_above_the_limit_is_a_one_line_error_with_its_size(project: Project) -> None:
    context_id = ContextService(Account(project.server.url, KEY)).create("data").context_id
    project.server.put_file(KEY, context_id, "/large", b"x" * ((1 << 20) + 1))
    project.program(f"agb.get_context_file_content('{context_id}', '/large')")
    with pytest.raises(CommandError) as failed:
        project.stack().preview()
    assert (
        f"Could not read /large from context {context_id}: its size is 1,048,577 bytes, and `max_size` is 1,048,576. "
        "Increase `max_size`, or use `get_context_file_download_url`."
    ) in str(failed.value)
    assert "Traceback" not in str(failed.value)

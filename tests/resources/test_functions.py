"""The functions, plain and with Outputs, in real programs."""

import pytest
from pulumi.automation import CommandError

from pulumi_agbcontext.client import Account, ContextService

from .conftest import KEY, Project


def test_the_plain_functions_look_into_the_account(project: Project) -> None:
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


def test_the_functions_take_outputs_and_presigned_urls_are_secrets(project: Project) -> None:
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
def test_a_function_that_fails_is_one_line(project: Project, call: str, words: str) -> None:
    project.program(call)
    with pytest.raises(CommandError) as caught:
        project.stack().preview()
    assert words in str(caught.value)
    assert "Traceback" not in str(caught.value)

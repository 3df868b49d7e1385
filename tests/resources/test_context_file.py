"""Tests of `agb.ContextFile` in real programs, on the test engine and, where it is installed, on the Pulumi CLI."""

import pytest
from pulumi.automation import CommandError, ConfigValue

from .conftest import KEY, Project
from .test_context import _state_files


def test_a_file_follows_its_context_through_create_update_and_destroy(project: Project) -> None:
    project.write("local.bin", b"\x00\x01")
    program = """
        shared = agb.Context("shared", name="shared", files={"/seed": "s"})
        note = agb.ContextFile("note", context_id=shared.id, path="/note.txt", content="CONTENT")
        agb.ContextFile("local", context_id=shared.id, path="/local.bin", source=pathlib.Path("local.bin"))
        for name in ("id", "path", "context_id", "size", "sha256", "overwrite_on_create"):
            pulumi.export(name, getattr(note, name))
        """
    project.program(program.replace("CONTENT", "one"))
    outputs = {key: output.value for key, output in project.up().outputs.items()}
    context_id = project.contexts["shared"]
    assert outputs.pop("sha256").startswith("7692c3ad3540bb803c020b3aee66cd88")
    assert outputs == {
        "id": f"{context_id}/note.txt",
        "path": "/note.txt",
        "context_id": context_id,
        "size": 3,
        "overwrite_on_create": False,
    }
    project.settle()
    project.program(program.replace("CONTENT", "other"))
    assert project.up().summary.resource_changes == {"update": 1, "same": 3}
    assert project.files("shared") == {"/seed": b"s", "/note.txt": b"other", "/local.bin": b"\x00\x01"}
    project.settle()
    project.stack().destroy()
    assert project.contexts == {}


def test_a_file_is_uploaded_again_after_its_context_was_cleared_in_place(project: Project) -> None:
    project.program(
        """
        shared = agb.Context("shared", name="shared", clear_in_place=True,
                             clear_triggers=[pulumi.Config().require("version")])
        note = agb.ContextFile("note", context=shared, path="/note.txt", content="one")
        pulumi.export("generation", note.context_generation)
        """
    )
    project.up(version="1")
    context_id = project.contexts["shared"]
    result = project.up(version="2")
    assert result.summary.resource_changes == {"update": 2, "same": 1}
    assert result.outputs["generation"].value == 2
    assert project.contexts == {"shared": context_id}
    assert project.files("shared") == {"/note.txt": b"one"}
    project.settle()


def test_a_file_accepts_its_context_or_an_id_but_not_both(project: Project) -> None:
    project.program(
        """
        shared = agb.Context("shared", name="shared")
        agb.ContextFile("note", context=shared, context_id=shared.id, path="/note.txt", content="one")
        """
    )
    with pytest.raises(CommandError, match="set either `context`, or `context_id` and `context_generation`"):
        project.stack().preview()


def test_secret_content_and_its_digest_are_encrypted_in_every_state(project: Project) -> None:
    project.program(
        """
        shared = agb.Context("shared", name="shared")
        secret = pulumi.Config().require_secret("password")
        file = agb.ContextFile("env", context_id=shared.id, path="/.env", content=secret)
        pulumi.export("sha256", file.sha256)
        coded = secret.apply(lambda text: base64.b64encode(text.upper().encode()).decode())
        pulumi.export("coded", agb.ContextFile("b", context_id=shared.id, path="/b", content_base64=coded).sha256)
        """
    )
    result = project.up(password=ConfigValue("canary-1", secret=True))
    assert project.files("shared") == {"/.env": b"canary-1", "/b": b"CANARY-1"}
    assert result.outputs["sha256"].secret
    assert result.outputs["coded"].secret
    on_disk = "".join(path.read_text(errors="replace") for path in _state_files(project))
    assert len(on_disk) > 1000
    for canary in ("canary-1", "CANARY-1", result.outputs["sha256"].value, result.outputs["coded"].value):
        assert canary not in on_disk + result.stdout + result.stderr
    project.settle()


def test_a_deleted_file_is_restored(project: Project) -> None:
    project.program(
        """
        shared = agb.Context("shared", name="shared")
        agb.ContextFile("note", context_id=shared.id, path="/note.txt", content="one")
        """
    )
    project.up()
    project.server.remove_file(KEY, project.contexts["shared"], "/note.txt")
    project.stack().refresh()
    project.up()
    assert project.files("shared") == {"/note.txt": b"one"}
    project.settle()


def test_a_file_of_another_stack_is_read_and_never_changed(project: Project) -> None:
    owned = project.server
    project.program("agb.Context('shared', name='shared', files={'/note.txt': 'one'})")
    project.up()
    context_id = project.contexts["shared"]
    exported = project.stack().export_stack()
    project.program(
        f"""
        context = agb.Context.get("theirs", "{context_id}")
        file = agb.ContextFile.get("note", "{context_id}/note.txt")
        agb.Context("shared", name="shared", files={{"/note.txt": "one"}})
        pulumi.export("name", context.name)
        pulumi.export("size", file.size)
        pulumi.export("sha256", file.sha256)
        """
    )
    outputs = {key: output.value for key, output in project.up(reads=True).outputs.items()}
    assert outputs["name"] == "shared"
    assert outputs["size"] == 3
    assert outputs["sha256"].startswith("7692c3ad3540bb803c020b3aee66cd88")
    since = len(owned.requests)
    project.stack().import_stack(exported)
    assert [record for record in owned.requests[since:] if record.operation.startswith("Delete")] == []
    assert project.files("shared") == {"/note.txt": b"one"}

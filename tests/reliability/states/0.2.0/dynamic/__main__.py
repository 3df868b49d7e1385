"""Every property, in a program for release 0.2.0."""

import pathlib

import pulumi

import pulumi_agbcontext as agb

named = agb.Context(
    "named",
    name="recorded",
    region="cn-shanghai",
    files={
        "/asset": pulumi.FileAsset("seed/a.txt"),
        "/path": pathlib.Path("seed/a.txt"),
        "/folder": pulumi.FileArchive("seed"),
        "/tree": pulumi.AssetArchive({"text": pulumi.StringAsset("text"), "file": pulumi.FileAsset("seed/b/c.bin")}),
        "/archive": pulumi.FileArchive("archive.zip"),
        "/text": "text",
        "/bytes": b"\x00\xff",
        **agb.files_from("seed", prefix="/from", exclude=["*.bin"]),
    },
    secret_files={"/secret": "secret", "/secret-asset": pulumi.FileAsset("seed/a.txt")},
    clear_triggers=["v1", 2, 2.5, True, None, {"deep": ["list"]}, pulumi.FileAsset("seed/a.txt")],
    clear_in_place=True,
    clear_before_delete=True,
    clear_timeout=90,
    clear_poll_interval=0.5,
    drift_check="content",
    force_destroy=False,
    include_hidden=True,
    respect_gitignore=True,
    exclude=["*.bin"],
    overwrite_files=True,
    exclusive=True,
    ignore_files=["/one/", "/directory/", "/source/"],
    max_deletes=10,
    when_in_use="wait",
)
agb.Context("derived", owner_record=False)
agb.ContextDirectory(
    "directory",
    context=named,
    path="/directory",
    files={"/text": "text", "/seed": pulumi.FileArchive("seed")},
    secret_files={"/secret": "secret"},
    drift_check="none",
    exclusive=True,
    ignore_files=["*.tmp"],
    max_deletes=5,
    when_in_use="fail",
)
agb.ContextDirectory("source", context=named, path="/source", source="seed", exclude=["b/"], include_hidden=True)
agb.ContextFile("text", context=named, path="/one/text", content="text")
agb.ContextFile("bytes", context_id=named.id, path="/one/bytes", content_base64="AP8=")
agb.ContextFile("secret", context_id=named.id, path="/one/secret", content=pulumi.Output.secret("secret"))
agb.ContextFile(
    "local",
    context_id=named.id,
    path="/one/source",
    source="seed/a.txt",
    overwrite_on_create=True,
    when_in_use="wait",
)

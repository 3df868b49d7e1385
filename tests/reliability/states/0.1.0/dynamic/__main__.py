"""Every property, in a program for release 0.1.0."""

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
)
agb.Context("autonamed")
agb.ContextFile("text", context_id=named.id, path="/one/text", content="text")
agb.ContextFile("bytes", context_id=named.id, path="/one/bytes", content_base64="AP8=")
agb.ContextFile("secret", context_id=named.id, path="/one/secret", content=pulumi.Output.secret("secret"))
agb.ContextFile("source", context_id=named.id, path="/one/source", source="seed/a.txt", overwrite_on_create=True)

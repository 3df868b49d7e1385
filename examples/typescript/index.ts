import * as agbcontext from "@pulumi-agbcontext/agbcontext";
import * as pulumi from "@pulumi/pulumi";

const workspace = new agbcontext.Context("workspace", {
    files: {
        "/data": new pulumi.asset.FileArchive("./workspace"),
        "/prompt.md": "Answer in one sentence.",
    },
    clearTriggers: ["v1"],
    clearInPlace: true,
});

new agbcontext.ContextFile("report", {
    contextId: workspace.id,
    contextGeneration: workspace.generation,
    path: "/report.txt",
    content: pulumi.interpolate`The context is ${workspace.name}.`,
});

export const contextId: pulumi.Output<string> = workspace.id;
export const fileCount: pulumi.Output<number> = workspace.fileCount;
export const state: pulumi.Output<string | undefined> = agbcontext
    .getContextOutput({ id: workspace.id })
    .apply(found => found.state);

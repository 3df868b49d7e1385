"""Scenarios for both engines. Each scenario is a list of acts on one stack.

To add a scenario, add an entry here, then record the result of the Pulumi CLI with
`RECORD=1 pytest tests/engine/test_differential.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Act:
    """One step: a command on the stack, optionally with a new program before it, or a change outside the stack."""

    kind: str
    program: str | None = None
    arguments: dict[str, Any] = field(default_factory=dict)


def up(program: str | None = None, **arguments: Any) -> Act:
    return Act("up", program, arguments)


def preview(program: str | None = None, **arguments: Any) -> Act:
    return Act("preview", program, arguments)


def refresh(**arguments: Any) -> Act:
    return Act("refresh", None, arguments)


def destroy(**arguments: Any) -> Act:
    return Act("destroy", None, arguments)


def config(key: str, value: str, secret: bool = False) -> Act:
    return Act("config", None, {"key": key, "value": value, "secret": secret})


def drift(id_: str, content: dict[str, Any] | str | None) -> Act:
    """Let another program rewrite a box (a text makes it unreadable) or delete it."""
    return Act("drift", None, {"id": id_, "content": content})


def lose(name: str, path: str) -> Act:
    """Let another program delete a file from a context."""
    return Act("lose", None, {"name": name, "path": path})


def killed(program: str) -> Act:
    """Run an update whose engine is killed during a provider operation."""
    return Act("killed", program)


ONE = "Box('a', label='a')"
CHAIN = "a = Box('a', label='a'); b = Box('b', label='b', content=a.id); Box('c', label='c', content=b.id)"
SECRET = "Box('a', label='a', content=Output.secret('hush')); pulumi.export('s', Output.secret('hush'))"

WITH = """
a = Box('a', label='a', {})
b = Box('b', ResourceOptions(replace_with=[a]), label='b')
Box('c', ResourceOptions(replace_with=[b]), label='c')
"""
FIRST = """
a = Box('a', label='a', {})
Box('b', ResourceOptions(replace_with=[a], delete_before_replace=True), label='b')
"""
GUARDED = "a = Box('a', label='a', {}); Box('b', ResourceOptions(replace_with=[a], protect=True), label='b')"
ADDED = "a = Box('a', label='a', {1}); Box('b', ResourceOptions({0}), label='b')"

SCENARIOS: dict[str, list[Act]] = {
    # operations
    "create": [up(ONE)],
    "nothing to do": [up(ONE), up()],
    "an empty program": [up("pass"), up()],
    "update": [up("Box('a', label='a', content=1)"), up("Box('a', label='a', content=2)")],
    "an input added and one taken away": [
        up("Box('a', label='a', x=1)"),
        up("Box('a', label='a', y=[1, {'z': None}])"),
    ],
    "delete": [up(CHAIN), up(ONE)],
    "delete everything": [up(CHAIN), up("pass")],
    "destroy": [up(CHAIN), destroy()],
    "destroy nothing": [destroy()],
    "preview of a first update": [preview(CHAIN), up(), preview()],
    "preview of changes": [up(CHAIN), preview("Box('a', label='a', content=1); Box('d', label='d')")],
    "numbers": [up("Box('a', label='a', content=[1, 1.0, 2.5, -3, 10**15, 0])"), up()],
    "odd texts": [up("Box('a', label='a', content={'/a b.txt': 'ü\\n\"', 'x.y': '', 'n': None, 'é[0]': []})"), up()],
    # replacements
    "replace, deleting first": [up("Box('a', label='a', trigger=1)"), up("Box('a', label='a', trigger=2)")],
    "replace, creating first": [up("Box('a', label='a', color='red')"), up("Box('a', label='a', color='blue')")],
    "preview of a replacement": [up("Box('a', label='a', trigger=1)"), preview("Box('a', label='a', trigger=2)")],
    "a replacement takes dependents that must go": [
        up("a = Box('a', label='a', trigger=1); Box('b', label='b', trigger=a.id)"),
        preview("a = Box('a', label='a', trigger=2); Box('b', label='b', trigger=a.id)"),
        up(),
    ],
    "a replacement leaves dependents that can be updated": [
        up("a = Box('a', label='a', trigger=1); Box('b', label='b', content=a.id)"),
        up("a = Box('a', label='a', trigger=2); Box('b', label='b', content=a.id)"),
    ],
    "a replacement takes a dependent that the program dropped": [
        up("a = Box('a', label='a', trigger=1); Box('b', label='b', trigger=a.id)"),
        up("a = Box('a', label='a', trigger=2)"),
    ],
    "delete_before_replace overrules the provider": [
        up("Box('a', label='a', color='red')"),
        up("Box('a', ResourceOptions(delete_before_replace=True), label='a', color='blue')"),
        up("Box('a', ResourceOptions(delete_before_replace=False), label='a', trigger=1, color='blue')"),
    ],
    # names
    "a logical rename deletes and creates": [up(ONE), up("Box('b', label='a')")],
    "an alias keeps a renamed resource": [
        up(ONE),
        up("Box('b', ResourceOptions(aliases=[pulumi.Alias(name='a')]), label='a')"),
        up("Box('b', label='a')"),
    ],
    "an alias moves a resource into a component": [
        up("Box('c-box', label='a')"),
        up(
            """
            class Aliased(pulumi.ComponentResource):
                def __init__(self, name):
                    super().__init__('boxes:index:Crate', name)
                    alias = pulumi.Alias(parent=pulumi.ROOT_STACK_RESOURCE)
                    Box('c-box', ResourceOptions(parent=self, aliases=[alias]), label='a')
            Aliased('c')
            """
        ),
    ],
    "a name twice": [up("a = Box('a', label='a'); Box('a', label=a.id)")],
    # options
    "depends_on": [up("a = Box('a', label='a'); Box('b', ResourceOptions(depends_on=[a]), label='b')"), destroy()],
    "components": [up("Crate('c', label='a')"), up("Crate('c', label='b')"), destroy()],
    "a component in a component": [
        up("c = Crate('c', label='a'); Crate('d', ResourceOptions(parent=c), label='b')"),
        up("pass"),
    ],
    "a dependency on a component is one on what is in it": [
        up("c = Crate('c', label='a'); Box('b', ResourceOptions(depends_on=[c]), label='b')"),
        destroy(),
    ],
    "transformations": [
        up(
            """
            def louder(args):
                return pulumi.ResourceTransformationResult({**args.props, 'label': 'LOUD'}, args.opts)
            Crate('c', ResourceOptions(transformations=[louder]), label='quiet')
            """
        ),
    ],
    "protect refuses delete": [up("Box('a', ResourceOptions(protect=True), label='a')"), up("pass"), destroy()],
    "protect refuses replace": [
        up("Box('a', ResourceOptions(protect=True), label='a', trigger=1)"),
        up("Box('a', ResourceOptions(protect=True), label='a', trigger=2)"),
    ],
    "protect taken back": [up("Box('a', ResourceOptions(protect=True), label='a')"), up(ONE), destroy()],
    "retain_on_delete": [up("Box('a', ResourceOptions(retain_on_delete=True), label='a')"), up("pass")],
    "ignore_changes": [
        up("Box('a', label='a', content={'x': 1, 'y': [1, 2]})"),
        up(
            """
            ignored = ResourceOptions(ignore_changes=['content.x', 'content.y[0]'])
            Box('a', ignored, label='a', content={'x': 2, 'y': [3, 4]})
            """
        ),
        up("Box('a', ResourceOptions(ignore_changes=['content']), label='b', content=5)"),
        up("Box('a', ResourceOptions(ignore_changes=['*']), label='c', content=6)"),
    ],
    "ignore_changes of what was added or taken away": [
        up("Box('a', label='a', content={'x': 1})"),
        up(
            """
            ignored = ResourceOptions(ignore_changes=['content["/z.txt"]', 'q'])
            Box('a', ignored, label='a', content={'/z.txt': 1}, q=1)
            """
        ),
    ],
    "replace_on_changes": [
        up("Box('a', label='a', content=1)"),
        up("Box('a', ResourceOptions(replace_on_changes=['content']), label='a', content=2)"),
    ],
    "replacement_trigger": [
        up("Box('a', ResourceOptions(replacement_trigger=1), label='a')"),
        up("Box('a', ResourceOptions(replacement_trigger=1), label='a')"),
        up("Box('a', ResourceOptions(replacement_trigger=2), label='a')"),
        up("Box('a', label='a')"),
    ],
    "replacement_trigger from an output": [
        up("a = Box('a', label='a', trigger=1); Box('b', ResourceOptions(replacement_trigger=a.id), label='b')"),
        preview("a = Box('a', label='a', trigger=2); Box('b', ResourceOptions(replacement_trigger=a.id), label='b')"),
        up(),
    ],
    "replace_with, deleting first": [up(WITH.format("trigger=1")), up(WITH.format("trigger=2")), up()],
    "replace_with, creating first": [up(WITH.format("color=1")), up(WITH.format("color=2")), up()],
    "replace_with and an update": [up(WITH.format("content=1")), up(WITH.format("content=2"))],
    "replace_with in a preview": [up(WITH.format("trigger=1")), preview(WITH.format("trigger=2")), destroy()],
    "replace_with and delete_before_replace": [up(FIRST.format("color=1")), up(FIRST.format("color=2"))],
    "replace_with and protect": [up(GUARDED.format("color=1")), up(GUARDED.format("color=2"))],
    "replace_with added in the same update": [
        up(ADDED.format("", "color=1")),
        up(ADDED.format("replace_with=[a]", "color=2")),
    ],
    "hide_diffs": [
        up("Box('a', ResourceOptions(hide_diffs=['label']), label='a')"),
        up("Box('a', ResourceOptions(hide_diffs=['label']), label='b')"),
    ],
    "deleted_with": [
        up("a = Box('a', label='a'); Box('b', ResourceOptions(deleted_with=a), label='b')"),
        destroy(),
    ],
    "deleted_with and a replacement": [
        up("a = Box('a', label='a', trigger=1); Box('b', ResourceOptions(deleted_with=a), label='b')"),
        up("a = Box('a', label='a', trigger=2); Box('b', ResourceOptions(deleted_with=a), label='b')"),
    ],
    "custom_timeouts": [
        up("Box('a', ResourceOptions(custom_timeouts=pulumi.CustomTimeouts(create='1h2m', delete='90s')), label='a')"),
        up("Box('a', ResourceOptions(custom_timeouts=pulumi.CustomTimeouts(update='5m')), label='a')"),
    ],
    "additional_secret_outputs": [
        up("Box('a', ResourceOptions(additional_secret_outputs=['made', 'content']), label='a', content=1)"),
        up(),
    ],
    "an id reads what another program owns": [
        up("Box('a', label='a')"),
        drift("foreign", {"label": "f", "content": [1]}),
        up("f = Box('f', ResourceOptions(id='foreign')); pulumi.export('content', f.content)"),
        up(),
        up("pass"),
    ],
    "an id of what is not there": [up("Box('f', ResourceOptions(id='nobody'))")],
    "an id gives up a resource, and takes it back": [
        up(ONE),
        up("Box('a', ResourceOptions(id='box-a-0'))"),
        up(ONE),
    ],
    # secrets and unknowns
    "secrets": [up(SECRET), up(), up("Box('a', label='a', content='hush'); pulumi.export('s', 'hush')")],
    "nested secrets": [
        up("Box('a', label='a', content={'x': Output.secret(1), 'y': [2, Output.secret({'z': 3})], 'w': 4})"),
        up(),
    ],
    "a secret out of another resource": [
        up(
            """
            a = Box('a', label='a', content=Output.secret('hush'))
            b = Box('b', label='b', content=a.content.apply(lambda c: c + '!'))
            pulumi.export('b', b.content)
            pulumi.export('nested', {'x': a.content, 'y': a.label})
            """
        ),
    ],
    "unknowns, nested": [
        preview(
            """
            a = Box('a', label='a')
            b = Box('b', label='b', content={'x': a.id, 'y': [1, a.made], 'z': 3})
            pulumi.export('list', [a.id, 'known'])
            pulumi.export('b', b.content)
            """
        ),
        up(),
        preview(),
    ],
    "configuration": [
        config("label", "shoes"),
        config("boxes:owner", "Ada", secret=True),
        config("other:flag", "true"),
        up(
            """
            c = pulumi.Config()
            a = Box('a', label=c.require('label'), content=c.get_secret('owner'))
            pulumi.export('owner', a.owner)
            pulumi.export('flag', pulumi.Config('other').require_bool('flag'))
            """
        ),
        config("label", "hats"),
        preview(),
        up(),
        config("boxes:owner", "Bob", secret=True),
        refresh(),
        destroy(),
    ],
    "outputs that change": [
        up("pulumi.export('x', 1); pulumi.export('y', {'a': [True, None]})"),
        preview("pulumi.export('x', 2); pulumi.export('z', 'new')"),
        up(),
    ],
    # failures
    "a refused input": [preview("Box('a', label='a', content='broken')"), up()],
    "a failed create": [
        up("a = Box('a', label='a'); b = Box('b', label='cursed', content=a.id); Box('c', label=b.id)"),
        up(),
    ],
    "a failed update": [
        up("Box('a', label='a', content=1)"),
        up("Box('a', label='cursed', content=2)"),
        up("Box('a', label='a', content=3)"),
    ],
    "a failed delete": [up("Box('a', label='stuck'); Box('b', label='b')"), up("Box('b', label='b')"), destroy()],
    "a failed delete keeps what the resource needs": [
        up("a = Box('a', label='a'); Box('b', label='stuck', content=a.id)"),
        destroy(),
    ],
    "a create that fails in a replacement": [
        up("Box('a', label='a', trigger=1)"),
        up("Box('a', label='cursed', trigger=2)"),
        up("Box('a', label='a', trigger=2)"),
    ],
    "a delete that fails in a replacement": [
        up("Box('a', label='stuck', color='red')"),
        up("Box('a', label='free', color='blue')"),
        up(),
    ],
    "a program that raises": [up(CHAIN), up("a = Box('a', label='a'); raise ValueError('a fault of the program')")],
    "a program that is no Python": [up("this is not Python")],
    # refresh
    "refresh without drift": [up(CHAIN), refresh(), up()],
    "refresh with drift": [
        up("Box('a', label='a', content=1)"),
        drift("box-a-0", {"label": "a", "content": 2}),
        refresh(),
        preview(),
        up(),
    ],
    "refresh finds one gone": [up(CHAIN), drift("box-b-0", None), refresh(), up()],
    "up with refresh": [up(CHAIN), drift("box-b-0", None), up(refresh=True)],
    "preview with refresh": [
        up("Box('a', label='a', content=1)"),
        drift("box-a-0", {"label": "a", "content": 2}),
        preview(refresh=True),
    ],
    "destroy with refresh": [up(CHAIN), drift("box-c-0", None), destroy(refresh=True)],
    "refresh of secrets": [
        up(SECRET),
        drift("box-a-0", {"label": "a", "content": "told"}),
        refresh(),
        up(),
    ],
    "refresh of what another program owns": [
        drift("foreign", {"label": "f", "content": 1}),
        up("Box('f', ResourceOptions(id='foreign'))"),
        drift("foreign", {"label": "f", "content": 2}),
        refresh(),
    ],
    "a refresh that fails": [up(ONE), drift("box-a-0", "no JSON"), refresh(), up()],
    "an up with a refresh that fails": [up(ONE), drift("box-a-0", "no JSON"), up("Box('a', label='b')", refresh=True)],
    # interruptions
    "a killed create": [killed("Box('a', label='a', seconds=60)"), up(ONE)],
    "a killed update": [up(ONE), killed("Box('a', label='a', content=1, seconds=60)"), refresh(), up(ONE)],
}

FILES = "files={'/a.txt': 'one', '/b.txt': 'two'}"


def contexts(declared: str) -> str:
    """Return a program that declares contexts."""
    return f"import pulumi_agbcontext as agb\n{declared}"


CONTEXT_SCENARIOS: dict[str, list[Act]] = {
    "contexts: seed, no-op, destroy": [
        preview(contexts(f"c = agb.Context('c', {FILES}); pulumi.export('id', c.id); pulumi.export('size', c.size)")),
        up(),
        up(),
        destroy(),
    ],
    "contexts: one file changes": [
        up(contexts(f"agb.Context('c', {FILES})")),
        preview(contexts("agb.Context('c', files={'/a.txt': 'three', '/c.txt': b'new'})")),
        up(),
    ],
    "contexts: rename": [
        up(contexts(f"agb.Context('c', name='x', {FILES})")),
        up(contexts(f"agb.Context('c', name='y', {FILES})")),
    ],
    "contexts: a trigger replaces": [
        up(contexts(f"agb.Context('c', {FILES}, clear_triggers=[1], clear_before_delete=True)")),
        preview(contexts(f"agb.Context('c', {FILES}, clear_triggers=[2], clear_before_delete=True)")),
        up(),
    ],
    "contexts: a lost file is put back": [
        up(contexts(f"agb.Context('c', name='x', {FILES})")),
        lose("x", "/a.txt"),
        refresh(),
        preview(),
        up(),
    ],
    "contexts: a refused input": [preview(contexts("agb.Context('c', files={'a.txt': 'relative'})"))],
    "contexts: a name that is taken": [
        up(contexts(f"a = agb.Context('a', name='x', {FILES})\nagb.Context('b', name='x', clear_triggers=[a.id])")),
        up(contexts(f"agb.Context('a', name='x', {FILES})")),
    ],
}
SCENARIOS.update(CONTEXT_SCENARIOS)

CORNERS = {  # combinations that seldom fail alone, run only by `make test-long`
    "an empty program",
    "delete everything",
    "destroy nothing",
    "numbers",
    "preview of a replacement",
    "a replacement takes a dependent that the program dropped",
    "an alias moves a resource into a component",
    "a component in a component",
    "a dependency on a component is one on what is in it",
    "protect taken back",
    "ignore_changes of what was added or taken away",
    "replacement_trigger from an output",
    "deleted_with and a replacement",
    "replace_with and delete_before_replace",
    "replace_with and protect",
    "replace_with added in the same update",
    "additional_secret_outputs",
    "an id of what is not there",
    "an id gives up a resource, and takes it back",
    "a secret out of another resource",
    "outputs that change",
    "a failed delete keeps what the resource needs",
    "a create that fails in a replacement",
    "a delete that fails in a replacement",
    "a program that is no Python",
    "preview with refresh",
    "destroy with refresh",
    "refresh of secrets",
    "refresh of what another program owns",
    "an up with a refresh that fails",
    "a killed create",
    "an input added and one taken away",
    "odd texts",
    "a replacement leaves dependents that can be updated",
    "depends_on",
    "transformations",
    "custom_timeouts",
    "refresh without drift",
    "contexts: rename",
    "contexts: a refused input",
    "contexts: one file changes",
}

"""Scenarios with the provider plugin for both engines, see `scenarios`."""

from __future__ import annotations

import textwrap
from typing import Any

from .scenarios import Act, config, destroy, lose, preview, refresh, up

SEED = "Context('c', name='x', files=texts(a='one', b='two'))"
EXPORTED = f"c = {SEED}; pulumi.export('id', c.id); pulumi.export('size', c.size); pulumi.export('files', c.files)"


def plugged(program: str) -> str:
    """Return a program that declares the plugin's resources."""
    return "from plugged import *\nfrom pulumi import Alias, InvokeOptions\n" + textwrap.dedent(program)


def theirs(name: str, **files: str) -> Act:
    """Let another program create a context whose id is configured as `theirs`."""
    return Act("theirs", None, {"name": name, "files": files})


def fault(operation: str, path: str) -> Act:
    """Refuse the next request of an operation for a file."""
    return Act("fault", None, {"operation": operation, "path": path})


def write(path: str, content: str) -> Act:
    """Write a file of the project."""
    return Act("write", None, {"path": path, "content": content})


def _up(program: str, **arguments: Any) -> Act:
    return up(plugged(program), **arguments)


def _preview(program: str) -> Act:
    return preview(plugged(program))


TWO_ACCOUNTS = """
endpoint = pulumi.Config('agbcontext').require('endpoint')
other = Provider('other', endpoint=endpoint, apiKey=Output.secret(KEY), region=REGION)
Context('mine', name='x', files=texts(a='one'))
Context('theirs', ResourceOptions(provider=other), name='x', files=texts(b='two'))
Group('group', ResourceOptions(providers=[other]), name='grouped')
"""


def two_accounts(key: str = "'another-key'", region: str = "'us-west'") -> str:
    return TWO_ACCOUNTS.replace("KEY", key).replace("REGION", region)


PLUGIN_SCENARIOS: dict[str, list[Act]] = {
    "plugin: create, nothing to do, destroy": [_preview(EXPORTED), up(), up(), preview(), destroy()],
    "plugin: a derived name and a directory": [
        write("seed/a.txt", "A"),
        _up(
            """
            c = Context('c', files={'/seed': pulumi.FileArchive('seed')}, clearTriggers=[1, 'x'])
            pulumi.export('files', c.files)
            """
        ),
        write("seed/a.txt", "changed"),
        preview(),
        up(),
        refresh(),
    ],
    "plugin: one file changes": [
        _up(SEED),
        _preview("Context('c', name='x', files=texts(a='three', c='new'))"),
        up(),
    ],
    "plugin: rename and region": [
        _up(SEED),
        _up("Context('c', name='y', files=texts(a='one', b='two'))"),
        _up("Context('c', name='y', files=texts(a='one', b='two'), region='us-west')"),
    ],
    "plugin: a trigger replaces": [
        _up(
            "c = Context('c', name='x', clearTriggers=[1]); ContextFile('f', contextId=c.id, path='/f', content='text')"
        ),
        _preview(
            "c = Context('c', name='x', clearTriggers=[2]); ContextFile('f', contextId=c.id, path='/f', content='text')"
        ),
        up(),
        up(),
    ],
    "plugin: a trigger clears in place": [
        _up("Context('c', name='x', files=texts(a='one'), clearTriggers=[1], clearInPlace=True)"),
        _up(
            """
            c = Context('c', name='x', files=texts(a='one'), clearTriggers=[2], clearInPlace=True)
            pulumi.export('g', c.generation)
            """
        ),
    ],
    "plugin: a lost file is put back": [_up(SEED), lose("x", "/a"), refresh(), preview(), up()],
    "plugin: a lost context is made again": [_up(SEED), Act("vanish", None, {"name": "x"}), refresh(), up()],
    "plugin: explicit providers": [
        _preview(two_accounts()),
        up(),
        up(),
        _up(two_accounts(region="'eu-central'")),
        refresh(),
        _up("Context('mine', name='x', files=texts(a='one'))"),
        destroy(),
    ],
    "plugin: destroy with explicit providers": [_up(two_accounts()), destroy()],
    "plugin: a provider that waits for another resource": [
        _preview(
            "c = Context('c', name='x'); "
            + two_accounts(region="c.name").replace("'mine', name='x'", "'mine', name='y'")
        ),
        up(),
        up(),
    ],
    "plugin: import": [
        theirs("x", a="theirs"),
        _preview("Context('c', ResourceOptions(import_=THEIRS), name='x')"),
        up(),
        up(),
        _up("Context('c', name='x', files=texts(b='mine'))"),
    ],
    "plugin: import with inputs that differ": [
        theirs("x", a="theirs"),
        _preview("Context('c', ResourceOptions(import_=THEIRS), name='y', files=texts(b='mine'), clearTriggers=[1])"),
        up(),
        up(),
    ],
    "plugin: import of what is not there": [
        _preview("Context('c', ResourceOptions(import_='SdkCtx-nothing'), name='x')"),
        up(),
    ],
    "plugin: import of a file": [
        theirs("x", f="content"),
        _up("ContextFile('f', ResourceOptions(import_=THEIRS + '/f'), contextId=THEIRS, path='/f', content='content')"),
        _up("ContextFile('f', contextId=THEIRS, path='/f', content='new')"),
    ],
    "plugin: an import in place of what was there": [
        theirs("y"),
        _up(SEED),
        _up("Context('c', ResourceOptions(import_=THEIRS), name='y')"),
    ],
    "plugin: a read of what another program owns": [
        theirs("x", a="theirs"),
        _up("c = Context('c', ResourceOptions(id=THEIRS)); pulumi.export('name', c.name)"),
        up(),
        refresh(),
        _up("pass"),
    ],
    "plugin: functions": [
        theirs("x", a="theirs"),
        _up(
            """
            other = Provider('other', endpoint=pulumi.Config('agbcontext').require('endpoint'), apiKey='another-key')
            pulumi.export('name', look('getContext', id=THEIRS)['name'])
            pulumi.export('mine', [c['name'] for c in look('listContexts')['contexts']])
            pulumi.export('others', look('listContexts', InvokeOptions(provider=other))['contexts'])
            c = Context('c', name='z', files=texts(a='one'))
            found = pulumi.runtime.invoke_output('agbcontext:index:listContextFiles', {'contextId': c.id})
            pulumi.export('files', found.apply(lambda f: [file['path'] for file in f['files']]))
            """
        ),
        up(),
    ],
    "plugin: functions that fail": [
        _up("look('getContext', id='SdkCtx-nothing')"),
        _up("look('getContext', id='SdkCtx-nothing', name='both')"),
    ],
    "plugin: a create that fails halfway": [
        fault("Upload", "/b"),
        _up("c = Context('c', name='x', files=texts(b='two')); Context('d', name='d', clearTriggers=[c.id])"),
        preview(),
        up(),
        up(),
    ],
    "plugin: an update that fails halfway": [
        _up("Context('c', name='x', files=texts(b='two'))"),
        fault("Upload", "/b"),
        _up("Context('c', name='y', files=texts(b='three'))"),
        refresh(),
        _up("Context('c', name='y', files=texts(b='three'))"),
    ],
    "plugin: secrets": [
        _up(
            """
            hush = Output.secret(pulumi.StringAsset('hush'))
            c = Context('c', name='x', files={'/a': hush}, secretFiles=texts(k='key'))
            f = ContextFile('f', contextId=c.id, path='/f', content=Output.secret('text'))
            pulumi.export('files', c.files)
            pulumi.export('sha256', f.sha256)
            """
        ),
        up(),
        refresh(),
    ],
    "plugin: moving over from the dynamic resource": [
        up("import pulumi_agbcontext as agb\nagb.Context('c', name='x', files={'/a': 'one'}, clear_triggers=['v1'])"),
        _preview(
            """
            moved = ResourceOptions(aliases=[Alias(type_=DYNAMIC_CONTEXT)])
            Context('c', moved, name='x', files=texts(a='one'), clearTriggers=['v1'])
            """
        ),
        up(),
        up(),
        _up("Context('c', name='x', files=texts(a='two'), clearTriggers=['v1'])"),
    ],
    "plugin: ignore_changes of one file": [
        _up(SEED),
        _up(
            "Context('c', ResourceOptions(ignore_changes=['files[\"/a\"]']), name='x', files=texts(a='other', b='new'))"
        ),
        up(),
    ],
    "plugin: the configuration of the default provider": [
        config("agbcontext:region", "us-west"),
        _up("c = Context('c', name='x'); pulumi.export('region', c.region)"),
        config("agbcontext:region", "eu-central"),
        preview(),
        up(),
        config("agbcontext:parallelUploads", "many"),
        up(),
        config("agbcontext:parallelUploads", "8"),
        destroy(),
    ],
    "plugin: refused inputs": [
        _preview("Context('c', name='x', files=texts(**{'a/../b': 'one'}), strange=1)"),
        up(),
    ],
    "plugin: unknowns": [
        _preview(
            """
            c = Context('c')
            files = {'/a': c.id.apply(lambda _: pulumi.StringAsset('late')), **texts(b='b')}
            Context('d', name=c.generation.apply(lambda g: f'd{g}'), files=files, clearTriggers=[c.generation])
            """
        ),
        up(),
        preview(),
    ],
    "plugin: a version and time limits": [
        _up(
            """
            limits = pulumi.CustomTimeouts(create='5m', update='1m')
            Context('c', ResourceOptions(version='0.1.0', custom_timeouts=limits), name='x')
            """
        ),
        up(),
        refresh(),
        destroy(),
    ],
    "plugin: an explicit provider with a version, and a look through it": [
        theirs("x", a="theirs"),
        _up(
            """
            config = pulumi.Config('agbcontext')
            pinned = ResourceOptions(version='0.1.0')
            mine = Provider('mine', pinned, endpoint=config.require('endpoint'), apiKey=config.require_secret('apiKey'))
            Context('c', ResourceOptions(provider=mine, version='0.1.0', id=THEIRS))
            found = look('getContext', InvokeOptions(provider=mine, version='0.1.0'), id=THEIRS)
            pulumi.export('name', found['name'])
            """
        ),
        up(),
        refresh(),
        destroy(),
    ],
    "plugin: replacement_trigger": [
        _up("Context('c', ResourceOptions(replacement_trigger=1), name='x')"),
        _up("Context('c', ResourceOptions(replacement_trigger=2), name='x')"),
        _up("Context('c', ResourceOptions(replacement_trigger=2, delete_before_replace=True), name='x')"),
    ],
    "plugin: replace_on_changes": [
        _up(SEED),
        _up("Context('c', ResourceOptions(replace_on_changes=['files']), name='x', files=texts(a='one', b='new'))"),
    ],
}

PLUGIN_CORNERS = {  # see CORNERS
    "plugin: a derived name and a directory",
    "plugin: rename and region",
    "plugin: a trigger clears in place",
    "plugin: a lost context is made again",
    "plugin: destroy with explicit providers",
    "plugin: a provider that waits for another resource",
    "plugin: import",
    "plugin: import of a file",
    "plugin: an import in place of what was there",
    "plugin: a read of what another program owns",
    "plugin: functions that fail",
    "plugin: refused inputs",
    "plugin: a version and time limits",
    "plugin: an explicit provider with a version, and a look through it",
    "plugin: a trigger replaces",
    "plugin: ignore_changes of one file",
    "plugin: import of what is not there",
    "plugin: the configuration of the default provider",
    "plugin: unknowns",
    "plugin: replacement_trigger",
    "plugin: replace_on_changes",
    "plugin: one file changes",
    "plugin: a create that fails halfway",
}

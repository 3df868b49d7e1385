"""A server that forks processes which have already imported Pulumi, gRPC and this package.

The suite starts about a thousand providers and programs. Without the fork server, it would spend half of its processor
time on their imports. Each pytest worker keeps one process that imports the modules and then only forks. A forked
process is a child of its worker, with its own working directory, environment, arguments, files and process group.
Tests marked `long` or `cold` start interpreters instead, and so does every command that is not a Python program of
this environment.
"""

from __future__ import annotations

import array
import atexit
import ctypes
import gc
import importlib
import io
import json
import os
import pkgutil
import runpy
import signal
import socket
import subprocess
import sys
import threading
import time
import types
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pulumi_agbcontext

IMPORTED = ("dill", "grpc", "pulumi.automation", "pulumi.dynamic", "pulumi.runtime.proto.provider_pb2_grpc")
MODULES = ("pulumi.dynamic", "pulumi_agbcontext", "pulumi_agbcontext.testing")  # run with -m
SCRIPTS = ("pulumi-resource-agbcontext", "runner.py")
# A process with any other variable that Python reads at startup needs an interpreter.
HARMLESS = {"PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED"}
PR_SET_CHILD_SUBREAPER = 36
NEW_SESSION = 18  # position of start_new_session after preexec_fn in the arguments of Popen._execute_child
BIN = Path(sys.executable).parent


class ForkServer:
    """Client of the process that has imported the modules."""

    def __init__(self) -> None:
        self._socket, theirs = socket.socketpair()
        self._lock = threading.Lock()
        environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
        with theirs:
            command = [sys.executable, str(Path(__file__)), str(theirs.fileno())]
            self._process = subprocess.Popen(command, pass_fds=[theirs.fileno()], cwd="/", env=environment)

    def fork(self, **request: Any) -> int:
        """Fork a process and return its id."""
        files = request.pop("files")
        text = json.dumps({**request, "worker": os.getpid()}).encode()
        with self._lock, _adopting_orphans():
            length = len(text).to_bytes(8, "big")
            self._socket.sendmsg([length], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", files))])
            self._socket.sendall(text)
            return int.from_bytes(_exactly(self._socket, 8), "big")

    def stop(self) -> None:
        """Stop the process. The processes that it has forked continue."""
        self._socket.close()
        self._process.wait()


@contextmanager
def forked_starts(server: ForkServer) -> Iterator[None]:
    """Let `subprocess` start known commands through the fork server."""
    cold = subprocess.Popen._execute_child  # type: ignore[attr-defined]

    def execute(popen: Any, args: Any, executable: Any, preexec_fn: Any, *rest: Any) -> None:
        _, pass_fds, cwd, env, _, _, shell, read, _, _, write, _, write_errors = rest[:13]
        environment = dict(os.environ if env is None else env)
        if executable or preexec_fn or pass_fds or shell or not _is_known(args, environment):
            cold(popen, args, executable, preexec_fn, *rest)
            return
        files = [own if fd == -1 else fd for own, fd in enumerate((read, write, write_errors))]
        popen.pid = server.fork(
            arguments=[os.fspath(word) for word in args],
            directory=os.path.join(os.getcwd(), cwd or ""),  # noqa: PTH109, PTH118  (the path may end with a slash)
            environment=environment,
            session=bool(rest[NEW_SESSION]),
            files=files,
        )
        popen._child_created = True
        popen._close_pipe_fds(*rest[7:13])

    subprocess.Popen._execute_child = execute  # type: ignore[attr-defined]
    try:
        yield
    finally:
        subprocess.Popen._execute_child = cold  # type: ignore[attr-defined]


def _is_known(args: Any, environment: dict[str, str]) -> bool:
    """Return whether a command runs modules that the fork server has imported, under Python's default settings."""
    if isinstance(args, (str, bytes)) or any(key.startswith("PYTHON") and key not in HARMLESS for key in environment):
        return False
    match [os.fspath(word) for word in args]:
        case [python, "-u", script, *_] if script.endswith(SCRIPTS):
            return Path(python).parent == BIN
        case [python, "-m", module, *_] | [python, "-u", "-m", module, *_] if module in MODULES:
            return Path(python).parent == BIN
        case [script, *_]:
            return script.endswith(SCRIPTS) and Path(script).parent == BIN
    return False


@contextmanager
def _adopting_orphans() -> Iterator[None]:
    """Make the worker the parent of the orphans that the fork server leaves, within a `with` block."""
    prctl = ctypes.CDLL(None).prctl
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    try:
        yield
    finally:
        prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)


def _exactly(connection: socket.socket, size: int) -> bytes:
    text = b""
    while len(text) < size:
        received = connection.recv(size - len(text))
        if not received:
            raise EOFError("the fork server has ended")
        text += received
    return text


def _serve(connection: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """Fork a process for each request. Only the forked process returns from this function."""
    while True:
        length, files, _, _ = socket.recv_fds(connection, 8, 3)
        if not length:
            os._exit(0)
        request: dict[str, Any] = json.loads(_exactly(connection, int.from_bytes(length, "big")))
        if os.fork() == 0:  # the grandchild becomes an orphan immediately, and the worker adopts it
            if os.fork():
                os._exit(0)
            while os.getppid() != request["worker"]:
                time.sleep(0.0005)
            connection.sendall(os.getpid().to_bytes(8, "big"))
            return request, files
        os.wait()
        for file in files:
            os.close(file)


def _become(request: dict[str, Any], files: list[int]) -> list[str]:
    """Set the process up as an interpreter would, and return the arguments after the interpreter."""
    if request["session"]:
        os.setsid()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number, file in enumerate(files):
        os.dup2(file, number)
    os.closerange(3, 1024)
    os.chdir(request["directory"])
    os.environ.clear()
    os.environ.update(request["environment"])
    sys.dont_write_bytecode = bool(os.environ.get("PYTHONDONTWRITEBYTECODE"))
    arguments: list[str] = request["arguments"]
    if Path(arguments[0]).name.startswith("python"):
        del arguments[0]
    flagged = arguments[0] == "-u"
    unbuffered = flagged or bool(os.environ.get("PYTHONUNBUFFERED"))
    sys.stdin = open(0, closefd=False)  # noqa: SIM115
    for name, number in (("stdout", 1), ("stderr", 2)):
        raw = open(number, "wb", buffering=0 if unbuffered else -1, closefd=False)  # noqa: SIM115
        stream = io.TextIOWrapper(raw, write_through=unbuffered, line_buffering=number == 2)  # type: ignore[type-var]
        setattr(sys, name, stream)
    return arguments[flagged:]


def _run(arguments: list[str]) -> None:
    if arguments[0] == "-m":
        sys.argv = arguments[1:]
        sys.path.insert(0, os.getcwd())  # noqa: PTH109
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
        return
    sys.argv = arguments
    script = Path(arguments[0])
    sys.path.insert(0, str(script.parent))
    main = sys.modules["__main__"] = types.ModuleType("__main__")
    main.__file__ = str(script)
    exec(compile(script.read_bytes(), script, "exec"), main.__dict__)  # noqa: S102


def _end(status: int) -> None:
    """Exit as an interpreter does, but without freeing each object, which would copy most of the shared memory."""
    threading._shutdown()  # type: ignore[attr-defined]  # waits for threads that are not daemons
    atexit._run_exitfuncs()
    with suppress(BrokenPipeError):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(status & 0xFF)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is handled by the worker
    del sys.path[0]
    for imported in IMPORTED:
        importlib.import_module(imported)
    for found in pkgutil.walk_packages(pulumi_agbcontext.__path__, "pulumi_agbcontext."):
        if not found.name.startswith(("pulumi_agbcontext.testing", "pulumi_agbcontext.__main__")):
            with suppress(ImportError):  # pycurl may not be installed
                importlib.import_module(found.name)
    gc.freeze()
    try:
        _run(_become(*_serve(socket.socket(fileno=int(sys.argv[1])))))
    except SystemExit as exit_:
        if not isinstance(exit_.code, int | None):
            raise
        _end(exit_.code or 0)
    _end(0)

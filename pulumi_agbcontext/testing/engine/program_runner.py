"""Runner of a Pulumi program in a separate process.

The project's interpreter runs this file by its path, so that it needs only the Pulumi SDK. Its only argument is JSON
with the settings of the SDK's runtime and the path of the program.
"""

from __future__ import annotations

import sys

del sys.path[0]  # this directory, whose modules must not hide those of the program or the standard library

import asyncio  # noqa: E402
import json  # noqa: E402
import logging  # noqa: E402
import os  # noqa: E402
import runpy  # noqa: E402
import threading  # noqa: E402
import time  # noqa: E402
import traceback  # noqa: E402
from concurrent.futures import ThreadPoolExecutor  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

import pulumi  # noqa: E402
from pulumi.runtime import settings, stack  # noqa: E402
from pulumi.runtime.config import get_config_env, get_config_secret_keys_env, set_all_config  # noqa: E402

THREADS_PER_OPERATION = 4  # as in Pulumi's language host, because requests wait in threads


def _program_frames(program: str) -> str:
    """Return the traceback starting at the program's first frame, without the frames of this module and the SDK."""
    kind, error, trace = sys.exc_info()
    frames = traceback.extract_tb(trace)
    directory = Path(program).resolve()
    own = [i for i, frame in enumerate(frames) if Path(frame.filename).resolve().is_relative_to(directory)]
    return "".join(traceback.format_exception(kind, error, trace, limit=-(len(frames) - own[0]) if own else None))


def _run(program: str) -> int:
    try:
        asyncio.get_event_loop().run_until_complete(stack.run_in_stack(lambda: _load(program)))
    except pulumi.RunError as error:
        pulumi.log.error(str(error))
        return 1
    except Exception:  # noqa: BLE001 the user must see every error of the program
        pulumi.log.error("Program failed with an unhandled exception:\n" + _program_frames(program))
        return 1
    return 0


def _load(program: str) -> None:
    runpy.run_path(program, run_name="__main__")


def _exit_with_engine(engine_pid: int) -> None:
    """Exit after the engine has exited. A killed engine cannot stop this process, which could wait for it forever."""
    while os.getppid() == engine_pid:
        time.sleep(1)
    os._exit(1)


def main(arguments: dict[str, Any]) -> int:
    """Run a program.

    Args:
        arguments: settings of the SDK's runtime, and the path of the program.

    Returns:
        The exit code of the process.
    """
    threading.Thread(target=_exit_with_engine, args=(os.getppid(),), daemon=True).start()
    program = arguments.pop("program")
    set_all_config(get_config_env(), get_config_secret_keys_env())
    settings.configure(settings.Settings(**arguments))
    sys.argv = [program]
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    executor = ThreadPoolExecutor(arguments["parallel"] * THREADS_PER_OPERATION)
    loop.set_default_executor(executor)
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)  # a failing program leaves futures that are never awaited
    try:
        return _run(program)
    finally:
        executor.shutdown()
        loop.close()


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1])))

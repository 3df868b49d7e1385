"""Runs a Pulumi program in a process of its own. Started by file path with the project's interpreter, it needs only
the Pulumi SDK there; its one argument is JSON: the settings of the SDK's runtime, and the program's path."""

from __future__ import annotations

import sys

del sys.path[0]  # our own folder, whose modules must not hide the program's or the standard library's

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

THREADS_FOR_EACH_OPERATION = 4  # as the real language host: requests wait in threads


def _program_frames(program: str) -> str:
    """The traceback from the program's first frame on: what lies above it is ours and the SDK's."""
    kind, error, trace = sys.exc_info()
    frames = traceback.extract_tb(trace)
    place = Path(program).resolve()
    own = [i for i, frame in enumerate(frames) if Path(frame.filename).resolve().is_relative_to(place)]
    return "".join(traceback.format_exception(kind, error, trace, limit=-(len(frames) - own[0]) if own else None))


def _run(program: str) -> int:
    try:
        asyncio.get_event_loop().run_until_complete(stack.run_in_stack(lambda: _load(program)))
    except pulumi.RunError as error:
        pulumi.log.error(str(error))
        return 1
    except Exception:  # noqa: BLE001 whatever a program raises is its user's to see
        pulumi.log.error("Program failed with an unhandled exception:\n" + _program_frames(program))
        return 1
    return 0


def _load(program: str) -> None:
    runpy.run_path(program, run_name="__main__")


def _end_with(engine: int) -> None:
    """End when the engine is gone: one that was killed cannot end us, and a program may wait for it for ever."""
    while os.getppid() == engine:
        time.sleep(1)
    os._exit(1)


def main(arguments: dict[str, Any]) -> int:
    """Run the program named in the arguments. Returns: the exit code."""
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    program = arguments.pop("program")
    set_all_config(get_config_env(), get_config_secret_keys_env())
    settings.configure(settings.Settings(**arguments))
    sys.argv = [program]
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    executor = ThreadPoolExecutor(arguments["parallel"] * THREADS_FOR_EACH_OPERATION)
    loop.set_default_executor(executor)
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)  # a failing program leaves futures that nobody awaits
    try:
        return _run(program)
    finally:
        executor.shutdown()
        loop.close()


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1])))

"""Run a module that ends when its parent does, however it ended: `python -m blindbox.embedded.lifeline PID module`."""

import os
import runpy
import signal
import sys
import threading
import time

GRACE_SECONDS = 10


def end_with(parent: int) -> None:
    """End this process once `parent` is not its parent any more; a killed parent has no chance to say so."""
    threading.Thread(target=_watch, args=(parent,), name="lifeline", daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_SECONDS)
    os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    parent, module = int(sys.argv[1]), sys.argv[2]
    end_with(parent)
    sys.argv = sys.argv[2:]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()

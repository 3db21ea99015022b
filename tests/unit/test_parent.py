"""A process at work for another one does not outlive it.

Killed, a comparison left workers that waited five minutes for work, and `prepare` its second compiler at work.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

CHILD = (
    "import sys, time; from sim.core.parent import end_with; "
    "end_with(int(sys.argv[1])); print('up', flush=True); time.sleep(60)"
)
PARENT = (
    "import os, subprocess, sys, time; "
    "c = subprocess.Popen([sys.executable, '-c', sys.argv[1], str(os.getpid())], stdout=subprocess.PIPE, text=True); "
    "c.stdout.readline(); print(c.pid, flush=True); time.sleep(60)"
)


def test_it_ends_when_its_parent_is_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT, CHILD], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        os.kill(child, 0)  # it lives
        parent.send_signal(signal.SIGKILL)
    for _ in range(100):
        time.sleep(0.1)
        if not _lives(child):
            return
    os.kill(child, signal.SIGKILL)
    raise AssertionError("the child lives on")


def _lives(pid: int) -> bool:
    """Tell whether a process is there and at work; one that nobody waited for is not."""
    try:
        with open(f"/proc/{pid}/stat") as state:
            return state.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False

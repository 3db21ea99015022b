"""`python -m sim.cli` is the command `kokuho`."""

import sys

from sim.cli import command

sys.exit(command())

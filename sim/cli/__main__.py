"""`python -m sim.cli` is the command `kokuho`."""

import sys

from sim.cli import main

sys.exit(main())

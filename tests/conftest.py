"""What several test trees share."""

from __future__ import annotations

import os

# One thread each: the suite runs in parallel, and results do not depend on the machine's size.
os.environ.setdefault("OMP_NUM_THREADS", "1")

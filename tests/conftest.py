"""What several test trees share."""

from __future__ import annotations

import os

from hypothesis import settings

# One thread each: the suite runs in parallel, and results do not depend on the machine's size.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# The same examples in every run: whoever breaks something sees it, and nobody else does. To look for new
# ones: `pytest --hypothesis-profile=search tests/geometry`.
settings.register_profile("repeatable", derandomize=True)
settings.register_profile("search", print_blob=True)
settings.load_profile("repeatable")

"""Simulated clicks, training and evaluation. No screen, no database."""

import maa.dextr  # noqa: F401  (before torch: it sets how torch's threads wait)

"""Finding things by the key of their name."""

from maa.domain.naming import UNSEEN

HAS_KEY = f"(name_key = $1 OR regexp_replace(name_key, '{UNSEEN}', '', 'g') = $1)"
"""SQL condition. Keys that were written by earlier versions have characters in them that show nothing."""
CLOSEST_FIRST = "ORDER BY name_key <> $1 LIMIT 1"

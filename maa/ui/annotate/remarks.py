"""What the reviewer said, in words."""

from __future__ import annotations

from maa.domain import Review
from maa.workflow.remarks import Remarks, latest_remarks

__all__ = ["Remarks", "latest_remarks", "said"]


def said(review: Review) -> str:
    """Reason and comment as one text (as people wrote it, not escaped)."""
    return ": ".join(text for text in (review.reason, review.comment) if text)

"""What reviewers said about this image before."""

from __future__ import annotations

from itertools import groupby

import streamlit as st

from maa.domain import Review, Verdict
from maa.ui import session
from maa.ui.review.desk import Work
from maa.ui.text import plain


def earlier(work: Work) -> None:
    """Earlier verdicts, newest first; nothing for an image that was never reviewed."""
    if not work.reviews:
        return
    numbers = {o.id: n for n, o in enumerate(work.objects, start=1)}
    rounds = [list(said) for _, said in groupby(work.reviews, key=lambda r: (r.reviewer_id, r.created_at))]
    with st.expander(f"Reviewed before ({len(rounds)})", expanded=True, key="review_history"):
        for said in reversed(rounds):
            on_image = next((r for r in said if r.annotation_id is None), said[0])
            who = plain(work.names.get(on_image.reviewer_id, "somebody"))
            when = on_image.created_at.astimezone(session.zone())
            did = "approved" if on_image.verdict is Verdict.APPROVE else "sent back"
            st.markdown(f"**{did.capitalize()}** by {who}, {when:%Y-%m-%d %H:%M}{_because(on_image)}")
            for remark in said:
                if remark.annotation_id is not None and remark.verdict is Verdict.SEND_BACK:
                    number = numbers.get(remark.annotation_id)
                    which = f"object {number}" if number else "an object since deleted"
                    st.markdown(f"- {which}{_because(remark)}")


def _because(remark: Review) -> str:
    said = [plain(text) for text in (remark.reason, remark.comment) if text]
    return ": " + ", ".join(said) if said else ""

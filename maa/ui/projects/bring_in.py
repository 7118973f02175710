"""Bringing objects that were drawn elsewhere into a project."""

from __future__ import annotations

import pandas as pd
import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from maa.domain import MaaError, Person, Project, Role
from maa.domain.wording import count
from maa.ui import session
from maa.ui.progress import progress_bar
from maa.ui.text import plain
from maa.ui.uploads import on_disk
from maa.workflow import exchange
from maa.workflow.exchange import CocoReport

_REPORT_KEY = "bring_in_report"


def card(project: Project, who: Person) -> None:
    """A COCO file, and what became of the last one."""
    st.markdown("**Import objects**")
    st.caption(
        "From a COCO file, onto images that are already in the project (the same pixels, or the same name "
        "and size). Whoever opens such an image finds them there and checks them; only images that were "
        "approved in MAA when it wrote the file are approved at once (to have them checked all the same, "
        "reopen them under Images). Missing classes are added. Images that are being labeled or were "
        "submitted stay as they are; importing twice changes nothing."
    )
    file = st.file_uploader("A COCO file", type=["json"], key="bring_in_file")
    if (
        st.button("Import", key="bring_in_do", icon=":material/move_to_inbox:", disabled=file is None)
        and file
    ):
        session.require(Role.MANAGER)
        st.session_state[_REPORT_KEY] = None
        try:
            with progress_bar("Importing the objects") as show:
                report = _import(project, who, file, show)
        except MaaError as error:
            st.error(plain(error))
            return
        st.session_state[_REPORT_KEY] = (project.id, report)
        st.rerun()  # the table of projects above counts them, too
    kept: tuple[int, CocoReport] | None = st.session_state.get(_REPORT_KEY)
    if kept is not None and kept[0] == project.id:
        _tell(kept[1])


def _import(project: Project, who: Person, file: UploadedFile, show: exchange.Progress) -> CocoReport:
    with on_disk(file) as (copy,):
        read = exchange.read_coco(copy)
        return exchange.import_coco(session.workspace(), project.id, read, by=who.id, on_progress=show)


def _tell(report: CocoReport) -> None:
    parts = [f"**{count(report.objects, 'object')} added**"]
    if report.present:
        parts.append(f"{report.present:,} already there")
    if report.approved:
        parts.append(f"{count(report.approved, 'image')} approved, as the file says they were")
    if report.skipped:
        parts.append(f"{count(len(report.skipped), 'entry', 'entries')} left out:")
    st.markdown(", ".join(parts))
    if report.skipped:
        skipped = pd.DataFrame([(s.file, s.reason) for s in report.skipped], columns=["What", "Why not"])
        st.dataframe(skipped, key="bring_in_skipped", hide_index=True)

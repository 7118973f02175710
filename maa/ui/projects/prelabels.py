"""Pre-labels of a project: taking a detector's file in, and the runs with their progress."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from maa.domain import MaaError, Member, Person, Project, Role
from maa.domain.library import PrelabelRun
from maa.domain.wording import count
from maa.ui import session
from maa.ui.text import one_line, plain
from maa.ui.uploads import on_disk
from maa.workflow import detections, disagreement, prelabeling, promotion, proposals, sequences

_SKIPPED_KEY = "prelabels_skipped"
_MAX_SHOWN = 20
_ALL = -1


def section(project: Project, who: Person) -> None:
    """The form, what of the last file could not be used, and the runs."""
    st.caption(
        "Objects that a model proposes before anybody opens an image: annotators accept, repair or delete "
        "them. Images that somebody has opened are left alone."
    )
    _proposals(project, who)
    _form(project, who)
    if sequences.has_sequences(session.workspace(), project):
        _sequences(project, who)
    if any(run.objects for run in prelabeling.runs(session.workspace(), project.id)):
        _disagreement(project, who)
    skipped = st.session_state.get(_SKIPPED_KEY, ())
    if skipped:
        with st.expander(f"{count(len(skipped), 'entry', 'entries')} of the file could not be used"):
            for item in skipped[:_MAX_SHOWN]:
                st.markdown(f"{plain(item.file)}: {plain(item.reason)}")
    if prelabeling.runs(session.workspace(), project.id):
        _runs(project.id)


def _form(project: Project, who: Person) -> None:
    with st.form("prelabels_form"):
        st.markdown("**From another detector's boxes or polygons**")
        left, right = st.columns(2)
        file = left.file_uploader("COCO results (JSON)", type=["json"], key="prelabels_file")
        numbers = right.file_uploader(
            "The COCO file that its image and class numbers refer to",
            type=["json"],
            key="prelabels_numbers",
            help="Without one, they refer to this project's export of all images.",
        )
        with st.container(horizontal=True, vertical_alignment="bottom"):
            score = st.number_input("Minimum detection score (%)", 0, 100, 30, key="prelabels_score")
            sure = st.number_input(
                "Minimum confidence of the model in its outline (%)", 0, 100, 50, key="prelabels_confidence"
            )
            pressed = st.form_submit_button("Pre-label", key="prelabels_go", type="primary")
    if not pressed:
        return
    session.require(Role.MANAGER)
    if file is None:
        st.warning("Choose a file first.")
        return
    try:
        run = _begin(project, who, file, numbers, score / 100, sure / 100)
    except MaaError as error:
        st.error(plain(error))
        return
    prelabeling.start(session.workspace(), run.id)


def _proposals(project: Project, who: Person) -> None:
    try:
        detector = promotion.present_detector(session.workspace(), project.id)
    except MaaError as error:
        st.error(plain(error))
        return
    with st.container(border=True, key="prelabels_proposals"):
        if detector is None:
            st.markdown(
                "**From the project's own detector**: a few hundred approved objects are enough to train "
                "one, on the Models page."
            )
            return
        with st.container(horizontal=True, vertical_alignment="bottom"):
            st.markdown(
                f"**From the project's detector**, {plain(detector.id)}: it looks for "
                f"{plain(', '.join(detector.classes))} on every image that nobody has opened.",
                width="stretch",
            )
            score = st.number_input(
                "Minimum score (%)",
                0,
                100,
                round(100 * detector.threshold),
                key=f"proposals_score_{detector.id}",
                help="Anything it is less sure of is left out. The first value is the one that saved most "
                "work on the held-back images.",
                width=160,
            )
            pressed = st.button(
                "Propose objects", key="proposals_go", type="primary", icon=":material/center_focus_strong:"
            )
    if pressed:
        _begin_run(
            lambda: proposals.begin(session.workspace(), project.id, least_score=score / 100, by=who.id)
        )


def _disagreement(project: Project, who: Person) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="prelabels_disagree"):
        st.markdown(
            "**Where models disagree**: the newest candidate and its parent are asked about the pre-labels "
            "that nobody has opened. Under Rules you choose whether the images that they disagree on "
            "come first.",
            width="stretch",
        )
        if st.button("Compare", key="prelabels_compare", icon=":material/difference:"):
            _begin_run(lambda: disagreement.begin(session.workspace(), project.id, by=who.id))


def _begin_run(begin: Callable[[], PrelabelRun]) -> None:
    session.require(Role.MANAGER)
    try:
        run = begin()
    except MaaError as error:
        st.error(plain(error))
        return
    prelabeling.start(session.workspace(), run.id)


def _sequences(project: Project, who: Person) -> None:
    """Carrying on what is labeled: which sequence, from which frame, and when to stop."""
    ready = sequences.stretches(session.workspace(), project.id)
    with st.container(border=True, key="prelabels_sequences"):
        st.markdown(
            "**Along sequences**: the objects of a labeled frame are carried to the frames after it that "
            "nobody has opened, as long as the model is sure of them."
        )
        if not ready:
            st.caption("Label the first frame of a sequence, so that there is something to carry on.")
            return
        with st.container(horizontal=True, vertical_alignment="bottom"):
            names = sorted({stretch.first.sequence or "" for stretch in ready})
            chosen = st.selectbox(
                "Sequence",
                [_ALL, *range(len(names))],
                format_func=lambda n: "all of them" if n == _ALL else one_line(names[n]) or "numbered images",
                key="prelabels_sequence",
            )
            name = None if chosen == _ALL else names[chosen]
            here = [stretch for stretch in ready if name is None or stretch.first.sequence == name]
            # The workbench counts a sequence's frames, the files have numbers of their own: a name is clear.
            files = {stretch.first.frame or 0: stretch.first.file_name for stretch in here}
            frame = st.selectbox(
                "From frame",
                [_ALL, *([] if name is None else sorted(files))],
                format_func=lambda n: "every labeled frame" if n == _ALL else one_line(files.get(n, "")),
                key="prelabels_start",
                disabled=name is None,
            )
            start = None if frame == _ALL else frame
            sure = st.number_input(
                "Stop below this confidence (%)",
                0,
                100,
                50,
                key="prelabels_stop_confidence",
                help="An object is no longer carried on from the frame where the model is less sure of it.",
            )
            pressed = st.button(
                "Carry on", key="prelabels_carry", icon=":material/animation:", type="primary"
            )
        waiting = sum(len(stretch.following) for stretch in here if start in (None, stretch.first.frame))
        st.caption(f"{count(waiting, 'frame')} to carry objects to.")
        if pressed:
            _begin_run(
                lambda: sequences.begin(
                    session.workspace(),
                    project.id,
                    sequence=name,
                    start=start,
                    least_confidence=sure / 100,
                    by=who.id,
                )
            )


def _begin(
    project: Project,
    who: Person,
    file: UploadedFile,
    numbers: UploadedFile | None,
    score: float,
    sure: float,
) -> PrelabelRun:
    with on_disk(*filter(None, (file, numbers))) as (results, *meaning):
        begun = detections.begin(
            session.workspace(),
            project.id,
            results,
            name=file.name,
            meaning=meaning[0] if meaning else None,
            least_score=score,
            least_confidence=sure,
            by=who.id,
        )
    st.session_state[_SKIPPED_KEY] = begun.skipped
    return begun.run


@st.fragment(run_every=1.0)
def _runs(project_id: int) -> None:
    session.require(Role.MANAGER)
    for run in prelabeling.runs(session.workspace(), project_id)[:_MAX_SHOWN]:
        with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"run_{run.id}"):
            _run(run)


def _run(run: PrelabelRun) -> None:
    running = prelabeling.is_running(run.id)
    with st.container(width="stretch"):
        st.markdown(f"**{plain(run.name)}**, outlined by {plain(run.model_id)}")
        said = f"{count(run.objects, 'object')} on {run.looked_at} of {count(run.images, 'image')}"
        if run.finished:
            st.caption(f"Done: {said}")
        else:
            st.progress(
                run.looked_at / run.images if run.images else 0.0,
                f"{'running' if running else 'stopped'}: {said}",
            )
        left = prelabeling.left_alone(session.workspace(), run.id)
        if left:
            st.caption(
                "Left alone: " + "; ".join(f"{images} because {plain(why)}" for why, images in left.items())
            )
        if (problem := prelabeling.problem(run.id)) is not None and not running:
            st.error(plain(problem))
    if running:
        st.button("Stop", key=f"run_stop_{run.id}", icon=":material/stop:", on_click=_stop, args=(run.id,))
    elif not run.finished:
        st.button(
            "Resume", key=f"run_on_{run.id}", icon=":material/play_arrow:", on_click=_go_on, args=(run.id,)
        )


@session.guarded(Role.MANAGER)
def _stop(manager: Member, run_id: int) -> None:
    prelabeling.stop(run_id)


@session.guarded(Role.MANAGER)
def _go_on(manager: Member, run_id: int) -> None:
    prelabeling.start(session.workspace(), run_id)

"""Training a candidate, watching it, and taking it up."""

from __future__ import annotations

import streamlit as st

from maa.canvas.render import Shape
from maa.domain import MaaError, Member, Project, Role
from maa.domain.library import JobState, ModelPurpose, ModelState, TrainingJob
from maa.domain.wording import count
from maa.ui import pictures, session
from maa.ui.models.present import works_with
from maa.ui.progress import progress_bar
from maa.ui.text import plain
from maa.workflow import (
    detector_training,
    job_results,
    jobs,
    labeling,
    library,
    promotion,
    queue,
    training,
    training_data,
)

_MINUTES_KEY, _KIND_KEY = "finetune_minutes", "finetune_kind"
_KINDS = {
    "Better outlines": (
        "A model that answers clicks, trained further from the one that the project works with.",
        training.MIN_OBJECTS,
    ),
    "A detector": (
        "A model that finds objects by itself, so that images open with their objects outlined already. Ten "
        "minutes are enough for a few hundred objects.",
        detector_training.MIN_OBJECTS,
    ),
}
_REASON_KEY = "promote_reason"
_RUNNING = {"iou": "running IoU", "loss": "running loss"}
_TRUTH, _PARENT, _CANDIDATE = "#ffffff", "#f0483e", "#27c26c"
_MAX_SHOWN = 200


def section(project: Project, who: Member) -> None:
    """The running job, or the form that starts one; and what the last one found."""
    listed = jobs.listed(session.workspace(), project.id)
    running = next((one for one in listed if one.state is JobState.RUNNING), None)
    if running is not None:
        _watch(running.id)
    else:
        _train(project, who, next((one.minutes for one in listed if one.minutes), 30))
    ended = next((one for one in listed if one.state is not JobState.RUNNING), None)
    if ended is not None and ended.state is JobState.FAILED:
        st.error(f"Job {ended.id} failed. {plain(ended.message)}", icon=":material/error:")
    elif ended is not None and ended.state is JobState.DONE:
        _outcome(project, ended)


def _train(project: Project, who: Member, minutes: float) -> None:
    found = training_data.approved(session.workspace(), project.id)
    objects = training_data.count_objects(found.train)
    held_back = training_data.count_objects(found.held_back)
    with st.container(border=True, key="train"):
        st.markdown("**Train a candidate**")
        st.caption(
            f"From {count(objects, 'approved object')}; {held_back:,} more, on images that no training sees, "
            "are held back for measuring. It runs at the lowest priority while people go on labeling."
        )
        with st.container(horizontal=True, vertical_alignment="bottom"):
            kind = st.segmented_control(
                "What to train", list(_KINDS), default="Better outlines", required=True, key=_KIND_KEY
            )
            said, least = _KINDS[kind]
            # While a training runs there is no such field: it comes back with what the last one was given.
            st.number_input(
                "Minutes",
                min_value=1,
                max_value=1440,
                value=max(1, round(minutes)),
                key=_MINUTES_KEY,
                width=160,
            )
            reason = training_data.lacking(found, least)
            if st.button(
                "Train",
                key="finetune",
                type="primary",
                icon=":material/model_training:",
                disabled=reason is not None,
            ):
                session.require(Role.MANAGER)
                _start(project, who)
        st.caption(said if reason is None else f"{said} {reason}")


def _start(project: Project, who: Member) -> None:
    try:
        with progress_bar("Preparing the training data") as show:
            start = (
                training.finetune
                if st.session_state[_KIND_KEY] == "Better outlines"
                else detector_training.train
            )
            start(
                session.workspace(),
                project.id,
                minutes=float(st.session_state[_MINUTES_KEY]),
                by=who.id,
                on_progress=show,
            )
    except MaaError as error:
        st.error(plain(error))
        return
    st.rerun()


@st.fragment(run_every=1.0)
def _watch(job_id: int) -> None:
    session.require(Role.MANAGER)
    workspace = session.workspace()
    job = jobs.job(workspace, job_id)
    if job.state is not JobState.RUNNING:
        st.rerun()
    said = jobs.progress(workspace, job_id)
    with st.container(border=True, key="job"):
        budget = f", {job.minutes:g} minute{'' if job.minutes == 1 else 's'}" if job.minutes else ""
        st.markdown(f"**{plain(job.candidate)}**, from {plain(job.parent)}{budget}")
        more = "".join(f", {name} {said.more[key]:.3f}" for key, name in _RUNNING.items() if key in said.more)
        share = f": {said.share:.0%}" if said.share < 1 else ""
        st.progress(min(1.0, said.share), f"{plain(said.phase)}{share}{plain(more)}")
        st.button("Cancel", key="job_cancel", icon=":material/stop:", on_click=_cancel, args=(job_id,))


def _outcome(project: Project, job: TrainingJob) -> None:
    workspace = session.workspace()
    try:
        entry = library.entry(workspace, job.candidate)
        detects = entry.model.detects
        there = works_with(project.id, entry.model)
    except MaaError as error:
        st.error(plain(error), icon=":material/error:")
        return
    with st.container(border=True, key="candidate"):
        against = ", a detector" if detects else f" against {plain(job.parent)}"
        st.markdown(f"**{plain(entry.model.id)}**{against}")
        if there:
            st.success("The project works with it.", icon=":material/check:")
        elif entry.state is ModelState.RETIRED:
            st.caption("It is retired.")
        else:
            found = promotion.look_at(workspace, project.id, entry.model.id)
            (st.success if found.passed else st.warning)(plain(found.why))
            _take_up(project, entry.model.name, found.passed)
        _side_by_side(job)


def _take_up(project: Project, name: str, passed: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input(
            "Why" if passed else "Why promote it anyway (kept in the history)",
            key=_REASON_KEY,
            max_chars=500,
        )
        st.button(
            "Promote" if passed else "Promote anyway",
            key="promote",
            type="primary" if passed else "secondary",
            icon=":material/upgrade:",
            on_click=_promote,
            args=(project.id, name, not passed),
        )


def _side_by_side(job: TrainingJob) -> None:
    """Both models' answers to the same clicks, object by object."""
    answers = job_results.answered(session.workspace(), job.id)[:_MAX_SHOWN]
    if not answers:
        return
    better = sum(one.candidate_iou > one.parent_iou for one in answers)
    with st.expander(f"Side by side: better on {better} of {count(len(answers), 'object')}"):
        number = st.selectbox(
            "Object (largest differences first)",
            range(len(answers)),
            format_func=lambda index: (
                f"Object {answers[index].annotation_id}: "
                f"{answers[index].parent_iou:.2f} → {answers[index].candidate_iou:.2f}"
            ),
            key=f"side_by_side_{job.id}",
        )
        _picture(answers[number or 0])


def _picture(answer: job_results.Answered) -> None:
    workspace = session.workspace()
    try:
        revisions = labeling.revisions(workspace, answer.annotation_id)
        truth = [one.outline for one in revisions if one.outline is not None][-1]
        task = queue.get_task(workspace, labeling.task_of(workspace, answer.annotation_id))
    except (MaaError, IndexError) as error:
        st.error(plain(error), icon=":material/broken_image:")
        return
    sides = (
        ("before", answer.parent_outline, answer.parent_iou, _PARENT),
        ("candidate", answer.candidate_outline, answer.candidate_iou, _CANDIDATE),
    )
    for column, (what, outline, overlap, color) in zip(st.columns(2), sides, strict=True):
        shapes = [Shape(truth, _TRUTH, style="dashed")]
        if not outline.is_empty:
            shapes.insert(0, Shape(outline, color, style="selected"))
        with column:
            pictures.outlines(task.image_id, shapes, f"The answer {what}")
            st.caption(f"{what.capitalize()}: IoU {overlap:.3f}. Dashed: what was approved.")


@session.guarded(Role.MANAGER)
def _cancel(manager: Member, job_id: int) -> None:
    jobs.cancel(session.workspace(), job_id, by=manager.id)
    session.say("toast", "The training was cancelled.")


@session.guarded(Role.MANAGER)
def _promote(manager: Member, project_id: int, name: str, override: bool) -> None:
    if works_with(project_id, library.find_model(name)):
        return  # pressed twice
    choice = promotion.promote(
        session.workspace(),
        project_id,
        name,
        reason=st.session_state[_REASON_KEY],
        override=override,
        by=manager.id,
    )
    st.session_state[_REASON_KEY] = ""
    if choice.purpose is ModelPurpose.OBJECTS:
        session.say("success", f"{plain(name)} finds the project's objects now: see Pre-labels.")
    else:
        session.say("success", f"The project now works with {plain(name)}. Nobody needs to reload the page.")

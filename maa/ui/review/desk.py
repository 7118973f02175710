"""What lies on the reviewer's desk: one task with its image, objects and authors, read once a run."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from maa.domain import Annotation, Image, LabelClass, Person, Project, Review, Role, Task
from maa.ui import session
from maa.ui.text import count, one_line, plain
from maa.workflow import images, labeling, people, projects, review

SELECTED_KEY = "review_selected"  # annotation id, or WHOLE_IMAGE
WHOLE_IMAGE = 0
VIEW_KEY = "review_view"  # where the reviewer went on the picture by hand
LAST_KEY = "review_last"  # Markdown: what became of the image before
_PAUSED_KEY = "review_paused"  # without it, what was given back would be handed out again at once


@dataclass(frozen=True, slots=True)
class Work:
    """A task under review. Objects are numbered from 1 in the order of `objects`."""

    task: Task
    image: Image
    objects: list[Annotation]
    classes: dict[int, LabelClass]
    reviews: list[Review]
    names: dict[int, str]

    @property
    def selected(self) -> Annotation | None:
        """The object that the reviewer looks at."""
        chosen = st.session_state.get(SELECTED_KEY)
        return next((o for o in self.objects if o.id == chosen), None)

    def class_of(self, annotation: Annotation) -> LabelClass:
        return self.classes[annotation.revision.class_id]


def open_work(task: Task) -> Work:
    """Everything the page shows about a task."""
    workspace = session.workspace()
    classes = projects.list_classes(workspace, task.project_id, include_retired=True)
    return Work(
        task=task,
        image=images.get_image(workspace, task.image_id),
        objects=labeling.list_annotations(workspace, task.id),
        classes={c.id: c for c in classes},
        reviews=review.list_reviews(workspace, task.id),
        names={p.id: p.name for p in people.list_people(workspace, include_inactive=True)},
    )


def header(work: Work) -> None:
    """Which image this is, whose, and how many more wait."""
    waiting = review.waiting(session.workspace(), work.task.project_id)
    author = work.names.get(work.task.author_id or 0, "somebody")
    parts = [f"by {plain(author)}", count(len(work.objects), "object")]
    parts.append(f"{count(waiting, 'more image')} waiting" if waiting else "the last one waiting")
    with st.container(gap=None, key="review_header"):
        with st.container(horizontal=True, vertical_alignment="center", wrap=False):
            st.text(one_line(work.image.file_name), width="stretch")
            st.button(
                "Give back",
                key="review_release",
                type="tertiary",
                icon=":material/undo:",
                help="Somebody else may review it; your marks on it are dropped.",
                on_click=_release,
                args=(work.task.id,),
            )
        st.caption(" · ".join(parts))
        # Not a toast: that would lie over the buttons for the next verdict.
        if LAST_KEY in st.session_state:
            st.caption(st.session_state[LAST_KEY])


def stop_if_paused(project: Project) -> None:
    """After giving an image back nothing is handed out until the reviewer asks for it."""
    if not st.session_state.get(_PAUSED_KEY):
        return
    st.title("Review")
    with st.container(key="review_break"):
        waiting = review.waiting(session.workspace(), project.id)
        st.info(f"Given back. {count(waiting, 'image')} waiting.", icon=":material/pause:")
        st.button(
            "Go on reviewing",
            key="review_resume",
            type="primary",
            icon=":material/play_arrow:",
            on_click=lambda: st.session_state.pop(_PAUSED_KEY, None),
        )
    st.stop()


def nothing_to_review(project: Project) -> None:
    """The empty desk, and why it is empty."""
    waiting = review.waiting(session.workspace(), project.id)
    st.title("Review")
    with st.container(key="empty_review"):
        if waiting:
            st.info(
                f"Nothing for you to review: {count(waiting, 'image')} waiting that you worked on yourself, "
                "or that somebody has open. Nobody reviews their own work; another reviewer takes it.",
                icon=":material/group:",
            )
        else:
            st.success(
                "Nothing waits for a review. Images come here when an annotator submits them.",
                icon=":material/done_all:",
            )
        if LAST_KEY in st.session_state:
            st.caption(st.session_state[LAST_KEY])
        st.button("Look again", key="review_look_again", icon=":material/refresh:")


@session.guarded(Role.REVIEWER)
def _release(reviewer: Person, task_id: int) -> None:
    review.release_review(session.workspace(), task_id, reviewer.id)
    forget_task(task_id)
    st.session_state[_PAUSED_KEY] = True


def forget_task(task_id: int) -> None:
    """Drop what the page remembers of a task that is off the desk."""
    for key in (
        SELECTED_KEY,
        VIEW_KEY,
        f"review_marks_{task_id}",
        f"review_reason_{task_id}",
        f"review_comment_{task_id}",
    ):
        st.session_state.pop(key, None)

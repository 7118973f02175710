"""One person's work on one task: what is drawn, what was saved, and how to take it back.

The annotate page without its screen. What fails in the workflow raises `MaaError` and leaves all as it was.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from shapely import MultiPolygon

from maa.dextr.shelves import ModelError
from maa.domain import (
    Annotation,
    Arm,
    Effort,
    EventKind,
    InvalidInput,
    LabelClass,
    MaaError,
    NotFound,
    Person,
    Point,
    Project,
    Prompt,
    Task,
    TaskState,
)
from maa.geometry import DEFAULT_DETAIL, repair
from maa.ui.annotate.deeds import Accepted, Confirmed, Deed, Deleted, Dropped
from maa.ui.annotate.drawing import MIN_POINTS, Drawing, Tool
from maa.workflow import arms, history, labeling, projects, queue
from maa.workflow.activity import ActiveTime
from maa.workflow.images import get_image
from maa.workflow.predict import Proposal, model_threshold, named, propose
from maa.workflow.workspace import Workspace

DOUBLE_CLICK = 0.8
"""Seconds."""

OPEN_OUTLINE = "There is an open outline: accept it (Enter) or drop it (Esc) first."


class Work:
    """A leased task on one person's page.

    `clock`: seconds that run forward. `follows`: it was handed out because the one before was submitted.
    `class_id`: the class to begin with, if it is in use; else the first one.
    """

    def __init__(
        self,
        ws: Workspace,
        person: Person,
        project: Project,
        task: Task,
        clock: Callable[[], float] = time.monotonic,
        *,
        follows: bool = False,
        class_id: int | None = None,
    ) -> None:
        self.task = task
        self.project = project
        self.person = person
        self.image = get_image(ws, task.image_id)
        self.editing = False
        """Whether clicks and drags mean the outline's vertices."""
        self.threshold = model_threshold(named(ws, project.id))
        self.detail = DEFAULT_DETAIL
        self.hint = ""
        """What the person should know about what they did last."""
        self.failure = ""
        """Why their last action failed."""
        self.model_problem: str | None = None
        """Why the model cannot answer, when it cannot."""
        self.lost: str | None = None
        """Why nothing can be saved any more: the task went to somebody else or was handed in elsewhere."""
        self.task_time = ActiveTime()
        self._object_time = ActiveTime()
        self._ws = ws
        self._clock = clock
        self._renewed_at = clock()
        self._meant_for_this = clock() + DOUBLE_CLICK if follows else clock()
        self._asked_at: float | None = None
        self._done: list[Deed] = []
        self.annotations: list[Annotation] = []
        self.classes: list[LabelClass] = []
        """Those in use, in their order."""
        self.all_classes: dict[int, LabelClass] = {}
        self.reload()
        self._by_hand = arms.arm_now(project, task) is Arm.MANUAL
        self._tool = Tool.MANUAL if self._by_hand else Tool.ASSISTED
        in_use = [label.id for label in self.classes]
        self._class_id = class_id if class_id in in_use else in_use[0]
        self.drawing = self._blank()
        history.record(ws, "opened", project_id=project.id, task_id=task.id, person_id=person.id)

    def reload(self) -> None:
        """Take classes and saved objects from the store."""
        labels = projects.list_classes(self._ws, self.project.id, include_retired=True)
        self.all_classes = {label.id: label for label in labels}
        self.classes = [label for label in labels if not label.retired]
        self.annotations = labeling.list_annotations(self._ws, self.task.id)

    # --- drawing ---

    def change_points(self, before: tuple[Point, ...], after: tuple[Point, ...]) -> None:
        """The points on the canvas were `before` and are `after` now; with enough of them, ask the model.

        What was added belongs to the drawing as it is by now, be it a newer one (accepted meanwhile) or one
        with fewer points (undone meanwhile). Other changes count only for a drawing that has these points.
        """
        if after[: len(before)] == before:
            points = self.drawing.points + after[len(before) :]
        elif self.drawing.points == before:
            points = after
        else:
            return
        self._interaction(starts_object=self.drawing.is_empty)
        if self.drawing.set_points(points):
            self.hint = (
                "The point repairs only the outline around it; your hand edits elsewhere stay (Z undoes it)."
            )
        self._ask()

    def change_outline(self, before: MultiPolygon, after: MultiPolygon, changes: int) -> None:
        """Vertices were edited by hand; of no account when the drawing has another outline by now."""
        self._interaction()
        if self.drawing.outline is before:
            self.drawing.edit(after, changes)

    def tune(self, threshold: float, detail: float) -> None:
        """Another threshold (0..1) or detail (0..1): the outline follows, unless it was edited by hand."""
        self._interaction()
        self.threshold, self.detail = threshold, detail
        prompt = self.drawing.prompt
        if self.drawing.edited:
            self.hint = "The outline was edited by hand, so it stays as it is."
        elif prompt is not None:
            self._propose(prompt)

    def choose_class(self, class_id: int) -> None:
        """The class of the open drawing and of those to come (of an opened object: only its own)."""
        self._interaction()
        self.drawing.class_id = class_id
        if self.drawing.base is None:
            self._class_id = class_id

    def toggle_tool(self) -> None:
        """From the model's help to drawing by hand, or back. Drops what was begun; undo brings it back."""
        self._interaction()
        if self.drawing.base is not None:
            self.hint = OPEN_OUTLINE
            return
        if self._by_hand:
            self.hint = arms.BY_HAND
            return
        self._tool = Tool.MANUAL if self.tool is Tool.ASSISTED else Tool.ASSISTED
        self.drop()

    def toggle_editing(self) -> None:
        """Switch vertex editing on or off."""
        self._interaction()
        if not self.editing and self.drawing.outline is None:
            self.hint = "There is no outline to edit yet: draw one, or open an object from the list."
            return
        self.editing = not self.editing

    def drop(self) -> None:
        """Put the open drawing aside and begin a new one; undo brings it back."""
        self._interaction()
        if self.drawing.is_changed:
            self._done.append(Dropped(self.drawing))
        self._next_drawing()

    def undo(self) -> None:
        """Take the last point or edit back; with nothing drawn, the last accept, delete or drop."""
        self._interaction()
        drawing = self.drawing
        if drawing.undo():
            self.editing = self.editing and drawing.outline is not None
            self._record("prompt_undone")
            self._ask()
        elif drawing.base is not None:
            self._next_drawing()
        elif self._done:
            reopened = self._done[-1].take_back(self._ws, self.person.id, self.annotation)
            self._done.pop()
            self.reload()
            if reopened is not None:
                self.drawing = reopened
                self._tool = reopened.tool if reopened.base is None else self._tool
        else:
            self.hint = "There is nothing to undo."

    # --- saved objects ---

    def accept(self) -> None:
        """Save the open drawing and begin the next. With nothing drawn (a key pressed twice) do nothing."""
        self._interaction()
        drawing = self.drawing
        if drawing.is_empty:
            return
        if drawing.outline is None:
            more = MIN_POINTS if self.tool is Tool.ASSISTED else 3
            self.hint = f"There is no outline to accept yet: it takes {more} points."
            return
        if not drawing.outline.is_valid:
            drawing.edit(repair(drawing.outline, (self.image.width, self.image.height)), 0)
            self.hint = "The outline crossed itself and was untangled. Look at it, then accept again."
            return
        base = drawing.base
        if base is None or drawing.is_changed or drawing.class_id != base.revision.class_id:
            saved = labeling.save_annotation(
                self._ws,
                self.task.id,
                self.person.id,
                drawing.new_revision(self._object_time.seconds),
                annotation_id=base.id if base else None,
                base_revision=base.revision.number if base else None,
                key=drawing.key,
            )
            self._done.append(Accepted(drawing, saved, base))
        elif base.revision.prelabel:
            effort = Effort(active_seconds=self._object_time.seconds)
            labeling.accept_prelabel(self._ws, self.task.id, self.person.id, base.id, effort)
            self._done.append(Confirmed(self.task.id, base.id))
        self.reload()
        self._next_drawing()
        if base is not None and base.revision.prelabel and self.undecided:
            self.open(self.undecided[0].id)

    def open(self, annotation_id: int) -> None:
        """Go on with a saved object: further points, vertices, class."""
        self._interaction()
        if self._has_open_outline():
            return
        self.drawing = Drawing.reopened(self.annotation(annotation_id))
        self._object_time.restart()
        self.editing = False

    def delete(self, annotation_id: int) -> None:
        """Delete a saved object; undo restores it."""
        self._interaction()
        labeling.delete_annotation(self._ws, self.task.id, self.person.id, annotation_id)
        self._done.append(Deleted(self.task.id, annotation_id))
        if self.drawing.base is not None and self.drawing.base.id == annotation_id:
            self._next_drawing()
        self.reload()

    @property
    def undecided(self) -> list[Annotation]:
        """The pre-labels that nobody has decided about."""
        return [one for one in self.annotations if one.revision.prelabel]

    def annotation(self, annotation_id: int) -> Annotation:
        """A saved object of this task; `NotFound` when it is gone."""
        found = next((a for a in self.annotations if a.id == annotation_id), None)
        if found is None:
            raise NotFound("This object no longer exists.")
        return found

    # --- the task ---

    def submit(self) -> bool:
        """Hand the task in. Refused while an outline is open, so that none is forgotten.

        False right after the one before was handed in: that is a second click on the button, meant for that.
        False with nothing labeled, until it is asked for once more.
        """
        asked_at = self._asked_at
        self._interaction()
        now = self._clock()
        if now < self._meant_for_this:
            self.hint = "You just opened this image: submit it again when it is done."
            return False
        self.require_nothing_open()
        if not self.annotations and (asked_at is None or now < asked_at + DOUBLE_CLICK):
            self._asked_at = now if asked_at is None else asked_at
            self.hint = "There are no objects. Submit once more if there is nothing to label here."
            return False
        self.task = labeling.submit(
            self._ws,
            self.task.id,
            self.person.id,
            active_seconds=self.task_time.seconds,
            seen=[one.id for one in self.undecided],
        )
        return True

    def skip(self, reason: str) -> None:
        """Put the task aside; what was saved stays."""
        self._interaction()
        self.task = queue.skip(self._ws, self.task.id, self.person.id, reason)

    def failed(self, error: MaaError) -> None:
        """Something could not be done: keep why, read anew what is saved, look whose the task is."""
        self.failure = str(error)
        self.reload()
        self.check_still_mine()

    def check_still_mine(self) -> None:
        """Find out whether the task was lost, and say so in `lost`."""
        task = queue.get_task(self._ws, self.task.id)
        if task.state is not TaskState.LEASED or task.holder_id != self.person.id:
            self.lost = (
                "This image is no longer yours: the time to work on it ran out and somebody else took it, "
                "or it was submitted elsewhere. What you accepted is saved; an open outline is not."
            )

    @property
    def tool(self) -> Tool:
        """The tool of the open drawing."""
        return self.drawing.tool

    @property
    def class_id(self) -> int:
        """The class of the objects to come."""
        return self._class_id

    # --- within ---

    def require_nothing_open(self) -> None:
        """`InvalidInput` while there is an outline that would be lost."""
        if self._has_open_outline():
            raise InvalidInput(OPEN_OUTLINE)

    def _has_open_outline(self) -> bool:
        if self.drawing.is_open:
            self.hint = OPEN_OUTLINE
        return self.drawing.is_open

    def _ask(self) -> None:
        question = self.drawing.question
        if question is None:
            return
        proposal = self._propose(question)
        if proposal is not None:
            self._record(
                "predicted",
                milliseconds=round(proposal.prediction.milliseconds, 1),
                points=len(question.points),
                confidence=round(proposal.prediction.confidence, 3),
                model=proposal.prediction.model_id,
            )

    def _propose(self, prompt: Prompt) -> Proposal | None:
        if self._by_hand:
            self.hint = arms.BY_HAND
            return None
        try:
            proposal = propose(self._ws, self.image.id, prompt, threshold=self.threshold, detail=self.detail)
        except ModelError as error:
            self.model_problem = str(error)
        except InvalidInput as error:
            self.hint = str(error)
        else:
            self.model_problem = None
            self.drawing.answer(proposal)
            return proposal
        self.drawing.no_answer()
        return None

    def _blank(self) -> Drawing:
        return Drawing(self._tool, self._class_id)

    def _next_drawing(self) -> None:
        self.drawing = self._blank()
        self.editing = False
        self._object_time.restart()

    def _interaction(self, *, starts_object: bool = False) -> None:
        """The person did something: time goes on, and the lease with it."""
        now = self._clock()
        self.hint = self.failure = ""
        self._asked_at = None
        self.task_time.touch(now)
        if starts_object:
            self._object_time = ActiveTime()
        self._object_time.touch(now)
        if now - self._renewed_at > self.project.lease_minutes * 60 / queue.RENEWALS:
            self._renewed_at = now
            try:
                queue.renew_lease(self._ws, self.task.id, self.person.id)
            except MaaError:
                self.check_still_mine()

    def _record(self, kind: EventKind, **data: object) -> None:
        history.record(
            self._ws,
            kind,
            project_id=self.project.id,
            task_id=self.task.id,
            person_id=self.person.id,
            data=data,
        )

"""What a person did on a task, beyond the drawing that is open, and how each is taken back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from maa.domain import Annotation
from maa.ui.annotate.drawing import Drawing
from maa.workflow import labeling
from maa.workflow.labeling import NewRevision
from maa.workflow.workspace import Workspace

Present = Callable[[int], Annotation]
"""The saved object of an id as the page knows it."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """A drawing was put aside."""

    drawing: Drawing

    def take_back(self, ws: Workspace, person_id: int, present: Present) -> Drawing:
        """The drawing, to go on with."""
        return self.drawing


@dataclass(frozen=True, slots=True)
class Deleted:
    """A saved object was deleted."""

    task_id: int
    annotation_id: int

    def take_back(self, ws: Workspace, person_id: int, present: Present) -> None:
        """Restore the object."""
        labeling.restore_annotation(ws, self.task_id, person_id, self.annotation_id)


@dataclass(frozen=True, slots=True)
class Accepted:
    """A drawing was saved."""

    drawing: Drawing
    saved: Annotation
    before: Annotation | None
    """The object as it was before; None where it is new."""

    def take_back(self, ws: Workspace, person_id: int, present: Present) -> Drawing:
        """Delete what is new, or save what was there before once more; the drawing, to accept again."""
        if self.before is None:
            labeling.delete_annotation(ws, self.saved.task_id, person_id, self.saved.id)
            return self.drawing.to_accept_again(None)
        if self.before.revision.prelabel:
            back = labeling.undecide_prelabel(ws, self.saved.task_id, person_id, self.saved.id)
            return self.drawing.to_accept_again(back)
        revision = self.before.revision
        assert revision.outline is not None
        former = NewRevision(
            revision.class_id,
            revision.outline,
            revision.origin,
            revision.prompt,
            revision.model_id,
            revision.model_outline,
            revision.confidence,
        )
        base = labeling.save_annotation(
            ws,
            self.saved.task_id,
            person_id,
            former,
            annotation_id=self.saved.id,
            base_revision=present(self.saved.id).revision.number,
        )
        return self.drawing.to_accept_again(base)


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A pre-label was accepted as it is."""

    task_id: int
    annotation_id: int

    def take_back(self, ws: Workspace, person_id: int, present: Present) -> None:
        """Nobody has decided about it again."""
        labeling.undecide_prelabel(ws, self.task_id, person_id, self.annotation_id)


Deed = Dropped | Deleted | Accepted | Confirmed

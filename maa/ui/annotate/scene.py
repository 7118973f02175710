"""What the canvas shows of the work."""

from __future__ import annotations

from maa.canvas.protocol import Mode, Scene
from maa.canvas.render import Shape
from maa.domain import Annotation, LabelClass
from maa.ui.annotate.drawing import Tool
from maa.ui.annotate.remarks import Remarks
from maa.ui.annotate.work import Work
from maa.workflow.decoding import Pixels

_NO_CLASS = "#9aa4b2"


def scene_of(work: Work, remarks: Remarks, pixels: Pixels) -> Scene:
    """The work at this moment. Objects are numbered as in the list; those sent back are dashed."""
    drawing = work.drawing
    open_id = drawing.base.id if drawing.base is not None else None
    return Scene(
        image_id=work.image.id,
        pixels=pixels,
        mode=Mode.VERTICES if work.editing else Mode.POINTS,
        drawing_number=drawing.number,
        points=drawing.points,
        outline=drawing.outline,
        chain=drawing.tool is Tool.MANUAL,
        color=color_of(work, drawing.class_id),
        others=tuple(
            _shape(work, number, annotation, annotation.id in remarks.objects)
            for number, annotation in enumerate(work.annotations, start=1)
            if annotation.id != open_id
        ),
    )


def class_of(work: Work, class_id: int) -> LabelClass | None:
    """A class of the project, also one that is not in use any more."""
    return work.all_classes.get(class_id)


def color_of(work: Work, class_id: int) -> str:
    label = class_of(work, class_id)
    return label.color if label is not None else _NO_CLASS


def name_of(work: Work, class_id: int) -> str:
    """The class' name as its people wrote it."""
    label = class_of(work, class_id)
    return label.name if label is not None else "no class"


def _shape(work: Work, number: int, annotation: Annotation, sent_back: bool) -> Shape:
    revision = annotation.revision
    assert revision.outline is not None
    label = f"{number} {name_of(work, revision.class_id)}{' !' if sent_back else ''}"
    color = color_of(work, revision.class_id)
    return Shape(revision.outline, color, label, "dashed" if sent_back else "normal")

"""What the canvas shows of the work."""

from __future__ import annotations

from shapely import MultiPolygon, Point

from maa.canvas.protocol import Mode, Scene
from maa.canvas.render import Shape
from maa.domain import Annotation, LabelClass, Review
from maa.ui.annotate.drawing import Tool
from maa.ui.annotate.remarks import Remarks
from maa.ui.annotate.work import Work
from maa.workflow.decoding import Pixels

_NO_CLASS = "#9aa4b2"
_PIN = "#ff9500"


def scene_of(work: Work, remarks: Remarks, pixels: Pixels) -> Scene:
    """The work at this moment. Objects are numbered as in the list; those that were sent back, or that nobody
    has decided about, are dashed. The reviewer's pins are numbered circles.
    """
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
        )
        + tuple(_pin(work, number, pin) for number, pin in enumerate(remarks.pins, start=1)),
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
    mark = " !" if sent_back else " ?" if revision.prelabel else ""
    label = f"{number} {name_of(work, revision.class_id)}{mark}"
    color = color_of(work, revision.class_id)
    return Shape(revision.outline, color, label, "dashed" if mark else "normal")


def _pin(work: Work, number: int, pin: Review) -> Shape:
    assert pin.place is not None
    radius = max(3.0, max(work.image.width, work.image.height) / 120)
    return Shape(MultiPolygon([Point(pin.place).buffer(radius, quad_segs=6)]), _PIN, f"pin {number}")

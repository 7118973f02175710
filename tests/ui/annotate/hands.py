"""What a person does with a task in hand, for tests."""

from shapely import MultiPolygon, Polygon

from maa.domain import Point
from maa.ui.annotate.work import Work
from maa.workflow import labeling
from maa.workflow.workspace import Workspace

FOUR = (Point(10, 30), Point(50, 30), Point(30, 10), Point(30, 50))
FIFTH = Point(12, 12)
BOW_TIE = MultiPolygon([Polygon([(10, 10), (50, 50), (50, 10), (10, 50)])])


def click(work: Work, points: tuple[Point, ...]) -> None:
    """Change the points on the canvas to these."""
    work.change_points(work.drawing.points, points)


def edit(work: Work, outline: MultiPolygon, changes: int) -> None:
    """Change the outline by hand."""
    assert work.drawing.outline is not None
    work.change_outline(work.drawing.outline, outline, changes)


def accept_one(work: Work, points: tuple[Point, ...] = FOUR) -> int:
    """Draw an object and accept it; returns its id."""
    click(work, points)
    work.accept()
    return work.annotations[-1].id


def outlines(ws: Workspace, work: Work) -> list[MultiPolygon | None]:
    return [a.revision.outline for a in labeling.list_annotations(ws, work.task.id)]

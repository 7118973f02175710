"""The object being drawn: its points, the model's proposal, hand edits, and the way back through all of them.

Pure state: no screen, no store, no model. It is told about clicks (`set_points`), answers (`answer`) and
edits (`edit`), and says what to ask the model next (`question`) and what to save (`new_revision`).
"""

from __future__ import annotations

import itertools
import uuid
from dataclasses import dataclass, replace
from enum import StrEnum

import shapely
from shapely import MultiPolygon, Polygon

from maa.domain import Annotation, Box, Effort, Origin, Point, Prompt
from maa.workflow.labeling import NewRevision
from maa.workflow.predict import Proposal

MIN_POINTS = 4
"""Boundary points before the model is asked."""

_numbers = itertools.count(1)


class Tool(StrEnum):
    """How clicks become an outline."""

    ASSISTED = "assisted"
    """Clicks are boundary points that the model answers."""
    MANUAL = "manual"
    """Clicks are the polygon's vertices in order."""


@dataclass(frozen=True, slots=True, eq=False)
class _Step:
    """One state of the drawing; undo goes back to the one before it."""

    points: tuple[Point, ...] = ()
    outline: MultiPolygon | None = None
    proposal: Proposal | None = None
    crop: Box | None = None
    edited: bool = False
    """The outline was changed by hand since the model (or the points) gave it."""
    prior: MultiPolygon | None = None
    """An outline that no points gave (edited by hand, or saved so): further points repair it."""
    before: int = 0
    """How many of the points are older than `prior`."""
    answered: Prompt | None = None
    """What `proposal` is the answer to."""

    @property
    def asked(self) -> tuple[Point, ...]:
        """The points that the model is asked about."""
        return self.points[self.before :]

    @property
    def is_question(self) -> bool:
        return len(self.asked) >= (MIN_POINTS if self.prior is None else 1)


class Drawing:
    """One object from its first click to its being accepted."""

    def __init__(self, tool: Tool, class_id: int) -> None:
        self.number = next(_numbers)
        """Tells this drawing from every other of the process."""
        self.key = uuid.uuid4().hex
        """Names the one save that accepts this drawing."""
        self.class_id = class_id
        self.base: Annotation | None = None
        """The saved object that this drawing will replace, when one was opened again."""
        self.clicks = 0
        self.vertices_moved = 0
        self._tool = tool
        self._steps = [_Step()]

    @staticmethod
    def reopened(annotation: Annotation) -> Drawing:
        """A drawing that goes on with a saved object, from its points and outline."""
        revision = annotation.revision
        prompt = revision.prompt
        drawing = Drawing(Tool.ASSISTED, revision.class_id)
        drawing.base = annotation
        answered = revision.model_outline is not None and revision.model_outline.equals(revision.outline)
        if prompt is not None and prompt.prior is None and answered:
            step = _Step(points=prompt.points, outline=revision.outline, crop=prompt.crop)
        else:
            step = _Step(outline=revision.outline, prior=revision.outline)
        drawing._steps = [step]
        return drawing

    @property
    def tool(self) -> Tool:
        return self._tool

    @property
    def points(self) -> tuple[Point, ...]:
        return self._now.points

    @property
    def outline(self) -> MultiPolygon | None:
        """The outline as it would be saved; may cross itself after hand edits."""
        return self._now.outline

    @property
    def edited(self) -> bool:
        """Whether the outline carries hand edits."""
        return self._now.edited

    @property
    def proposal(self) -> Proposal | None:
        """The model's newest answer on the way to the present outline."""
        return self._now.proposal

    @property
    def is_empty(self) -> bool:
        """Nothing was clicked and nothing opened."""
        return self._now.outline is None and not self._now.points

    @property
    def is_changed(self) -> bool:
        """Something was done that undo could take back or accepting would save."""
        return len(self._steps) > 1

    @property
    def is_open(self) -> bool:
        """There is something that would be lost with the drawing."""
        return self.is_changed and not self.is_empty

    def set_points(self, points: tuple[Point, ...]) -> bool:
        """All points on the canvas, after clicks. Says whether they repair hand edits.

        A further point repairs the outline as it is, hand edits and all; undo takes that back.
        """
        now = self._now
        if points == now.points:
            return False
        added = len(points) - len(now.points)
        if added > 0 and points[: len(now.points)] == now.points:
            self.clicks += added
            for end in range(len(now.points) + 1, len(points) + 1):
                self._advance(points[:end])
        else:
            self._advance(points)
        return now.edited

    def _advance(self, points: tuple[Point, ...]) -> None:
        now = self._now
        if self._tool is Tool.MANUAL:
            step = replace(now, points=points, outline=polygon_through(points), edited=False)
        else:
            step = replace(now, points=points, proposal=None, edited=False)
            if len(points) < now.before:
                step = replace(step, prior=None, before=0)  # what the prior grew from was taken away
            # The last answer stays in sight until the next is there; without four points it has no ground.
            if not step.is_question:
                step = replace(step, crop=None, outline=now.outline if self.base is not None else None)
        self._steps.append(step)

    @property
    def question(self) -> Prompt | None:
        """What to ask the model now; None when there is nothing to ask."""
        now = self._now
        if self._tool is Tool.MANUAL or now.proposal is not None or not now.is_question:
            return None
        if self.base is not None and not self.is_changed:
            return None
        return self.prompt

    @property
    def prompt(self) -> Prompt | None:
        """What the model is asked, with the crop of the first answer; None while there are too few points."""
        now = self._now
        if self._tool is Tool.MANUAL or not now.is_question:
            return None
        return Prompt(points=now.asked, prior=now.prior, crop=now.crop)

    def answer(self, proposal: Proposal) -> None:
        """The model's answer to `prompt`, also when only threshold or detail have changed.

        Hand edits stay; the proposal is then only kept to compare with.
        """
        now = self._now
        if now.edited:
            return
        crop = now.crop or proposal.prediction.crop
        answered = None if self.prompt is None else replace(self.prompt, crop=crop)
        step = replace(now, proposal=proposal, outline=proposal.outline, crop=crop, answered=answered)
        if self.is_changed:
            self._steps[-1] = step
        else:
            self._steps.append(step)  # a saved object, tuned anew: undo goes back to what was saved

    def no_answer(self) -> None:
        """The model had none: no stale outline may pass for one. What it was to repair stays."""
        if not self._now.edited:
            self._steps[-1] = replace(self._now, outline=self._now.prior)

    def edit(self, outline: MultiPolygon, changes: int) -> None:
        """The outline was changed by hand: `changes` vertices were moved, added or deleted."""
        now = self._now
        step = replace(now, outline=outline, edited=True)
        if self._tool is Tool.ASSISTED:
            step = replace(step, prior=outline, before=len(now.points), crop=None)
        self._steps.append(step)
        self.vertices_moved += changes

    def undo(self) -> bool:
        """Take the last point or edit back; False when there is none."""
        if len(self._steps) == 1:
            return False
        self._steps.pop()
        return True

    def to_accept_again(self, base: Annotation | None) -> Drawing:
        """This drawing after its save was taken back; `base` is the object that a new save will replace."""
        self.key = uuid.uuid4().hex
        self.base = base
        return self

    def new_revision(self, active_seconds: float) -> NewRevision:
        """What accepting saves. Call only with an outline that is valid."""
        now = self._now
        assert now.outline is not None
        proposal = now.proposal
        assisted = self._tool is Tool.ASSISTED
        origin = Origin.ASSISTED if assisted else Origin.MANUAL
        if self.base is not None and proposal is None:
            origin = self.base.revision.origin  # only vertices or the class changed
        return NewRevision(
            class_id=self.class_id,
            outline=now.outline,
            origin=origin,
            prompt=now.answered or (self.base.revision.prompt if self.base else None),
            model_id=proposal.prediction.model_id if proposal else None,
            model_outline=proposal.outline if proposal else None,
            confidence=proposal.prediction.confidence if proposal else None,
            effort=Effort(
                active_seconds=active_seconds,
                clicks=self.clicks,
                extra_points=self._extra_points if assisted else 0,
                vertices_moved=self.vertices_moved,
            ),
        )

    @property
    def _extra_points(self) -> int:
        """Points clicked beyond the first four; those on an object opened again are all further ones."""
        if self.base is not None:
            return self.clicks
        already = len(self._steps[0].points)
        return max(0, min(self.clicks, already + self.clicks - MIN_POINTS))

    @property
    def _now(self) -> _Step:
        return self._steps[-1]


def polygon_through(points: tuple[Point, ...]) -> MultiPolygon | None:
    """The polygon with these vertices; None with fewer than three or when they enclose nothing.

    It may cross itself while it is being drawn.
    """
    if len(points) < 3:
        return None
    polygon = Polygon([(point.x, point.y) for point in points])
    return None if shapely.area(polygon.convex_hull) == 0 else MultiPolygon([polygon])

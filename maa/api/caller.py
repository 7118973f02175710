"""Who makes a call, and what a call has to know about them before it does anything."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from starlette.background import BackgroundTask

from maa.api import messages
from maa.api.passes import Pass, Purpose
from maa.domain import Annotation, EventKind, NotAllowed, Role, TaskState
from maa.workflow import history, holding, pseudonyms, remarks, review, seats
from maa.workflow.holding import AtTask
from maa.workflow.remarks import Remarks
from maa.workflow.workspace import Workspace

Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, from which tab."""

    ws: Workspace
    held_pass: Pass
    tab: str
    later: list[BackgroundTask] = field(default_factory=list)
    """What is done once the answer has been sent."""

    @property
    def reviews(self) -> bool:
        return self.held_pass.purpose is Purpose.REVIEW

    @property
    def state(self) -> TaskState:
        """The state in which this person holds the task."""
        return TaskState.IN_REVIEW if self.reviews else TaskState.LEASED

    @property
    def task_id(self) -> int:
        return self.held_pass.task_id

    @property
    def person_id(self) -> int:
        return self.held_pass.person_id

    def holding(self) -> AtTask:
        """The task that they hold; errors as of `workflow.holding.held`."""
        return holding.look_held(self.ws, self.task_id, self.person_id, self.state)

    def present(self) -> AtTask:
        """The task, whoever holds it: for calls whose own transaction looks at that."""
        role = Role.REVIEWER if self.reviews else Role.ANNOTATOR
        return holding.look(self.ws, self.task_id, self.person_id, role)

    def seated(self, at: AtTask) -> AtTask:
        """The same, once the tab is known to have the task's seat; `SeatTaken` when another has it."""
        seats.of(self.ws).require(self.task_id, at.person, self.tab, self.ws.clock())
        return at

    def needs(self, purpose: Purpose) -> None:
        if self.held_pass.purpose is not purpose:
            raise NotAllowed(f"This pass is for the other page. This needs the purpose {purpose.value}.")

    def record_later(self, kind: EventKind, at: AtTask, **data: object) -> None:
        """Write an event once the answer has been sent."""
        self.later.append(
            BackgroundTask(
                history.record,
                self.ws,
                kind,
                project_id=at.project.id,
                task_id=at.task.id,
                person_id=at.person.id,
                data=data,
            )
        )

    # --- what is told about the task ---

    def told(self, at: AtTask, found: Iterable[Annotation]) -> list[dict[str, Any]]:
        """Annotations as the canvas takes them."""
        names = self.names(at)
        remarks = self.remarks(at).objects
        return [
            messages.annotation_json(one, names.get(one.revision.author_id or 0, ""), remarks.get(one.id))
            for one in found
        ]

    def remarks(self, at: AtTask) -> Remarks:
        """What was said when the task was sent back; to a reviewer also when it was submitted again since."""
        if at.task.sent_back_by is None:
            return Remarks()
        if self.reviews:
            return remarks.last_send_back(review.list_reviews(self.ws, at.task.id))
        return remarks.latest_remarks(self.ws, at.task)

    def names(self, at: AtTask) -> dict[int, str]:
        """Of everybody, by person id, as the project calls them; who looks is told their own name."""
        return {**pseudonyms.names_in(self.ws, at.project), at.person.id: at.person.name}

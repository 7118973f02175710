"""The calls of the canvas: each checks who is calling and lets the workflow do the work.

A pass only says who calls. Each call looks up whether the person is active, has the role and holds the task;
what changes something also needs the task's seat.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.background import BackgroundTask

from maa.api import messages
from maa.api.messages import Message
from maa.api.passes import Pass, Purpose
from maa.dextr.shelves import ModelError
from maa.domain import Annotation, InvalidInput, NotAllowed, Origin, Prompt, Role, TaskState
from maa.geometry import DEFAULT_DETAIL, count_vertices, distance_for, repair, simplify
from maa.workflow import drafts, history, holding, labeling, people, projects, queue, remarks, review, seats
from maa.workflow.holding import AtTask
from maa.workflow.labeling import Draft
from maa.workflow.predict import Proposal, is_unsure, propose
from maa.workflow.workspace import Workspace

Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, from which tab."""

    ws: Workspace
    said: Pass
    tab: str
    later: list[BackgroundTask] = field(default_factory=list)
    """What is done once the answer has been sent."""

    @property
    def reviews(self) -> bool:
        return self.said.purpose is Purpose.REVIEW

    @property
    def state(self) -> TaskState:
        """The state in which this person holds the task."""
        return TaskState.IN_REVIEW if self.reviews else TaskState.LEASED

    @property
    def task_id(self) -> int:
        return self.said.task_id

    @property
    def person_id(self) -> int:
        return self.said.person_id

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
        if self.said.purpose is not purpose:
            raise NotAllowed(f"This pass is for the other page. This needs the purpose {purpose.value}.")

    def record_later(self, kind: str, at: AtTask, **data: object) -> None:
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


# --- looking ---


def open_task(caller: Caller, message: Message) -> Answer:
    """Everything a canvas needs to begin with or to go on. Takes the seat if it is free, or with `take`."""
    at = caller.holding()
    ws, now = caller.ws, caller.ws.clock()
    seat = seats.of(ws).take(at.task.id, at.person, caller.tab, now, force=message.flag("take"))
    labels = projects.list_classes(ws, at.project.id, include_retired=True)
    classes = [{"id": label.id, "name": label.name, "color": label.color} for label in labels]
    in_use = {label.id for label in labels if not label.retired}
    answer: Answer = {
        "seat": messages.seat_told(seat),
        "draft": drafts.get_draft(ws, at.task.id, at.person.id),
        "annotations": _annotations(caller, at, labeling.list_annotations(ws, at.task.id)),
        "classes": [label for label in classes if label["id"] in in_use],
        "retired_classes": [label for label in classes if label["id"] not in in_use],
    }
    said = _remarks(caller, at)
    if caller.reviews:
        names = _names(caller)
        reviews = review.list_reviews(ws, at.task.id)
        answer["reviews"] = [messages.review_told(r, names.get(r.reviewer_id, "")) for r in reviews]
        answer["waiting"] = review.waiting(ws, at.project.id)
    else:
        answer["pins"] = [messages.pin_told(pin) for pin in said.pins]
        answer["waiting"] = projects.progress(ws, at.project.id).tasks[TaskState.READY]
    answer["remark"] = said.image and {"reason": said.image.reason, "comment": said.image.comment}
    if seat.mine:
        caller.record_later("opened", at)
    return answer


def predict(caller: Caller, message: Message) -> Answer:
    """The model's outline for a prompt. Nothing is written but, after the answer, an event."""
    at = caller.holding()
    prompt = message.prompt((at.image.width, at.image.height))
    revision = message.whole("rev")
    detail = message.number("detail", 0, 1, default=DEFAULT_DETAIL)
    proposal = propose(
        caller.ws,
        at.image.id,
        prompt,
        threshold=message.number_or_none("threshold", 0, 1),
        detail=detail,
    )
    prediction = proposal.prediction
    caller.record_later(
        "predicted",
        at,
        milliseconds=round(prediction.milliseconds, 1),
        points=len(prompt.points),
        confidence=round(prediction.confidence, 3),
        model=prediction.model_id,
    )
    threshold = message.number_or_none("threshold", 0, 1)
    return {
        "rev": revision,
        "outline": messages.outline_told(proposal.outline),
        "vertices": count_vertices(proposal.outline),
        "crop": messages.crop_told(prediction.crop),
        "confidence": prediction.confidence,
        "unsure": is_unsure(prediction.confidence),
        "ms": prediction.milliseconds,
        "model": prediction.model_id,
        "threshold": prediction.threshold if threshold is None else threshold,
        "detail": detail,
    }


def simplified(caller: Caller, message: Message) -> Answer:
    """Fewer vertices for an outline that no model made."""
    at = caller.holding()
    size = (at.image.width, at.image.height)
    outline = repair(message.outline("outline"), size)
    detail = message.number("detail", 0, 1)
    simpler = simplify(outline, distance_for(detail, outline), size)
    return {"outline": messages.outline_told(simpler), "vertices": count_vertices(simpler)}


def touch(caller: Caller, message: Message) -> Answer:
    """The tab is there; while its person is active, the lease is renewed now and then."""
    at = caller.holding()
    seat = seats.of(caller.ws).touch(at.task.id, at.person, caller.tab, caller.ws.clock())
    if seat.mine and message.flag("active"):
        queue.renew_if_due(caller.ws, at.task.id, at.person.id, caller.state)
    return {"seat": messages.seat_told(seat)}


# --- changing ---


def save(caller: Caller, message: Message) -> Answer:
    """A new object or a new revision of one; on disk when answered. The same key again changes nothing."""
    # Not `holding`: a save that was answered, but whose answer was lost, is answered again.
    at = caller.seated(caller.present())
    size = (at.image.width, at.image.height)
    outline = message.outline("outline")
    origin = Origin(message.choice("origin", (Origin.ASSISTED, Origin.MANUAL)))
    asked = message.message_or_none("prompt")
    prompt = None if asked is None else asked.prompt(size)
    proposal = _proposal_again(caller, at, prompt, message.message_or_none("answer"))
    draft = Draft(
        class_id=message.whole("class"),
        outline=outline,
        origin=origin,
        prompt=prompt,
        model_id=proposal.prediction.model_id if proposal else None,
        model_outline=proposal.outline if proposal else None,
        confidence=proposal.prediction.confidence if proposal else None,
        effort=(message.message_or_none("effort") or Message({})).effort(),
    )
    write = labeling.save_annotation
    saved = write(
        caller.ws,
        at.task.id,
        at.person.id,
        draft,
        annotation_id=message.whole_or_none("annotation"),
        base_revision=message.whole_or_none("base_revision"),
        key=message.text("key", most=100),
    )
    return {"annotation": _annotations(caller, at, [saved])[0]}


def _proposal_again(
    caller: Caller, at: AtTask, prompt: Prompt | None, answer: Message | None
) -> Proposal | None:
    """What the model proposed, from the one who knows: the browser only says what it had asked.

    None without a question, and when another model would answer it by now.
    """
    if prompt is None or answer is None:
        return None
    threshold = answer.number_or_none("threshold", 0, 1)
    detail = answer.number("detail", 0, 1, default=DEFAULT_DETAIL)
    model = answer.text("model", most=200)
    try:
        proposal = propose(caller.ws, at.image.id, prompt, threshold=threshold, detail=detail)
    except (ModelError, InvalidInput):
        return None
    return proposal if proposal.prediction.model_id == model else None


def delete(caller: Caller, message: Message) -> Answer:
    at = caller.seated(caller.holding())
    labeling.delete_annotation(caller.ws, at.task.id, at.person.id, message.whole("annotation"))
    return {"annotation": None}


def restore(caller: Caller, message: Message) -> Answer:
    at = caller.seated(caller.holding())
    back = labeling.restore_annotation(caller.ws, at.task.id, at.person.id, message.whole("annotation"))
    return {"annotation": _annotations(caller, at, [back])[0]}


def draft(caller: Caller, message: Message) -> Answer:
    """What was begun and not saved, kept for a reload; null drops it."""
    at = caller.seated(caller.holding())
    content = message.message_or_none("draft")
    drafts.put_draft(
        caller.ws, at.task.id, at.person.id, caller.state, None if content is None else content.plain()
    )
    return {}


# --- the end of the work ---


def submit(caller: Caller, message: Message) -> Answer:
    caller.needs(Purpose.ANNOTATE)
    at = caller.seated(caller.holding())
    seconds = message.number("active_seconds", 0, 1e7)
    labeling.submit(caller.ws, at.task.id, at.person.id, active_seconds=seconds)
    return _left(caller)


def skip(caller: Caller, message: Message) -> Answer:
    caller.needs(Purpose.ANNOTATE)
    at = caller.seated(caller.holding())
    queue.skip(caller.ws, at.task.id, at.person.id, message.text("reason", most=1000))
    return _left(caller)


def release(caller: Caller, message: Message) -> Answer:
    at = caller.seated(caller.holding())
    give_back = review.release_review if caller.reviews else queue.release
    give_back(caller.ws, at.task.id, at.person.id)
    return _left(caller)


def _left(caller: Caller) -> Answer:
    seats.of(caller.ws).leave(caller.task_id)
    return {}


CALLS: dict[str, Callable[[Caller, Message], Answer]] = {
    "open": open_task,
    "predict": predict,
    "simplify": simplified,
    "touch": touch,
    "save": save,
    "delete": delete,
    "restore": restore,
    "draft": draft,
    "submit": submit,
    "skip": skip,
    "release": release,
}


# --- telling ---


def _annotations(caller: Caller, at: AtTask, found: list[Annotation]) -> list[dict[str, Any]]:
    names = _names(caller)
    said = _remarks(caller, at).objects
    return [
        messages.annotation_told(one, names.get(one.revision.author_id or 0, ""), said.get(one.id))
        for one in found
    ]


def _remarks(caller: Caller, at: AtTask) -> remarks.Remarks:
    """What was said when the task was sent back; to a reviewer also when it was submitted again since."""
    if at.task.sent_back_by is None:
        return remarks.Remarks()
    if caller.reviews:
        return remarks.last_send_back(review.list_reviews(caller.ws, at.task.id))
    return remarks.latest_remarks(caller.ws, at.task)


def _names(caller: Caller) -> dict[int, str]:
    return {who.id: who.name for who in people.list_people(caller.ws, include_inactive=True)}

"""The calls of the canvas: each checks who is calling and lets the workflow do the work.

A pass only says who calls. Each call looks up whether the person is active, has the role and holds the task;
what changes something also needs the task's seat.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from starlette.background import BackgroundTask

from maa.api import drawing_calls, frame_calls, messages
from maa.api.caller import Answer, Caller
from maa.api.messages import Message
from maa.api.passes import Purpose
from maa.domain import MaaError, NotFound, TaskState, Verdict
from maa.workflow import (
    agreement,
    comments,
    drafts,
    labeling,
    projects,
    pyramid,
    queue,
    review,
    seats,
    second_opinion,
    taking_back,
)
from maa.workflow.holding import AtTask
from maa.workflow.images import load_pixels
from maa.workflow.names import TEXT_LENGTH
from maa.workflow.review import ObjectVerdict, Pin
from maa.workflow.workspace import Workspace

MAX_OBJECTS = 10_000


# --- looking ---


def open_task(caller: Caller, message: Message) -> Answer:
    """Everything a canvas needs to begin with or to go on. Takes the seat if it is free, or with `take`."""
    at = caller.holding()
    ws, now = caller.ws, caller.ws.clock()
    seat = seats.of(ws).take(at.task.id, at.person, caller.tab, now, force=message.flag("take"))
    answer: Answer = {
        "seat": messages.seat_json(seat),
        "draft": _draft(ws, at),
        "others": drafts.written_by_others(ws, at.task.id, at.person.id),
        "annotations": caller.told(at, labeling.list_annotations(ws, at.task.id)),
        "classes": _classes(ws, at),
        "threads": _threads(caller, at),
    }
    remarks = caller.remarks(at)
    if caller.reviews:
        names = caller.names(at)
        reviews = review.list_reviews(ws, at.task.id)
        answer["reviews"] = [messages.review_json(r, names.get(r.reviewer_id, "")) for r in reviews]
        back = taking_back.taken_back(ws, at.task, at.person.id)
        answer["taken_back"] = [messages.review_json(r, names.get(r.reviewer_id, "")) for r in back]
        answer["waiting"] = review.waiting(ws, at.project.id, at.person.id)
        answer["differences"] = _differences(caller, at)
    else:
        answer["pins"] = [messages.pin_json(pin) for pin in remarks.pins]
    answer["remark"] = remarks.image and {"reason": remarks.image.reason, "comment": remarks.image.comment}
    if seat.mine:
        caller.record_later("opened", at)
        caller.later.append(BackgroundTask(_prepare, caller, at))
    return answer


def _draft(ws: Workspace, at: AtTask) -> Answer | None:
    """What is kept for a reload. A drawing that was saved since is none of it any more: the word that nothing
    is open may have been lost with the page that saved it."""
    kept = drafts.get_draft(ws, at.task.id, at.person.id)
    drawing = kept.get("drawing") if kept else None
    key = drawing.get("key") if isinstance(drawing, dict) else None
    if kept and isinstance(key, str) and labeling.is_saved(ws, at.task.id, key):
        kept["drawing"] = None
    return kept


def _prepare(caller: Caller, at: AtTask) -> None:
    """What will be asked for soon: this image's pixels by the model, the next one's tiles by the browser."""
    # Whatever is wrong is said when it is asked for.
    with suppress(MaaError):
        load_pixels(caller.ws, at.image.id)
        waiting = TaskState.SUBMITTED if caller.reviews else TaskState.READY
        following = queue.upcoming_image(caller.ws, at.project.id, waiting)
        if following is not None:
            pyramid.prepare(caller.ws, following)


def touch(caller: Caller, message: Message) -> Answer:
    """The tab is there; while its person is active, the lease is renewed now and then. Tells the classes:
    they may be others by now."""
    at = caller.holding()
    seat = seats.of(caller.ws).touch(at.task.id, at.person, caller.tab, caller.ws.clock())
    if seat.mine and message.flag("active"):
        queue.renew_if_due(caller.ws, at.task.id, at.person.id, caller.state)
    return {"seat": messages.seat_json(seat), "classes": _classes(caller.ws, at)}


def _classes(ws: Workspace, at: AtTask) -> list[Answer]:
    return messages.classes_json(projects.list_classes(ws, at.project.id, include_retired=True))


def draft(caller: Caller, message: Message) -> Answer:
    """What was begun and not saved, kept for a reload; null drops it."""
    at = caller.seated(caller.holding())
    content = message.message_or_none("draft")
    drafts.put_draft(
        caller.ws, at.task.id, at.person.id, caller.state, None if content is None else content.plain()
    )
    return {}


# --- what the second annotator of an image did otherwise ---


def take(caller: Caller, message: Message) -> Answer:
    """The reviewer has an object as the second annotator does: `number` of `differences`."""
    caller.needs(Purpose.REVIEW)
    at = caller.seated(caller.holding())
    second_opinion.take(caller.ws, at.task.id, at.person.id, message.integer("number"))
    found = labeling.list_annotations(caller.ws, at.task.id)
    return {"differences": _differences(caller, at), "annotations": caller.told(at, found)}


def _differences(caller: Caller, at: AtTask) -> list[Answer]:
    names = caller.names(at)
    found = agreement.differences(caller.ws, caller.task_id)
    return [messages.difference_json(one, names.get(one.by or 0, "")) for one in found]


# --- comments ---


def comment(caller: Caller, message: Message) -> Answer:
    """Begin a thread, or answer in one (`thread`); with `resolve` close it, with or without a last word."""
    at = caller.seated(caller.holding())
    ws, task_id, person_id = caller.ws, at.task.id, at.person.id
    number = message.integer_or_none("thread")
    text, resolves = _text(message, "text"), message.flag("resolve")
    if number is None:
        place = message.message_or_none("place")
        comments.comment(
            ws,
            task_id,
            person_id,
            text,
            annotation_id=message.integer_or_none("annotation"),
            place=None if place is None else _place(place),
        )
    elif number not in {thread.id for thread in comments.threads(ws, task_id)}:
        raise NotFound("There is no such comment on this image.")
    elif resolves:
        comments.resolve(ws, number, person_id, text)
    else:
        comments.answer(ws, number, person_id, text)
    return {"threads": _threads(caller, at)}


def _threads(caller: Caller, at: AtTask) -> list[Answer]:
    names = caller.names(at)
    return [messages.thread_json(thread, names) for thread in comments.threads(caller.ws, caller.task_id)]


# --- the end of the work ---


def submit(caller: Caller, message: Message) -> Answer:
    """Hand the image in; with `again` what was perhaps done already, though the answer was lost, is well."""
    caller.needs(Purpose.ANNOTATE)
    if message.flag("again") and labeling.is_handed_in(caller.ws, caller.task_id, caller.person_id):
        return _left(caller)
    at = caller.seated(caller.holding())
    seconds = message.number("active_seconds", 0, 1e7)
    seen = message.integers_or_none("prelabels", most=MAX_OBJECTS)
    labeling.submit(caller.ws, at.task.id, at.person.id, active_seconds=seconds, seen=seen)
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


def decide(caller: Caller, message: Message) -> Answer:
    """The reviewer's verdict on the image, on single objects and on places."""
    caller.needs(Purpose.REVIEW)
    at = caller.seated(caller.holding())
    review.decide(
        caller.ws,
        at.task.id,
        at.person.id,
        Verdict(message.choice("verdict", Verdict)),
        reason=message.text("reason", most=100, empty=True),
        comment=_comment(message),
        objects={
            number: _object_verdict(part)
            for number, part in message.numbered("objects", most=MAX_OBJECTS).items()
        },
        pins=[_pin(part) for part in message.messages("pins", most=review.MAX_PINS)],
    )
    return _left(caller)


def _object_verdict(part: Message) -> ObjectVerdict:
    verdict = Verdict(part.choice("verdict", Verdict))
    return ObjectVerdict(verdict, part.text("reason", most=100, empty=True), _comment(part))


def _pin(part: Message) -> Pin:
    x, y = _place(part)
    return Pin(x, y, _comment(part), part.integer_or_none("annotation"))


def _place(part: Message) -> tuple[float, float]:
    x, y = (part.number(key, 0, messages.FARTHEST) for key in ("x", "y"))
    return x, y


def _comment(part: Message) -> str:
    return _text(part, "comment")


def _text(part: Message, key: str) -> str:
    return part.text(key, most=TEXT_LENGTH, empty=True)


def _left(caller: Caller) -> Answer:
    seats.of(caller.ws).leave(caller.task_id)
    return {}


CALLS: dict[str, Callable[[Caller, Message], Answer]] = {
    "open": open_task,
    "predict": drawing_calls.predict,
    "simplify": drawing_calls.simplify,
    "shape": drawing_calls.shape,
    "touch": touch,
    "save": drawing_calls.save,
    "confirm": drawing_calls.confirm,
    "undecide": drawing_calls.undecide,
    "delete": drawing_calls.delete,
    "restore": drawing_calls.restore,
    "frames": frame_calls.around,
    "outlines": frame_calls.outlines,
    "carry": frame_calls.carry,
    "looked": frame_calls.looked,
    "draft": draft,
    "comment": comment,
    "take": take,
    "submit": submit,
    "skip": skip,
    "release": release,
    "decide": decide,
}

"""The calls about one object: ask the model, work on an outline, save, delete, restore."""

from __future__ import annotations

from collections.abc import Callable

from shapely import MultiPolygon
from shapely.errors import GEOSException

from maa import geometry
from maa.api import messages
from maa.api.caller import Answer, Caller
from maa.api.messages import Message, Size
from maa.api.passes import Purpose
from maa.dextr.shelves import ModelError
from maa.domain import Arm, InvalidInput, NotAllowed, Origin, Prompt
from maa.workflow import arms, labeling, review
from maa.workflow.holding import AtTask
from maa.workflow.labeling import NewRevision
from maa.workflow.predict import Proposal, has_worked_with, is_unsure, propose

MAX_GAP = 50.0
"""Pixels between two borders that can still be made one."""


def predict(caller: Caller, message: Message) -> Answer:
    """The model's outline for a prompt. Nothing is written but, after the answer, an event.

    Refused to the annotator of a task that is to be labeled by hand.
    """
    at = caller.holding()
    if _by_hand(caller, at):
        raise NotAllowed(arms.BY_HAND)
    prompt = message.prompt((at.image.width, at.image.height))
    revision = message.integer("rev")
    detail = message.number("detail", 0, 1, default=geometry.DEFAULT_DETAIL)
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
        "outline": messages.outline_json(proposal.outline),
        "vertices": geometry.count_vertices(proposal.outline),
        "crop": messages.crop_json(prediction.crop),
        "confidence": prediction.confidence,
        "unsure": is_unsure(prediction.confidence),
        "ms": prediction.milliseconds,
        "model": prediction.model_id,
        "threshold": prediction.threshold if threshold is None else threshold,
        "detail": detail,
    }


def _by_hand(caller: Caller, at: AtTask) -> bool:
    return not caller.reviews and arms.arm_now(at.project, at.task) is Arm.MANUAL


def simplify(caller: Caller, message: Message) -> Answer:
    """Fewer vertices for an outline that no model made."""
    at = caller.holding()
    size = (at.image.width, at.image.height)
    outline = geometry.repair(message.outline("outline"), size)
    detail = message.number("detail", 0, 1)
    simpler = geometry.simplify(outline, geometry.distance_for(detail, outline), size)
    return {"outline": messages.outline_json(simpler), "vertices": geometry.count_vertices(simpler)}


def shape(caller: Caller, message: Message) -> Answer:
    """An outline changed by an area or a line, or by its neighbours."""
    at = caller.holding()
    change = _SHAPES[message.choice("op", _SHAPES)]
    try:
        outlines = change(message, (at.image.width, at.image.height))
    except GEOSException as error:
        raise InvalidInput("This cannot be worked out with these outlines. Try a simpler line.") from error
    return {
        "outlines": [messages.outline_json(outline) for outline in outlines],
        "vertices": [geometry.count_vertices(outline) for outline in outlines],
    }


def _sound(message: Message, size: Size) -> MultiPolygon:
    return geometry.repair(message.outline("outline"), size)


def _add(message: Message, size: Size) -> list[MultiPolygon]:
    outline = message.outline_or_none("outline")
    sound = None if outline is None else geometry.repair(outline, size)
    return [geometry.added(sound, message.line("ring"), size)]


def _cut(message: Message, size: Size) -> list[MultiPolygon]:
    return [geometry.without(_sound(message, size), message.line("ring"), size)]


def _split(message: Message, size: Size) -> list[MultiPolygon]:
    return geometry.split(_sound(message, size), message.line("line"))


def _merge(message: Message, size: Size) -> list[MultiPolygon]:
    return [geometry.merged([geometry.repair(outline, size) for outline in message.outlines("outlines")])]


def _share(message: Message, size: Size) -> list[MultiPolygon]:
    neighbours = [geometry.repair(outline, size) for outline in message.outlines("neighbours")]
    tolerance = message.number("tolerance", 0, MAX_GAP)
    return [geometry.shared(_sound(message, size), neighbours, tolerance)]


def _repair(message: Message, size: Size) -> list[MultiPolygon]:
    return [_sound(message, size)]


_SHAPES: dict[str, Callable[[Message, Size], list[MultiPolygon]]] = {
    "add": _add,
    "cut": _cut,
    "split": _split,
    "merge": _merge,
    "share": _share,
    "repair": _repair,
}


def save(caller: Caller, message: Message) -> Answer:
    """A new object or a new revision of one; on disk when answered. The same key again changes nothing."""
    # Not `holding`: a save that was answered, but whose answer was lost, is answered again.
    at = caller.present()
    if at.task.holder_id == at.person.id:
        at = caller.seated(at)  # who does not hold it any more takes nobody's seat by trying
    size = (at.image.width, at.image.height)
    outline = message.outline("outline")
    origin = Origin(message.choice("origin", Origin))
    asked = message.message_or_none("prompt")
    prompt = None if asked is None else asked.prompt(size)
    proposal = _proposal_again(caller, at, prompt, message.message_or_none("answer"))
    new = NewRevision(
        class_id=message.integer("class"),
        outline=outline,
        origin=origin,
        prompt=prompt,
        model_id=proposal.prediction.model_id if proposal else None,
        model_outline=proposal.outline if proposal else None,
        confidence=proposal.prediction.confidence if proposal else None,
        effort=(message.message_or_none("effort") or Message({})).effort(),
    )
    write = review.save_correction if caller.reviews else labeling.save_annotation
    saved = write(
        caller.ws,
        at.task.id,
        at.person.id,
        new,
        annotation_id=message.integer_or_none("annotation"),
        base_revision=message.integer_or_none("base_revision"),
        key=message.text("key", most=100),
    )
    return {"annotation": caller.told(at, [saved])[0]}


def _proposal_again(
    caller: Caller, at: AtTask, prompt: Prompt | None, answer: Message | None
) -> Proposal | None:
    """What the model proposed, from the one who knows: the browser only says what it had asked, and whom.

    None without a question, when the project never worked with that model, and where the model is not asked.
    The project may have taken up another one meanwhile: what is on the screen is the earlier one's.
    """
    if prompt is None or answer is None or _by_hand(caller, at):
        return None
    threshold = answer.number_or_none("threshold", 0, 1)
    detail = answer.number("detail", 0, 1, default=geometry.DEFAULT_DETAIL)
    model = answer.text("model", most=200)
    try:
        if not has_worked_with(caller.ws, at.project.id, model):
            return None
        return propose(caller.ws, at.image.id, prompt, threshold=threshold, detail=detail, model=model)
    except (ModelError, InvalidInput):
        return None


def confirm(caller: Caller, message: Message) -> Answer:
    """A pre-label is good as it is."""
    caller.needs(Purpose.ANNOTATE)
    at = caller.seated(caller.holding())
    accepted = labeling.accept_prelabel(
        caller.ws,
        at.task.id,
        at.person.id,
        message.integer("annotation"),
        (message.message_or_none("effort") or Message({})).effort(),
    )
    return {"annotation": caller.told(at, [accepted])[0]}


def undecide(caller: Caller, message: Message) -> Answer:
    """What was decided about a pre-label is undone."""
    caller.needs(Purpose.ANNOTATE)
    at = caller.seated(caller.holding())
    back = labeling.undecide_prelabel(caller.ws, at.task.id, at.person.id, message.integer("annotation"))
    return {"annotation": caller.told(at, [back])[0]}


def delete(caller: Caller, message: Message) -> Answer:
    at = caller.seated(caller.holding())
    hide = review.delete_corrected if caller.reviews else labeling.delete_annotation
    hide(caller.ws, at.task.id, at.person.id, message.integer("annotation"))
    return {"annotation": None}


def restore(caller: Caller, message: Message) -> Answer:
    at = caller.seated(caller.holding())
    bring = review.restore_corrected if caller.reviews else labeling.restore_annotation
    back = bring(caller.ws, at.task.id, at.person.id, message.integer("annotation"))
    return {"annotation": caller.told(at, [back])[0]}

"""The calls about the frames around the one in hand: where it is in its sequence, the outlines of others, and
taking some of them over.
"""

from __future__ import annotations

from maa.api import messages
from maa.api.caller import Answer, Caller
from maa.api.messages import Message
from maa.api.passes import Purpose
from maa.workflow import carrying, frames

MAX_LOOKS = 100_000


def around(caller: Caller, message: Message) -> Answer:
    """The frames around the task's image: `frames` lists [image, frame number, whether its outlines can be
    seen]; empty when the image is no frame.
    """
    at = caller.holding()
    found = frames.surroundings(caller.ws, at)
    if found is None:
        return {"frames": [], "place": 0, "of": 0, "video": None, "seconds": None}
    return {
        "frames": [[one.image.id, one.image.frame, one.image.id in found.labeled] for one in found.around],
        "place": found.here.place,
        "of": found.here.of,
        "video": found.video and found.video.name,
        "seconds": found.seconds if found.video else None,
    }


def outlines(caller: Caller, message: Message) -> Answer:
    """The objects of a labeled frame nearby: to be seen, not to be changed."""
    at = caller.holding()
    found = frames.objects(caller.ws, at, message.integer("image"))
    return {
        "objects": [
            {
                "id": one.id,
                "class": one.revision.class_id,
                "outline": messages.outline_json(one.revision.outline),
            }
            for one in found
        ]
    }


def carry(caller: Caller, message: Message) -> Answer:
    """Objects of a labeled frame nearby, followed to this one as pre-labels; `how` says by what, "" for those
    that were here already.
    """
    caller.needs(Purpose.ANNOTATE)
    at = caller.seated(caller.holding())
    carried = carrying.carry(
        caller.ws,
        at.task.id,
        at.person.id,
        message.integer("image"),
        message.integers("annotations", most=carrying.MAX_AT_ONCE),
    )
    return {
        "annotations": caller.told(at, [one.annotation for one in carried]),
        "how": [one.how for one in carried],
    }


def looked(caller: Caller, message: Message) -> Answer:
    """Other frames were looked at: written down, and nothing else."""
    at = caller.holding()
    caller.record_later(
        "frames_looked_at",
        at,
        steps=message.integer("steps", most=MAX_LOOKS),
        plays=message.integer("plays", most=MAX_LOOKS),
        seconds=round(message.number("seconds", 0, 1e6), 1),
    )
    return {}

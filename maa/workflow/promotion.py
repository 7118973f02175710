"""Which models a project works with, to outline and to find objects: taking one up, and going back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from maa.dextr.architectures import outlived
from maa.dextr.library import check_files
from maa.dextr.shelves import LibraryModel, find_model
from maa.domain import Conflict, InvalidInput, NotAllowed
from maa.domain.library import (
    GENERAL,
    HELD_BACK,
    ChoiceHow,
    DetectorMeasurement,
    Measurement,
    ModelChoice,
    ModelPurpose,
    ModelState,
    above_zero,
)
from maa.domain.wording import count
from maa.store import events, micromodels
from maa.store.connection import Transaction
from maa.workflow import access, library
from maa.workflow.names import clean_text
from maa.workflow.predict import detector, forget_named, predictor
from maa.workflow.workspace import Workspace

MIN_OBJECTS = 10
MIN_IMAGES = 4
"""Fewer held-back objects, or images that they are on, tell nothing."""
CLEARLY_WORSE = 0.01
"""IoU that a candidate may lose in general, whatever the interval says."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Whether a candidate may replace the model that a project works with."""

    passed: bool
    why: str
    """A sentence or two for people."""


def finding(measurements: Sequence[Measurement], candidate: str, present: str) -> Finding:
    """What the newest comparison of two models says. Better on the project: the whole 95 % interval of the
    difference is above 0 as it is shown, in thousandths. Clearly worse in general: the whole interval is
    below 0, by more than a hundredth on average.

    Args:
        measurements: of the project, oldest first.
        candidate, present: model ids.
    """
    newest = {
        one.measured_on: one
        for one in measurements
        if one.model_id == candidate and one.against == present and one.low is not None
    }
    here, general = newest.get(HELD_BACK), newest.get(GENERAL)
    if here is None or general is None:
        return Finding(False, f"It was not compared with {present}, the project's model.")
    said = f"On the project's held-back objects: {_difference(here)}. In general: {_difference(general)}."
    if here.objects < MIN_OBJECTS or here.images < MIN_IMAGES:
        return Finding(
            False,
            f"Too few to tell: {count(here.objects, 'held-back object')} on {count(here.images, 'image')} "
            f"({MIN_OBJECTS} on {MIN_IMAGES} are needed). {said}",
        )
    assert here.low is not None
    assert general.high is not None
    assert general.difference is not None
    assert here.high is not None
    if here.high < 0:
        return Finding(False, f"It is clearly worse on the project. {said}")
    if not above_zero(here.low):
        return Finding(False, f"It is not clearly better on the project. {said}")
    if general.high < 0 and general.difference < -CLEARLY_WORSE:
        return Finding(False, f"It is clearly worse in general. {said}")
    return Finding(True, f"It is better on the project and not clearly worse in general. {said}")


def _difference(one: Measurement) -> str:
    return (
        f"{one.difference:+.3f} IoU [{one.low:+.3f}, {one.high:+.3f}] on {count(one.objects, 'object')}"
        f" ({one.iou_mean:.3f})"
    )


def detector_finding(
    measurements: Sequence[DetectorMeasurement], candidate: str, present: str | None
) -> Finding:
    """What the newest measurement of a detector says. Useful: the whole 95 % interval of the actions that it
    saves is above 0. Better than the detector that the project has: the whole interval of the difference on
    the same objects is above 0.

    Args:
        measurements: of the project, oldest first.
        candidate, present: model ids; None while the project has no detector.
    """
    here = next((one for one in reversed(measurements) if one.model_id == candidate), None)
    if here is None:
        return Finding(False, "It was not measured on the project's held-back objects.")
    said = (
        f"Of {count(here.objects, 'held-back object')} on {count(here.images, 'image')} it finds "
        f"{here.recall:.0%}; {here.precision:.0%} of what it finds is right (AP50 "
        f"{here.average_precision:.2f}, threshold {here.threshold:.2f}). {here.opened_05:.0%} open with an "
        f"outline of IoU 0.5, {here.opened_08:.0%} of 0.8. Of four clicks per object, {here.saved:.2f} "
        f"are saved [{here.low:.2f}, {here.high:.2f}]."
    )
    if here.objects < MIN_OBJECTS or here.images < MIN_IMAGES:
        least = f"{MIN_OBJECTS} objects on {MIN_IMAGES} images are needed"
        return Finding(False, f"That is too little to tell; {least}. {said}")
    if not above_zero(here.low, digits=2):
        return Finding(False, f"It does not clearly save work: too much to add or to delete. {said}")
    if present is not None and present != candidate:
        if here.against != present or here.difference is None or here.difference_low is None:
            return Finding(False, f"It was not compared with {present}, which the project has. {said}")
        said = (
            f"Compared with {present}, which the project has, it saves {here.difference:+.2f} actions per "
            f"object [{here.difference_low:+.2f}, {here.difference_high:+.2f}]. {said}"
        )
        if not above_zero(here.difference_low, digits=2):
            return Finding(False, f"It is not clearly better. {said}")
    return Finding(True, f"It saves work. {said}")


def look_at(ws: Workspace, project_id: int, name: str) -> Finding:
    """`finding` of a model of the library for a project as it is now."""
    with ws.store.read() as tx:
        return _finding(tx, project_id, find_model(name))


def promote(
    ws: Workspace,
    project_id: int,
    name: str,
    *,
    reason: str = "",
    override: bool = False,
    by: int | None = None,
) -> ModelChoice:
    """Have a project work with a model.

    A candidate must have been better on the project and not clearly worse in general; with `override` a
    manager takes it up all the same, and their reason stands in the history. A model that is active already
    is taken up without a comparison: there may be nothing to compare on yet.

    It is loaded and checked first, so that nobody waits for it or meets a damaged file.

    Raises:
        NotAllowed: the comparison says no; the message says what it found.
        InvalidInput: `override` without a reason.
        Conflict: it is retired, or the project works with it already.
        ModelError: its files are damaged.
    """
    reason = clean_text(reason, "reason")
    model = find_model(name)
    _load(model.id, purpose := purpose_of(model))
    check_files(model)  # the loaded one may be older than what is on the disk
    with ws.store.write() as tx:
        access.require_manager(tx, by, project_id)
        access.open_project(tx, project_id)
        state = library.state_of(model, micromodels.states(tx), library.default_id())
        if state is ModelState.RETIRED:
            raise Conflict(f"{model.name} is retired. Choose another model.")
        if _present(tx, project_id, purpose) == model.id:
            raise Conflict(f"The project already works with {model.name}.")
        how = ChoiceHow.CHOSEN
        if state is ModelState.CANDIDATE:
            how, reason = _judged(tx, project_id, model, reason, override)
            micromodels.set_state(tx, model.id, ModelState.ACTIVE)
        choice = _choose(tx, project_id, model.id, purpose, how, reason, by)
    forget_named(ws)
    return choice


def roll_back(
    ws: Workspace,
    project_id: int,
    purpose: ModelPurpose = ModelPurpose.OUTLINES,
    *,
    by: int | None = None,
) -> ModelChoice:
    """Have a project work with the model again that its present one replaced; with no detector where that
    was the first one.

    Raises:
        Conflict: there was none before.
        ModelError: that model is not in the library any more, or damaged.
    """
    with ws.store.read() as tx:
        before = _before(tx, project_id, purpose)
    again = None if outlived(before) else before
    _load(again, purpose)
    with ws.store.write() as tx:
        access.require_manager(tx, by, project_id)
        access.open_project(tx, project_id)
        if _before(tx, project_id, purpose) != before:
            raise Conflict("Somebody else changed the project's model at the same moment. Look again.")
        choice = _choose(tx, project_id, again, purpose, ChoiceHow.ROLLED_BACK, "", by)
    forget_named(ws)
    return choice


def history(ws: Workspace, project_id: int) -> list[ModelChoice]:
    """What the project worked with, newest first; before the first it was the library's default."""
    with ws.store.read() as tx:
        access.project(tx, project_id)
        return micromodels.choices(tx, project_id)


def purpose_of(model: LibraryModel) -> ModelPurpose:
    """What a project works with a model for."""
    return ModelPurpose.OBJECTS if model.detects else ModelPurpose.OUTLINES


def present_detector(ws: Workspace, project_id: int) -> LibraryModel | None:
    """The detector that a project has; None while it has none.

    Raises:
        ModelError: the library lacks it.
    """
    with ws.store.read() as tx:
        access.project(tx, project_id)
        model_id = micromodels.chosen(tx, project_id, ModelPurpose.OBJECTS)
    return find_model(model_id) if model_id else None


def can_roll_back(ws: Workspace, project_id: int, purpose: ModelPurpose) -> bool:
    """Whether there is a choice to go back to."""
    with ws.store.read() as tx:
        try:
            _before(tx, project_id, purpose)
        except Conflict:
            return False
    return True


def present_model(ws: Workspace, project_id: int) -> LibraryModel:
    """The model that a project works with for outlines: the one it named, unless that is `outlived`, else
    the library's default.

    Raises:
        ModelError: the library lacks it, or has no default.
    """
    with ws.store.read() as tx:
        access.project(tx, project_id)
        chosen = micromodels.chosen(tx, project_id)
    return find_model(None if outlived(chosen) else chosen)


def _judged(
    tx: Transaction, project_id: int, model: LibraryModel, reason: str, override: bool
) -> tuple[ChoiceHow, str]:
    found = _finding(tx, project_id, model)
    if found.passed:
        return ChoiceHow.PROMOTED, " ".join(part for part in (reason, found.why) if part)
    if not override:
        raise NotAllowed(f"{model.name} is not promoted. {found.why} A manager's reason overrides this.")
    if not reason:
        raise InvalidInput(f"Say why {model.name} is promoted anyway. {found.why}")
    return ChoiceHow.OVERRIDDEN, f"{reason} (At that time: {found.why})"


def _finding(tx: Transaction, project_id: int, model: LibraryModel) -> Finding:
    purpose = purpose_of(model)
    present = _present(tx, project_id, purpose)
    if purpose is ModelPurpose.OBJECTS:
        measured = micromodels.detector_measurements(tx, project_id=project_id)
        return detector_finding(measured, model.id, present)
    if present is None:
        return Finding(
            False,
            "The model that the project works with is not in the library, so there is "
            "nothing to compare with.",
        )
    return finding(micromodels.measurements(tx, project_id=project_id), model.id, present)


def _present(tx: Transaction, project_id: int, purpose: ModelPurpose) -> str | None:
    """The id of the model that the project works with, named or by default; a detector only if named."""
    named = micromodels.chosen(tx, project_id, purpose)
    if outlived(named):
        named = None
    return named if named or purpose is ModelPurpose.OBJECTS else library.default_id()


def _load(model_id: str | None, purpose: ModelPurpose) -> None:
    """Nobody is to wait for a model that is taken up, or to meet a damaged file."""
    if purpose is ModelPurpose.OUTLINES:
        predictor(model_id)
    elif model_id is not None:
        detector(model_id)


def _before(tx: Transaction, project_id: int, purpose: ModelPurpose) -> str | None:
    """What the present model had replaced when it was taken up."""
    choices = [one for one in micromodels.choices(tx, project_id) if one.purpose is purpose]
    if choices:
        for choice in choices:
            if choice.model_id == choices[0].model_id and choice.how is not ChoiceHow.ROLLED_BACK:
                return choice.replaced
    raise Conflict("The project has not worked with any other model before.")


def _choose(
    tx: Transaction,
    project_id: int,
    model_id: str | None,
    purpose: ModelPurpose,
    how: ChoiceHow,
    reason: str,
    by: int | None,
) -> ModelChoice:
    replaced = micromodels.chosen(tx, project_id, purpose)
    choice = micromodels.add_choice(
        tx, project_id, model_id, purpose, replaced=replaced, how=how, reason=reason, person_id=by
    )
    data = {
        "model": model_id,
        "purpose": purpose.value,
        "replaced": replaced,
        "how": how.value,
        "reason": reason,
    }
    events.add(tx, "model_chosen", project_id=project_id, person_id=by, data=data)
    return choice

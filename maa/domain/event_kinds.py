"""What can be noted as an event: one name for each kind of thing that happens."""

from __future__ import annotations

from typing import Literal, cast, get_args

EventKind = Literal[
    # people and their accounts
    "person_added",
    "role_changed",
    "activated",
    "deactivated",
    "admin_made",
    "admin_unmade",
    "signed_in",
    "signed_out",
    "password_reset",
    "password_changed",
    "unlocked",
    "email_set",
    "single_sign_on_linked",
    "name_removed",
    "refused",  # who was not let do what, why, and from which call
    # projects and their classes
    "project_created",
    "project_updated",
    "settings_changed",
    "archived",
    "unarchived",
    "demo_seeded",
    "class_added",
    "class_renamed",
    "class_recolored",
    "class_moved",
    "class_retired",
    "class_restored",
    "class_merged",
    # what comes in and goes out
    "imported",
    "objects_imported",
    "exported",
    "backed_up",
    "project_restored",
    # labeling
    "priority_changed",
    "claimed",
    "opened",
    "predicted",
    "prompt_undone",
    "frames_looked_at",
    "carried",  # an annotator took an object over from a frame nearby, as a pre-label
    "saved",
    "deleted",
    "restored",
    "released",
    "skipped",
    "submitted",
    "taken_back",  # by its author, before anybody looked at it
    "reopened",
    # review and quality
    "review_claimed",
    "review_released",
    "passed",
    "approved",
    "approved_unseen",
    "approved_by_import",
    "sent_back",
    "corrected",  # a reviewer changed an object of the task in review
    "verdict_taken_back",  # by its reviewer, before anybody acted on it
    "comment_said",
    "comment_resolved",
    "comment_reopened",
    "gold_marked",
    "gold_unmarked",
    "gold_scored",
    "duplicate_asked",
    "agreed",
    "disagreed",
    # models and pre-labels
    "model_imported",
    "model_chosen",
    "model_retired",
    "model_brought_back",
    "finetune_started",
    "finetune_done",
    "finetune_failed",
    "finetune_cancelled",
    "detector_started",
    "detector_done",
    "detector_failed",
    "detector_cancelled",
    "compare_started",
    "compare_done",
    "compare_failed",
    "compare_cancelled",
    "training_restarted",
    "prelabels_begun",
    "prelabels_made",
    "prelabeled",
    "compared",  # two models' answers to an image's pre-labels
    "prelabel_decided",  # accepted, reclassed, repaired or deleted
]


def event_kind(composed: str) -> EventKind:
    """A name that was put together, "compare_" + "done"; `ValueError` if there is no such kind."""
    if composed not in get_args(EventKind):
        raise ValueError(f"There is no kind of event named {composed!r}.")
    return cast(EventKind, composed)

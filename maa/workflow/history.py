"""What happened, append-only.

Kinds written by the workflow itself: `person_added`, `role_changed`, `activated`, `deactivated`,
`project_created`, `project_updated`, `archived`, `unarchived`, `class_added`, `class_renamed`,
`class_recolored`, `class_moved`, `class_retired`, `class_restored`, `class_merged`, `imported`, `claimed`,
`released`, `skipped`, `reopened`, `priority_changed`, `settings_changed`, `saved`, `deleted`, `restored`,
`submitted`, `review_claimed`, `review_released`, `approved`, `sent_back`, `exported`, `objects_imported`,
`approved_by_import`, `backed_up`, `project_restored`, `demo_seeded`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from maa.domain import Event
from maa.store import events as rows
from maa.workflow.workspace import Workspace


def record(
    ws: Workspace,
    kind: str,
    *,
    project_id: int | None = None,
    task_id: int | None = None,
    annotation_id: int | None = None,
    person_id: int | None = None,
    data: Mapping[str, object] | None = None,
) -> None:
    """Note something that changes nothing else: 'predicted', 'prompt_undone', 'opened', 'exported'...

    `data`: anything JSON can hold.
    """
    with ws.store.write() as tx:
        rows.add(
            tx,
            kind,
            project_id=project_id,
            task_id=task_id,
            annotation_id=annotation_id,
            person_id=person_id,
            data=data,
        )


def events(
    ws: Workspace,
    *,
    project_id: int | None = None,
    task_id: int | None = None,
    kinds: Collection[str] | None = None,
    limit: int = 1000,
) -> list[Event]:
    """The newest `limit` events, newest first."""
    with ws.store.read() as tx:
        return rows.newest(tx, project_id=project_id, task_id=task_id, kinds=kinds, limit=limit)

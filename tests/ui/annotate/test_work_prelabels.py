"""Pre-labels on the classic canvas: accepted, repaired, and decided about anew."""

from shapely import MultiPolygon, box

from maa.ui.annotate.work import Work
from maa.workflow import history, labeling, prelabels
from maa.workflow.prelabels import Proposed
from maa.workflow.workspace import Workspace
from tests.ui.annotate.hands import accept_one, edit


def proposed(ws: Workspace, work: Work, count: int) -> list[int]:
    """So many pre-labels, on the work's image."""
    with ws.store.write() as tx:
        outlines = [MultiPolygon([box(20 * n, 10, 20 * n + 15, 40)]) for n in range(count)]
        proposals = [Proposed(work.classes[0].id, one, None, "tiny@0123456789ab", 0.9) for one in outlines]
        made = prelabels.put(tx, work.task, proposals)
    work.reload()
    return [one.id for one in made]


def test_enter_decides_about_an_opened_pre_label_and_the_next_one_opens(
    ws: Workspace, work: Work, stopwatch
) -> None:
    first, second, third = proposed(ws, work, 3)
    work.open(first)
    stopwatch.now += 2
    work.accept()
    accepted = work.annotation(first).revision
    assert (accepted.author_id, accepted.prelabel) == (work.person.id, False)
    assert work.drawing.base is not None
    assert work.drawing.base.id == second
    edit(work, MultiPolygon([box(20, 10, 30, 40)]), 1)
    work.accept()
    assert work.drawing.base.id == third
    work.drop()
    assert [one.id for one in work.undecided] == [third]
    choices = [e.data["choice"] for e in history.events(ws, kinds=["prelabel_decided"])]
    assert choices == ["repaired", "accepted"]
    work.undo()
    assert [one.id for one in work.undecided] == [second, third], "the repair is open again"
    work.drop()
    work.undo()  # the drop
    work.accept()
    assert [one.id for one in work.undecided] == [third]
    work.drop()
    assert work.submit()
    assert labeling.list_annotations(ws, work.task.id)[2].revision.author_id == work.person.id


def test_undo_takes_an_accepted_pre_label_back_and_nothing_before_it(ws: Workspace, work: Work) -> None:
    own = accept_one(work)
    (first,) = proposed(ws, work, 1)
    work.open(first)
    work.accept()
    assert work.undecided == []
    work.undo()
    assert [one.id for one in work.undecided] == [first]
    assert [one.id for one in work.annotations] == [own, first]
    work.undo()
    assert [one.id for one in work.annotations] == [first]

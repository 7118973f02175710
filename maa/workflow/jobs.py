"""Training jobs: processes of their own, their folders, and what comes of them.

The app writes what a training needs into a folder and starts the process, which knows no database (see
`maa.learning.job`). The app alone records what came of it. A process that died is started again and goes on
from its checkpoint; annotators notice none of it.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from maa.dextr.shelves import LibraryModel
from maa.domain import Conflict, InvalidInput, MaaError, NotFound, event_kind, refused_by_system
from maa.domain.library import JobKind, JobState, TrainingJob
from maa.learning import job_folder as worker
from maa.store import events, training_jobs
from maa.store.connection import StoreFailed, Transaction
from maa.workflow import access, job_results, training_data
from maa.workflow.workspace import Workspace

_log = logging.getLogger(__name__)

MAX_STARTS = 3
"""A process that died so often is not started again."""
STARTING_SECONDS = 60.0
"""A process imports for some seconds before it takes its lock."""
MAX_MINUTES = 24 * 60
"""Minutes that a training may take."""
SETTLE_SECONDS = 2.0
"""Between two looks at the running jobs."""

# Two threads must not record, or start, one job.
_settling = threading.Lock()
_children: dict[Path, subprocess.Popen[bytes]] = {}
"""The processes that this one started, by the folder of their jobs."""
_preparing: set[int] = set()
"""Jobs of this process whose folders are being written."""
_waiting: dict[int, str] = {}
"""Jobs that are finished, and why they cannot be recorded yet."""


class _NotNow(MaaError):
    """The machine has no room, or does not let us write: not the candidate's fault, and it can be mended."""


@dataclass(frozen=True, slots=True)
class JobProgress:
    """How far a running job says it is."""

    phase: str
    share: float
    """Of the phase, 0..1."""
    more: dict[str, Any]
    """While training: running `loss`, `iou`, and `samples` so far."""


def no_progress(done: int, total: int, name: str) -> None:
    pass


def begin(
    ws: Workspace,
    project_id: int,
    kind: JobKind,
    parent: LibraryModel,
    candidate: str,
    minutes: float | None,
    found: training_data.Approved,
    prepare: Callable[[Path], worker.Order],
    by: int | None,
) -> TrainingJob:
    """Write out what a new job needs, by `prepare`, and start its process.

    Raises:
        Conflict: a job of the project is running already.
        InvalidInput: the budget is none, nothing is held back yet, or it could not be written out.
    """
    if minutes is not None and not 0 < minutes <= MAX_MINUTES:
        raise InvalidInput(f"A training must take more than 0 and at most {MAX_MINUTES} minutes.")
    if reason := training_data.lacking(found, 0):
        raise InvalidInput(reason)
    with ws.store.write() as tx:
        access.require_manager(tx, by, project_id)
        access.open_project(tx, project_id)
        if any(one.state is JobState.RUNNING for one in training_jobs.listed(tx, project_id=project_id)):
            raise Conflict(
                "A training or comparison of this project is running already. Wait for it, or cancel it."
            )
        new = training_jobs.add(
            tx, project_id, kind, parent=parent.id, candidate=candidate, minutes=minutes, person_id=by
        )
        _preparing.add(new.id)  # no process yet, and not dead
        new = replace(
            new,
            images=len(found.train),
            objects=training_data.count_objects(found.train),
            held_back=training_data.count_objects(found.held_back),
            starts=1,
        )
        training_jobs.save(tx, new)
        data = {"job": new.id, "parent": parent.id, "candidate": candidate}
        events.add(tx, event_kind(f"{kind.value}_started"), project_id=project_id, person_id=by, data=data)
    folder = job_results.folder(ws, new.id)
    try:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        worker.write_order(folder, prepare(folder))
        with _settling, ws.store.read() as tx:
            if _job(tx, new.id).state is JobState.RUNNING:  # nobody cancelled it meanwhile
                _start(folder)
    except BaseException as error:
        shutil.rmtree(folder, ignore_errors=True)
        with ws.store.write() as tx:
            present = _job(tx, new.id)
            if present.state is not JobState.RUNNING:  # cancelled while its data was written
                return present
            _end(tx, new, JobState.FAILED, str(error), by)
        if isinstance(error, OSError | MaaError):
            raise InvalidInput(f"The training could not be prepared: {error}") from error
        raise
    finally:
        _preparing.discard(new.id)
    return new


def check_threads(threads: int) -> None:
    """`InvalidInput` unless a training can be given so many."""
    if threads < 1:
        raise InvalidInput(f"A training needs at least one thread, not {threads}.")


def listed(ws: Workspace, project_id: int | None = None) -> list[TrainingJob]:
    """Newest first, as they are now."""
    settle(ws)
    with ws.store.read() as tx:
        return training_jobs.listed(tx, project_id=project_id)


def job(ws: Workspace, job_id: int) -> TrainingJob:
    """One job as it is now; `NotFound` if there is none."""
    settle(ws)
    with ws.store.read() as tx:
        return _job(tx, job_id)


def progress(ws: Workspace, job_id: int) -> JobProgress:
    """What a running job says of itself, or why what came of it cannot be recorded yet."""
    if job_id in _waiting:
        return JobProgress(f"finished, to be recorded as soon as possible. {_waiting[job_id]}", 1.0, {})
    try:
        said = json.loads((job_results.folder(ws, job_id) / worker.PROGRESS).read_text(encoding="utf-8"))
        return JobProgress(str(said.pop("phase")), float(said.pop("share")), said)
    except (OSError, ValueError, KeyError, TypeError):
        return JobProgress("starting", 0.0, {})


def cancel(ws: Workspace, job_id: int, *, by: int | None = None) -> TrainingJob:
    """End a running job; what it had learnt is thrown away. A job that has ended stays as it is."""
    with ws.store.read() as tx:
        access.require_manager(tx, by, _job(tx, job_id).project_id)
    with _settling:
        with ws.store.read() as tx:
            found = _job(tx, job_id)
        if found.state is not JobState.RUNNING:
            return found

        def throw_away() -> None:
            _stop(job_results.folder(ws, job_id))
            shutil.rmtree(job_results.folder(ws, job_id), ignore_errors=True)

        return _record(ws, lambda tx: _end(tx, found, JobState.CANCELLED, "", by), throw_away)


def settle(ws: Workspace) -> None:
    """Bring the running jobs up to date: record what is finished, start again what died."""
    with _settling:
        with ws.store.read() as tx:
            running = training_jobs.listed(tx, state=JobState.RUNNING)
        for found in running:
            if found.id in _preparing:
                continue
            try:
                _settle(ws, found)
                _waiting.pop(found.id, None)
            except _NotNow as because:  # the next look records it; other jobs need not wait
                if _waiting.get(found.id) != str(because):
                    _log.warning("Training job %s cannot be recorded yet. %s", found.id, because)
                _waiting[found.id] = str(because)


def keep_settling(ws: Workspace, stop: threading.Event) -> None:
    """`settle` now and then until `stop`: for a thread of the app."""
    while not stop.wait(SETTLE_SECONDS):
        try:
            settle(ws)
        except MaaError:
            pass  # the next look may find things in order again; pages say what is wrong until then
        except Exception:
            _log.exception("Looking after the training jobs failed; the next look tries again.")


def _job(tx: Transaction, job_id: int) -> TrainingJob:
    found = training_jobs.get(tx, job_id)
    if found is None:
        raise NotFound(f"There is no training job number {job_id}.")
    return found


def _start(folder: Path) -> None:
    (folder / worker.LOCK).unlink(missing_ok=True)  # of a process that is gone
    with (folder / "log.txt").open("ab") as log:
        log.write(b"started\n")
        _children[folder] = subprocess.Popen(
            [sys.executable, "-m", "maa.learning.job", str(folder)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # it outlives the app, and a Ctrl-C meant for that
            env={**os.environ, "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "1")},
            cwd=Path(worker.__file__).parents[2],
        )


def _stop(folder: Path) -> None:
    """End the process of a job, if it has one."""
    child = _children.get(folder)
    if child is not None:
        child.kill()
        child.wait()
    with contextlib.suppress(OSError, ValueError):
        if not _alive(folder):
            return
        os.kill(int((folder / worker.LOCK).read_text()), signal.SIGKILL)
        deadline = time.monotonic() + 5
        while _alive(folder) and time.monotonic() < deadline:
            time.sleep(0.05)


def _alive(folder: Path) -> bool:
    """Whether a job has a process: one that this process started, or one that holds the job's lock. No
    process id tells the latter: it may be another's by now.
    """
    child = _children.get(folder)
    if child is not None:
        if child.poll() is None:
            return True
        del _children[folder]
    try:
        with worker.locked(folder, claim=False):
            return False
    except worker.Busy:
        return True
    except FileNotFoundError:
        return _starting(folder)
    except OSError:
        return False


def _starting(folder: Path) -> bool:
    """Whether a process of an app that is gone may still be on its way to the lock."""
    try:
        return time.time() - (folder / "log.txt").stat().st_mtime < STARTING_SECONDS
    except OSError:
        return False


def _settle(ws: Workspace, found: TrainingJob) -> None:
    folder = job_results.folder(ws, found.id)
    outcome = job_results.result(ws, found.id)
    if outcome is not None:
        at = _written_at(folder / worker.RESULT)
        try:
            job_results.record(ws, found, outcome, lambda tx: _end(tx, found, JobState.DONE, "", None, at))
        except StoreFailed:
            raise  # that is not the candidate's fault: the next look records it
        except (MaaError, OSError, KeyError, TypeError, ValueError) as error:
            if because := _refused(error):
                raise _NotNow(because) from error  # nor is that
            kept = folder / "candidate"
            where = f" It is kept in {kept}." if kept.is_dir() else ""
            _fail(ws, found, f"What came out cannot be used: {error}{where}", keep="candidate")
        return
    failure = _failure(folder)
    if failure is not None:
        _fail(ws, found, failure, _written_at(folder / worker.FAILED))
        return
    if _alive(folder):
        return
    if not (folder / worker.ORDER).exists():
        _fail(ws, found, "The training data was not written, or is gone. Start the training again.")
    elif found.starts >= MAX_STARTS:
        _fail(ws, found, f"Its process died {MAX_STARTS} times; {folder / 'log.txt'} may say why.")
    else:
        again = replace(found, starts=found.starts + 1)
        with ws.store.write() as tx:
            training_jobs.save(tx, again)
            data = {"job": found.id, "start": again.starts}
            events.add(tx, "training_restarted", project_id=found.project_id, data=data)
        _start(folder)


def _refused(error: Exception) -> str:
    """Why the machine refused to let a candidate be recorded; "" when it is the candidate that is not good.

    Copying a folder tells of its files' errors in words only (`shutil.Error`)."""
    if isinstance(error, shutil.Error):
        return f"{error}"[:500]
    return refused_by_system(error)


def _failure(folder: Path) -> str | None:
    """Why a job's process gave up, in its own words; None when it has not said so."""
    try:
        return str(json.loads((folder / worker.FAILED).read_text(encoding="utf-8"))["message"])[:1000]
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _written_at(path: Path) -> datetime | None:
    """When the process wrote its last word: nobody may have been there to read it."""
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except OSError:
        return None


def _fail(
    ws: Workspace, found: TrainingJob, message: str, at: datetime | None = None, keep: str = ""
) -> None:
    def throw_away() -> None:
        for bulky in {"data", "run", "candidate", "check"} - {keep}:
            shutil.rmtree(job_results.folder(ws, found.id) / bulky, ignore_errors=True)

    _record(ws, lambda tx: _end(tx, found, JobState.FAILED, message, None, at), throw_away)


def _record(
    ws: Workspace, end: Callable[[Transaction], TrainingJob], throw_away: Callable[[], None]
) -> TrainingJob:
    """Record how a job ended, then throw its files away; these first where they may be what leaves the
    database no room."""
    try:
        with ws.store.write() as tx:
            ended = end(tx)
    except StoreFailed:
        throw_away()
        with ws.store.write() as tx:
            return end(tx)
    throw_away()
    return ended


def _end(
    tx: Transaction,
    found: TrainingJob,
    state: JobState,
    message: str,
    by: int | None,
    at: datetime | None = None,
) -> TrainingJob:
    ended = replace(found, state=state, message=message, ended_at=min(at or tx.now, tx.now))
    training_jobs.save(tx, ended)
    data = {"job": found.id, "candidate": found.candidate, "message": message}
    kind = event_kind(f"{found.kind.value}_{state.value}")
    events.add(tx, kind, project_id=found.project_id, person_id=by, data=data)
    return ended

"""Taking a project's work away, and bringing work and backed-up projects in."""

from __future__ import annotations

import re
from pathlib import Path

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from maa.domain import MaaError, Person, Project, Role
from maa.domain.wording import count
from maa.ui import session
from maa.ui.progress import progress_bar
from maa.ui.projects import bring_in
from maa.ui.text import plain
from maa.ui.uploads import on_disk
from maa.workflow import backup, exports
from maa.workflow.images import Progress

_RESTORE_OPEN_KEY = "restore_open"
_EXPORT_KEY = "export_ready"
_BACKUP_KEY = "backup_ready"
# A download is held in the server's memory while the page is open; larger files are fetched from the disk.
_MAX_DOWNLOAD_BYTES = 500 * 1024**2
_FORMATS = {
    "coco": "COCO instance segmentation: one JSON file that training tools and pycocotools read.",
    "yolo": "Ultralytics YOLO segmentation: a zip with data.yaml and a file of labels for each image. Parts "
    "and holes are joined to one polygon; the held-back images are for validation.",
}
_STATUS: dict[str, exports.Status] = {
    "Approved images only": "approved",
    "All images, whatever their state": "all",
}


def section(project: Project, who: Person) -> None:
    """What comes in and what goes out."""
    export, back_up = st.columns(2)
    with export.container(border=True, key="export", height="stretch"):
        _export(project, who)
    with back_up.container(border=True, key="backup", height="stretch"):
        _back_up(project, who)
    with st.container(border=True, key="bring_in"):
        bring_in.card(project, who)


def _export(project: Project, who: Person) -> None:
    st.markdown("**Export**")
    format = st.segmented_control(
        "Format",
        list(_FORMATS),
        default="coco",
        required=True,
        format_func=lambda one: exports.FORMATS[one].name,
        key="export_format",
    )
    st.caption(_FORMATS[format])
    st.caption("The pictures beside it, frames of videos too: `maa export --images` on the server.")
    chosen = st.radio("Which images", list(_STATUS), key="export_status")
    status = _STATUS[chosen]
    if st.button("Export", key="export_do", type="primary", icon=":material/ios_share:"):
        session.require(Role.MANAGER)
        try:
            with st.spinner("Exporting"):
                exported = exports.export(session.workspace(), project.id, format, status=status, by=who.id)
            st.session_state[_EXPORT_KEY] = (project.id, format, status, exported)
        except MaaError as error:
            st.error(plain(error))
    *made_for, ready = st.session_state.get(_EXPORT_KEY, (None,))
    if made_for == [project.id, format, status]:
        said = f"{count(ready.images, 'image')}, {count(ready.objects, 'object')}."
        if ready.left_out:
            said += f" Left out: {count(ready.left_out, 'image')} that nobody has labeled yet."
        st.caption(said)
        st.download_button(
            f"Download ({_size(len(ready.content))})",
            ready.content,
            file_name=f"{_safe_name(project.name)}-{status}{exports.FORMATS[format].ending}",
            mime=exports.FORMATS[format].media_type,
            key="export_download",
            icon=":material/download:",
            on_click="ignore",
        )


def _back_up(project: Project, who: Person) -> None:
    st.markdown("**Backup**")
    st.caption(
        "The whole project in one checked file: images, objects with all revisions, reviews, history. "
        "Restore turns it into a project again, here or in another installation. Models are not in it: "
        "they are in the library, in the data folder's models."
    )
    if st.button("Back up", key="backup_do", icon=":material/backup:"):
        session.require(Role.MANAGER)
        workspace = session.workspace()
        folder = workspace.data_dir / "backups"
        try:
            folder.mkdir(exist_ok=True)
            stamp = f"{workspace.clock():%Y%m%d-%H%M%S}"
            out = folder / f"{_safe_name(project.name)}-{stamp}.maa.zip"
            with progress_bar("Writing the backup") as show:
                backup.backup(workspace, project.id, out, by=who.id, on_progress=show)
            st.session_state[_BACKUP_KEY] = (project.id, out)
        except MaaError as error:
            st.error(plain(error))
    project_id, path = st.session_state.get(_BACKUP_KEY, (None, None))
    if project_id == project.id and path is not None and path.is_file():
        st.success("The backup is on the server at")
        st.code(str(path), language=None)
        size = path.stat().st_size
        if size <= _MAX_DOWNLOAD_BYTES:
            st.download_button(
                f"Download ({_size(size)})",
                path.read_bytes(),
                file_name=path.name,
                mime="application/zip",
                key="backup_download",
                icon=":material/download:",
                on_click="ignore",
            )
        else:
            st.caption(f"At {_size(size)} it is too large for the browser; copy it from there.")


def restore_button() -> None:
    """The button that opens and closes the restore form."""
    st.button("Restore a backup", key="restore", icon=":material/settings_backup_restore:", on_click=_toggle)


def restore_form(who: Person) -> None:
    """The form, when it was opened."""
    if not st.session_state.get(_RESTORE_OPEN_KEY):
        return
    session.require_person()
    with st.container(border=True, key="restore_form"):
        st.subheader("Restore a backup")
        upload, path = st.columns(2)
        file = upload.file_uploader("A backup file", key="restore_file")
        where = path.text_input("or its path on the server", key="restore_path")
        name = path.text_input(
            "Name for the restored project", key="restore_name", max_chars=100, placeholder="keep its name"
        )
        with st.container(horizontal=True):
            ready = file is not None or bool(where.strip())
            start = st.button("Restore", key="restore_do", type="primary", disabled=not ready)
            st.button("Cancel", key="restore_cancel", on_click=_toggle)
        if start:
            session.require_person()
            try:
                with progress_bar("Checking the backup, then restoring it") as show:
                    project = _restore(file, where.strip(), name.strip() or None, who, show)
            except MaaError as error:
                st.error(plain(error))
                return
            st.session_state[_RESTORE_OPEN_KEY] = False
            session.choose_project_next(project.name)
            session.say("success", f"{plain(project.name)} is restored.")
            for model in backup.lacking_models(session.workspace(), project.id):
                session.say(
                    "warning",
                    f"It worked with {plain(model)}, which the library here lacks; now it has the default. "
                    "Copy that model's folder into the data folder's models, then roll back under Models.",
                )
            st.rerun()


def _restore(
    upload: UploadedFile | None, where: str, name: str | None, who: Person, show: Progress
) -> Project:
    workspace = session.workspace()
    if upload is None:
        path = Path(where).expanduser()
        return backup.restore(workspace, path, name=name, by=who.id, on_progress=show)
    with on_disk(upload) as (copy,):
        return backup.restore(workspace, copy, name=name, by=who.id, on_progress=show)


def _toggle() -> None:
    st.session_state[_RESTORE_OPEN_KEY] = not st.session_state.get(_RESTORE_OPEN_KEY, False)


def _safe_name(name: str) -> str:
    """A file name of the project's: letters, digits and dashes."""
    return re.sub(r"[^\w]+", "-", name).strip("-_")[:60] or "project"


def _size(size: int) -> str:
    if size < 1000**2:
        return f"{max(size // 1000, 1)} kB"
    return f"{size / 1000**2:.1f} MB" if size < 1000**3 else f"{size / 1000**3:.1f} GB"

-- What somebody has begun on a task and not saved yet, so that a reload or a crash does not lose it. Not history: the newest
-- replaces the one before, and handing the task in ends it. No foreign keys: nothing may keep a task's row from changing.
CREATE TABLE draft (
    task_id INTEGER NOT NULL,
    person_id INTEGER NOT NULL,
    content TEXT NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    PRIMARY KEY (task_id, person_id)
);

-- A remark on a place of the image, in image pixels; both or neither.
ALTER TABLE review ADD COLUMN x DOUBLE;
ALTER TABLE review ADD COLUMN y DOUBLE;

-- Whether its author wrote it as the task's reviewer.
ALTER TABLE revision ADD COLUMN correction BOOLEAN DEFAULT FALSE;
ALTER TABLE revision ALTER COLUMN correction SET NOT NULL;

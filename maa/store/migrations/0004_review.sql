-- Which review of its round a submitted task waits for, or is in.
ALTER TABLE task ADD COLUMN stage INTEGER DEFAULT 1;
ALTER TABLE review ADD COLUMN stage INTEGER DEFAULT 1;

-- Insert only. Each time that a task's work was approved: by a reviewer, or unseen (no reviewer) because the
-- project looks at a share only.
CREATE SEQUENCE approval_id;
CREATE TABLE approval (
    id INTEGER PRIMARY KEY DEFAULT nextval('approval_id'),
    task_id INTEGER NOT NULL REFERENCES task (id),
    author_id INTEGER REFERENCES person (id),
    reviewer_id INTEGER REFERENCES person (id),
    created_at TIMESTAMP NOT NULL
);
INSERT INTO approval (task_id, author_id, reviewer_id, created_at)
SELECT task_id, author_id, reviewer_id, created_at
FROM review WHERE annotation_id IS NULL AND x IS NULL AND verdict = 'approve' ORDER BY id;

-- Insert only. The objects of an approval; kept_iou: IoU of what was handed in first and what was approved.
CREATE TABLE approved_object (
    approval_id INTEGER NOT NULL REFERENCES approval (id),
    annotation_id INTEGER NOT NULL REFERENCES annotation (id),
    revision_number INTEGER NOT NULL,
    kept_iou DOUBLE NOT NULL,
    PRIMARY KEY (approval_id, annotation_id)
);

-- Insert only. What people say about a task or one of its objects. A row without thread_id begins a thread;
-- kind: said, resolved, reopened.
CREATE SEQUENCE comment_id;
CREATE TABLE comment (
    id INTEGER PRIMARY KEY DEFAULT nextval('comment_id'),
    task_id INTEGER NOT NULL REFERENCES task (id),
    annotation_id INTEGER REFERENCES annotation (id),
    thread_id INTEGER,
    person_id INTEGER NOT NULL REFERENCES person (id),
    kind TEXT NOT NULL,
    text TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL
);

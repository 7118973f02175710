-- Times are UTC. Only what never changes is indexed or referenced by a foreign key: DuckDB deletes and inserts a row whose
-- indexed column changes, and refuses that while another table points to it. So unique names of things that can
-- be renamed, and who holds a task, are checked by the code, inside the one write transaction at a time.

CREATE SEQUENCE person_id;
CREATE TABLE person (
    id INTEGER PRIMARY KEY DEFAULT nextval('person_id'),
    name TEXT NOT NULL,
    name_key TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL,
    active BOOLEAN NOT NULL DEFAULT TRUE,
    created_at TIMESTAMP NOT NULL
);

CREATE SEQUENCE project_id;
CREATE TABLE project (
    id INTEGER PRIMARY KEY DEFAULT nextval('project_id'),
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    guidelines TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    archived_at TIMESTAMP,
    lease_minutes INTEGER NOT NULL DEFAULT 30
);

CREATE SEQUENCE label_class_id;
CREATE TABLE label_class (
    id INTEGER PRIMARY KEY DEFAULT nextval('label_class_id'),
    project_id INTEGER NOT NULL REFERENCES project (id),
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    color TEXT NOT NULL,
    position INTEGER NOT NULL,
    retired BOOLEAN NOT NULL DEFAULT FALSE,
    merged_into INTEGER
);

-- Every class with the one it shows as now: the end of its chain of merges.
CREATE VIEW present_class AS
WITH RECURSIVE step (id, present_id, next_id) AS (
    SELECT id, id, merged_into FROM label_class
    UNION ALL
    SELECT step.id, target.id, target.merged_into
    FROM step JOIN label_class target ON target.id = step.next_id
)
SELECT id, present_id FROM step WHERE next_id IS NULL;

CREATE SEQUENCE image_id;
CREATE TABLE image (
    id INTEGER PRIMARY KEY DEFAULT nextval('image_id'),
    project_id INTEGER NOT NULL REFERENCES project (id),
    file_name TEXT NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    file_hash TEXT NOT NULL,
    pixel_hash TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    sequence TEXT,
    frame INTEGER,
    captured_at TIMESTAMP,
    UNIQUE (project_id, pixel_hash)
);

CREATE SEQUENCE task_id;
CREATE TABLE task (
    id INTEGER PRIMARY KEY DEFAULT nextval('task_id'),
    project_id INTEGER NOT NULL REFERENCES project (id),
    image_id INTEGER NOT NULL REFERENCES image (id),
    purpose TEXT NOT NULL,
    state TEXT NOT NULL,
    version INTEGER NOT NULL DEFAULT 1,
    holder_id INTEGER,
    lease_expires_at TIMESTAMP,
    author_id INTEGER,
    sent_back_by INTEGER,
    accepted BOOLEAN NOT NULL,
    submitted_at TIMESTAMP,
    updated_at TIMESTAMP NOT NULL
);

CREATE SEQUENCE annotation_id;
CREATE TABLE annotation (
    id INTEGER PRIMARY KEY DEFAULT nextval('annotation_id'),
    task_id INTEGER NOT NULL REFERENCES task (id),
    created_at TIMESTAMP NOT NULL
);

-- Insert only. The newest revision of an annotation is its present.
CREATE TABLE revision (
    annotation_id INTEGER NOT NULL REFERENCES annotation (id),
    number INTEGER NOT NULL,
    class_id INTEGER NOT NULL REFERENCES label_class (id),
    outline JSON,
    origin TEXT NOT NULL,
    author_id INTEGER REFERENCES person (id),
    created_at TIMESTAMP NOT NULL,
    deleted BOOLEAN NOT NULL,
    prompt JSON,
    model_id TEXT,
    model_outline JSON,
    model_iou DOUBLE,
    confidence DOUBLE,
    active_seconds DOUBLE NOT NULL,
    clicks INTEGER NOT NULL,
    extra_points INTEGER NOT NULL,
    vertices_moved INTEGER NOT NULL,
    request_key TEXT UNIQUE,
    PRIMARY KEY (annotation_id, number)
);

-- Insert only.
CREATE SEQUENCE review_id;
CREATE TABLE review (
    id INTEGER PRIMARY KEY DEFAULT nextval('review_id'),
    task_id INTEGER NOT NULL REFERENCES task (id),
    annotation_id INTEGER REFERENCES annotation (id),
    revision_number INTEGER,
    reviewer_id INTEGER NOT NULL REFERENCES person (id),
    author_id INTEGER REFERENCES person (id),
    verdict TEXT NOT NULL,
    reason TEXT NOT NULL,
    comment TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL
);

-- Insert only.
CREATE SEQUENCE event_id;
CREATE TABLE event (
    id BIGINT PRIMARY KEY DEFAULT nextval('event_id'),
    kind TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    project_id INTEGER,
    task_id INTEGER,
    annotation_id INTEGER,
    person_id INTEGER,
    data JSON NOT NULL
);

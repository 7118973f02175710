-- What was decided about a model of the library. What it is stands in its card, beside its weights; a model without a row here
-- is new to this data folder. id: NAME@first 12 hex digits of the weights' sha256.
CREATE TABLE micromodel (
    id TEXT PRIMARY KEY,
    state TEXT NOT NULL,
    updated_at TIMESTAMP NOT NULL
);

-- Insert only. Each time that a project named the model it works with; the newest counts. No model: the library's default.
CREATE SEQUENCE model_choice_id;
CREATE TABLE model_choice (
    id INTEGER PRIMARY KEY DEFAULT nextval('model_choice_id'),
    project_id INTEGER NOT NULL REFERENCES project (id),
    model_id TEXT,
    replaced TEXT,
    how TEXT NOT NULL,
    reason TEXT NOT NULL,
    person_id INTEGER REFERENCES person (id),
    created_at TIMESTAMP NOT NULL
);

-- A training, or a comparison of two models, in a process of its own; its files are in jobs/ID of the data folder.
CREATE SEQUENCE training_job_id;
CREATE TABLE training_job (
    id INTEGER PRIMARY KEY DEFAULT nextval('training_job_id'),
    project_id INTEGER NOT NULL REFERENCES project (id),
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    parent TEXT NOT NULL,
    candidate TEXT NOT NULL,
    minutes DOUBLE,
    images INTEGER NOT NULL DEFAULT 0,
    objects INTEGER NOT NULL DEFAULT 0,
    held_back INTEGER NOT NULL DEFAULT 0,
    starts INTEGER NOT NULL DEFAULT 0,
    person_id INTEGER REFERENCES person (id),
    created_at TIMESTAMP NOT NULL,
    ended_at TIMESTAMP,
    message TEXT NOT NULL DEFAULT ''
);

-- Insert only. How good a model was on a set of objects; `against`: the model that answered the same questions, the difference
-- of the means (this one's minus that one's) and its 95 % interval.
CREATE SEQUENCE model_measurement_id;
CREATE TABLE model_measurement (
    id INTEGER PRIMARY KEY DEFAULT nextval('model_measurement_id'),
    job_id INTEGER NOT NULL,
    model_id TEXT NOT NULL,
    project_id INTEGER NOT NULL REFERENCES project (id),
    measured_on TEXT NOT NULL,
    images INTEGER NOT NULL,
    objects INTEGER NOT NULL,
    iou_mean DOUBLE NOT NULL,
    iou_over_085 DOUBLE NOT NULL,
    against TEXT,
    difference DOUBLE,
    low DOUBLE,
    high DOUBLE,
    created_at TIMESTAMP NOT NULL
);

-- An approved task whose annotations are trusted.
ALTER TABLE task ADD COLUMN gold BOOLEAN DEFAULT FALSE;
-- Of a gold trial: whose it is; nobody else gets it.
ALTER TABLE task ADD COLUMN for_person_id INTEGER;
-- Of a gold trial or a duplicate: the task that it is compared with, as that was at a moment.
ALTER TABLE task ADD COLUMN reference_task_id INTEGER;
ALTER TABLE task ADD COLUMN reference_at TIMESTAMP;

-- Insert only. A gold trial or a duplicate compared with its reference.
CREATE SEQUENCE comparison_id;
CREATE TABLE comparison (
    id INTEGER PRIMARY KEY DEFAULT nextval('comparison_id'),
    task_id INTEGER NOT NULL REFERENCES task (id),
    reference_task_id INTEGER NOT NULL REFERENCES task (id),
    purpose TEXT NOT NULL,
    person_id INTEGER REFERENCES person (id),
    reference_person_id INTEGER REFERENCES person (id),
    score DOUBLE NOT NULL,
    created_at TIMESTAMP NOT NULL
);

-- Insert only. Every object of either side: its partner, or that it has none.
CREATE TABLE compared_object (
    comparison_id INTEGER NOT NULL REFERENCES comparison (id),
    number INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    annotation_id INTEGER REFERENCES annotation (id),
    class_id INTEGER REFERENCES label_class (id),
    reference_annotation_id INTEGER REFERENCES annotation (id),
    reference_class_id INTEGER REFERENCES label_class (id),
    iou DOUBLE,
    boundary_f DOUBLE,
    PRIMARY KEY (comparison_id, number)
);

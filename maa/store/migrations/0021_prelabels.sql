-- A batch of pre-labels: where they come from, how far it is. What it reads is kept in prelabels/ID.json of the data folder.
CREATE SEQUENCE prelabel_run_id;
CREATE TABLE prelabel_run (
    id INTEGER PRIMARY KEY DEFAULT nextval('prelabel_run_id'),
    project_id INTEGER NOT NULL REFERENCES project (id),
    source TEXT NOT NULL,
    name TEXT NOT NULL,
    model_id TEXT NOT NULL,
    least_confidence DOUBLE NOT NULL,
    images INTEGER NOT NULL,
    finished BOOLEAN NOT NULL DEFAULT FALSE,
    person_id INTEGER REFERENCES person (id),
    created_at TIMESTAMP NOT NULL
);

-- Insert only. What a run did on an image: how many objects it proposed there, or why it left the image alone. So a run that was
-- stopped goes on where it was.
CREATE TABLE prelabeled_image (
    run_id INTEGER NOT NULL,
    image_id INTEGER NOT NULL,
    objects INTEGER NOT NULL,
    confidence DOUBLE,
    note TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    PRIMARY KEY (run_id, image_id)
);

-- A project may work with two models: one that outlines, and one that finds objects by itself. 'outlines' or 'objects'.
ALTER TABLE model_choice ADD COLUMN purpose TEXT DEFAULT 'outlines';

-- Insert only. How good a detector was on a project's held-back share, at its threshold (see maa.learning.detector_measure).
CREATE SEQUENCE detector_measurement_id;
CREATE TABLE detector_measurement (
    id INTEGER PRIMARY KEY DEFAULT nextval('detector_measurement_id'),
    job_id INTEGER NOT NULL,
    model_id TEXT NOT NULL,
    project_id INTEGER NOT NULL REFERENCES project (id),
    images INTEGER NOT NULL,
    objects INTEGER NOT NULL,
    average_precision DOUBLE NOT NULL,
    threshold DOUBLE NOT NULL,
    precision DOUBLE NOT NULL,
    recall DOUBLE NOT NULL,
    saved DOUBLE NOT NULL,
    low DOUBLE NOT NULL,
    high DOUBLE NOT NULL,
    opened_05 DOUBLE NOT NULL,
    opened_08 DOUBLE NOT NULL,
    created_at TIMESTAMP NOT NULL
);

-- Of a run: the detector that finds the objects and the least score of them, or the model that the answers are compared with.
ALTER TABLE prelabel_run ADD COLUMN other_model TEXT;
ALTER TABLE prelabel_run ADD COLUMN least_score DOUBLE;

-- 1 minus the lowest IoU of two models' answers to the same prompts on an image.
ALTER TABLE prelabeled_image ADD COLUMN disagreement DOUBLE;

-- How a task is to be labeled while the project compares the model with handwork: assisted or manual. Fixed when
-- the task is first taken.
ALTER TABLE task ADD COLUMN arm TEXT;

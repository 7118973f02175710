-- What people may do is decided project by project: annotator, reviewer or manager. Who has no row does not see the project.
-- `person.role`, one role for everything, is not read any more; DuckDB drops no column of a table that others refer to.
CREATE TABLE member (
    project_id INTEGER NOT NULL REFERENCES project (id),
    person_id INTEGER NOT NULL REFERENCES person (id),
    role TEXT NOT NULL,
    PRIMARY KEY (project_id, person_id)
);
INSERT INTO member SELECT project.id, person.id, person.role FROM project, person;

-- What belongs to this installation and goes into no backup of a project.
CREATE TABLE account (
    person_id INTEGER PRIMARY KEY REFERENCES person (id),
    admin BOOLEAN NOT NULL DEFAULT FALSE
);
INSERT INTO account SELECT id, role = 'manager' FROM person;

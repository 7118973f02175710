-- How a person signs in. Without a password hash they cannot by password; while one_time_until is set, the password was given out
-- by somebody else, holds until then and has to be replaced first. demo: the password is on the sign-in page.
ALTER TABLE account ADD COLUMN password_hash TEXT;
ALTER TABLE account ADD COLUMN one_time_until TIMESTAMP;
ALTER TABLE account ADD COLUMN demo BOOLEAN DEFAULT FALSE;
-- Failed sign-ins since the last one that worked, and until when no other is taken.
ALTER TABLE account ADD COLUMN failures INTEGER DEFAULT 0;
ALTER TABLE account ADD COLUMN locked_until TIMESTAMP;
-- Single sign-on: the address by which the person is known there, and "issuer subject" once they came from there.
ALTER TABLE account ADD COLUMN email TEXT;
ALTER TABLE account ADD COLUMN subject TEXT;

-- A person's signed-in browser. The token itself is in its cookie only.
CREATE SEQUENCE session_id;
CREATE TABLE session (
    id INTEGER PRIMARY KEY DEFAULT nextval('session_id'),
    person_id INTEGER NOT NULL REFERENCES person (id),
    token_hash TEXT NOT NULL UNIQUE,
    way TEXT NOT NULL,
    device TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    last_seen_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    ended_at TIMESTAMP
);

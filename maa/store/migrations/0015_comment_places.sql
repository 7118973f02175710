-- The place of the image that a thread is about, in image pixels, on its first comment; both or neither.
ALTER TABLE comment ADD COLUMN x DOUBLE;
ALTER TABLE comment ADD COLUMN y DOUBLE;

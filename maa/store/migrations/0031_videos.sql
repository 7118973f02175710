-- Videos whose frames are images. An image of one has its number in `image.frame` and the video's name in `image.sequence`.
CREATE SEQUENCE video_id;
CREATE TABLE video (
    id INTEGER PRIMARY KEY DEFAULT nextval('video_id'),
    project_id INTEGER NOT NULL REFERENCES project (id),
    name TEXT NOT NULL,
    sequence TEXT NOT NULL,
    file_hash TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL
);

-- Insert only. When in its video an image is, in seconds from the first frame.
CREATE TABLE video_frame (
    image_id INTEGER PRIMARY KEY REFERENCES image (id),
    video_id INTEGER NOT NULL REFERENCES video (id),
    seconds DOUBLE NOT NULL
);

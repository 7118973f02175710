-- What a project decides about its work, as one JSON object (`maa.domain.Settings`): what is missing has its default.
ALTER TABLE project ADD COLUMN settings JSON DEFAULT '{}';

-- Higher ones are handed out first. Not indexed: it changes, and annotations point to tasks.
ALTER TABLE task ADD COLUMN priority INTEGER DEFAULT 0;

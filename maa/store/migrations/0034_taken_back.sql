-- Insert only. What a reviewer took back before anybody acted on it: the rows of a verdict, and of the approval that came of it.
CREATE TABLE taken_back_review (review_id INTEGER PRIMARY KEY REFERENCES review (id));
CREATE TABLE taken_back_approval (approval_id INTEGER PRIMARY KEY REFERENCES approval (id));
CREATE VIEW standing_review AS
SELECT * FROM review WHERE NOT EXISTS (SELECT 1 FROM taken_back_review WHERE review_id = review.id);
CREATE VIEW standing_approval AS
SELECT * FROM approval WHERE NOT EXISTS (SELECT 1 FROM taken_back_approval WHERE approval_id = approval.id);

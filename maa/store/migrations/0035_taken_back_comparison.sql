-- Insert only. What was compared before its author took the work back: it is compared again when handed in again.
CREATE TABLE taken_back_comparison (comparison_id INTEGER PRIMARY KEY REFERENCES comparison (id));
CREATE VIEW standing_comparison AS
SELECT * FROM comparison WHERE NOT EXISTS
    (SELECT 1 FROM taken_back_comparison WHERE comparison_id = comparison.id);

-- Of a detector that was measured together with the one that the project had: that one's id, the actions an object that it saves beyond it on the same photos, and the 95 % interval of this.
ALTER TABLE detector_measurement ADD COLUMN against TEXT;
ALTER TABLE detector_measurement ADD COLUMN difference DOUBLE;
ALTER TABLE detector_measurement ADD COLUMN difference_low DOUBLE;
ALTER TABLE detector_measurement ADD COLUMN difference_high DOUBLE;

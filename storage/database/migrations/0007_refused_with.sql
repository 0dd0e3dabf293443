-- What a pause was made for, without telling it: another credential or handle ends it at once.

ALTER TABLE pause ADD COLUMN fingerprint VARCHAR;

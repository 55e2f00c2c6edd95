-- By a link of their own it is known who clicked: then it is a person who counts, whatever browsers they used.
ALTER TABLE clickers RENAME COLUMN visitor_id TO clicker_id;
-- Whether the clicker is a contact, and not a browser.
ALTER TABLE clickers ADD COLUMN is_contact boolean NOT NULL DEFAULT false;

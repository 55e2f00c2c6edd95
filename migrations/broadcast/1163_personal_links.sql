-- The messages have nobody's links: each person's own take their places when they are sent.
ALTER TABLE dispatch_contents ADD COLUMN personal_links boolean NOT NULL DEFAULT false;

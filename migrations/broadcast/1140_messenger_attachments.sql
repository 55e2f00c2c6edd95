-- Images that a page has uploaded, so that Meta does not fetch them anew for everybody who gets one.
CREATE TABLE messenger_attachments (
    account_id uuid NOT NULL,
    url text NOT NULL,
    -- Meta's, good for 90 days and for this page alone.
    attachment_id text NOT NULL,
    uploaded_at timestamptz NOT NULL,
    PRIMARY KEY (account_id, url)
);

-- What the ingress has to know of others' events to take a fact in: whose webhook, whose link.
CREATE TABLE accounts (
    account_id uuid PRIMARY KEY,
    team_id uuid NOT NULL,
    channel integer NOT NULL,
    -- Sealed with the team's key; opened to check a signature.
    sealed_credentials bytea NOT NULL
);

CREATE TABLE links (
    link_id uuid PRIMARY KEY,
    team_id uuid NOT NULL,
    broadcast_id uuid NOT NULL,
    -- Where a click leads. Never taken from the request.
    target_url text NOT NULL
);

-- Who clicked, who ordered, and which click an order goes to.

-- A browser. Its row is locked by whoever changes its clicks or orders, so that a click and an order that arrive at
-- the same time see each other.
CREATE TABLE visitors (
    team_id uuid NOT NULL,
    visitor_id uuid NOT NULL,
    PRIMARY KEY (team_id, visitor_id)
);

-- People's clicks only.
CREATE TABLE clicks (
    team_id uuid NOT NULL,
    visitor_id uuid NOT NULL,
    clicked_at timestamptz NOT NULL,
    -- The event that tells of it.
    click_id uuid NOT NULL,
    broadcast_id uuid NOT NULL,
    PRIMARY KEY (team_id, visitor_id, clicked_at, click_id)
);

-- Each browser once a broadcast.
CREATE TABLE clickers (
    broadcast_id uuid NOT NULL,
    visitor_id uuid NOT NULL,
    team_id uuid NOT NULL,
    first_clicked_at timestamptz NOT NULL,
    PRIMARY KEY (broadcast_id, visitor_id)
);

CREATE TABLE orders (
    team_id uuid NOT NULL,
    order_id text NOT NULL,
    placed_at timestamptz NOT NULL,
    currency text NOT NULL,
    minor_units bigint NOT NULL,
    -- NULL: the shop did not know the browser.
    visitor_id uuid,
    PRIMARY KEY (team_id, order_id)
);

CREATE INDEX orders_visitor_idx ON orders (team_id, visitor_id, placed_at) WHERE visitor_id IS NOT NULL;

-- The last click before the order. An order without one has no row.
CREATE TABLE attributions (
    team_id uuid NOT NULL,
    order_id text NOT NULL,
    -- The order's.
    placed_at timestamptz NOT NULL,
    broadcast_id uuid NOT NULL,
    click_id uuid NOT NULL,
    clicked_at timestamptz NOT NULL,
    PRIMARY KEY (team_id, order_id)
);

CREATE INDEX attributions_newest_idx ON attributions (broadcast_id, placed_at DESC, order_id DESC);

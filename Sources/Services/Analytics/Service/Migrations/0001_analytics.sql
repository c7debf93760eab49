-- Counters, not events: a row for each minute (by the events' own time) and one, bucket 0, for all time.
-- An event adds to both rows in one statement; nothing is ever summed over all events.
CREATE TABLE analytics_activity(
  bucket INTEGER PRIMARY KEY,                        -- minutes since 1970; 0 for all time
  events INTEGER NOT NULL DEFAULT 0,
  last_event_at INTEGER NOT NULL DEFAULT 0,
  orders_placed INTEGER NOT NULL DEFAULT 0,
  orders_confirmed INTEGER NOT NULL DEFAULT 0,
  orders_rejected INTEGER NOT NULL DEFAULT 0,
  orders_cancelled INTEGER NOT NULL DEFAULT 0,
  orders_shipped INTEGER NOT NULL DEFAULT 0,
  orders_delivered INTEGER NOT NULL DEFAULT 0,
  units INTEGER NOT NULL DEFAULT 0,                  -- of products and named items in placed orders
  payments_authorized INTEGER NOT NULL DEFAULT 0,
  payments_captured INTEGER NOT NULL DEFAULT 0,
  payments_declined INTEGER NOT NULL DEFAULT 0,
  payments_refunded INTEGER NOT NULL DEFAULT 0,
  users_registered INTEGER NOT NULL DEFAULT 0,
  notifications_sent INTEGER NOT NULL DEFAULT 0,
  notifications_failed INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE analytics_money(
  currency TEXT NOT NULL,
  bucket INTEGER NOT NULL,                           -- as above
  placed_minor INTEGER NOT NULL DEFAULT 0,
  confirmed_minor INTEGER NOT NULL DEFAULT 0,
  confirmed_orders INTEGER NOT NULL DEFAULT 0,       -- those with a price
  captured_minor INTEGER NOT NULL DEFAULT 0,
  refunded_minor INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY(currency, bucket)
) STRICT, WITHOUT ROWID;

CREATE TABLE analytics_item(
  item TEXT NOT NULL,                                -- 'product/<id>' or 'item/<name>'
  currency TEXT NOT NULL,
  product_id INTEGER,
  name TEXT,                                         -- as the youngest order has it
  named_by INTEGER NOT NULL,                         -- that order
  units INTEGER NOT NULL,
  lines INTEGER NOT NULL,
  value_minor INTEGER NOT NULL,
  PRIMARY KEY(item, currency)
) STRICT, WITHOUT ROWID;

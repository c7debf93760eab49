-- The truth: one row an event, a stream an order. Never changed, never deleted.
CREATE TABLE order_events(
  stream TEXT NOT NULL,                            -- the order's number
  version INTEGER NOT NULL CHECK(version >= 1),
  type TEXT NOT NULL,
  data BLOB NOT NULL,                              -- JSON, the type included
  at INTEGER NOT NULL,
  PRIMARY KEY(stream, version)
) STRICT;

CREATE TRIGGER order_events_are_not_changed BEFORE UPDATE ON order_events
BEGIN SELECT RAISE(ABORT, 'order_events is append only'); END;
CREATE TRIGGER order_events_are_not_deleted BEFORE DELETE ON order_events
BEGIN SELECT RAISE(ABORT, 'order_events is append only'); END;

-- Everything below is a projection of order_events: it can be thrown away and written anew.
CREATE TABLE orders_order(
  id INTEGER PRIMARY KEY,
  version INTEGER NOT NULL,                        -- of the stream, as far as it is projected
  user_id TEXT NOT NULL,
  user_is_number INTEGER NOT NULL CHECK(user_is_number IN (0, 1)),
  form TEXT NOT NULL CHECK(form IN ('lines', 'item', 'plain')),
  status TEXT NOT NULL
    CHECK(status IN ('pending', 'reserved', 'paid', 'confirmed', 'shipped', 'delivered', 'rejected', 'cancelled', 'compensated')),
  reason_code TEXT,
  reason_detail TEXT,
  amount TEXT,                                     -- as it was sent: a count with the item form, a decimal with the plain form
  total_minor INTEGER NOT NULL CHECK(total_minor >= 0),
  currency TEXT NOT NULL CHECK(length(currency) = 3),
  card_last4 TEXT CHECK(length(card_last4) = 4),
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX orders_order_by_user ON orders_order(user_id, id);

CREATE TABLE orders_orderitem(
  order_id INTEGER NOT NULL REFERENCES orders_order(id),
  line INTEGER NOT NULL CHECK(line >= 1),
  product_id INTEGER,                              -- absent for a named item
  name TEXT NOT NULL,
  quantity INTEGER NOT NULL CHECK(quantity >= 1),
  unit_minor INTEGER NOT NULL CHECK(unit_minor >= 0),
  PRIMARY KEY(order_id, line)
) STRICT, WITHOUT ROWID;

CREATE TABLE orders_payment(
  order_id INTEGER PRIMARY KEY REFERENCES orders_order(id),
  payment_id INTEGER,                              -- at the payments service; absent when declined
  status TEXT NOT NULL CHECK(status IN ('authorized', 'captured', 'declined', 'voided')),
  updated_at INTEGER NOT NULL
) STRICT;

CREATE TABLE orders_shipment(
  order_id INTEGER NOT NULL REFERENCES orders_order(id),
  number INTEGER NOT NULL CHECK(number >= 1),
  status TEXT NOT NULL CHECK(status IN ('prepared', 'shipped', 'delivered')),
  carrier TEXT,
  tracking TEXT,
  created_at INTEGER NOT NULL,
  shipped_at INTEGER,
  delivered_at INTEGER,
  PRIMARY KEY(order_id, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE orders_invoice(
  number INTEGER PRIMARY KEY,                      -- without gaps
  order_id INTEGER NOT NULL UNIQUE REFERENCES orders_order(id),
  issued_at INTEGER NOT NULL
) STRICT;

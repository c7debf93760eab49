-- Money in minor units (_minor) beside its currency, times in microseconds since 1970 (_at).

CREATE TABLE payments_payment(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  payment_key TEXT NOT NULL UNIQUE,
  order_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  amount_minor INTEGER NOT NULL,
  captured_minor INTEGER NOT NULL DEFAULT 0,
  refunded_minor INTEGER NOT NULL DEFAULT 0,
  currency TEXT NOT NULL CHECK(length(currency) = 3),
  status TEXT NOT NULL CHECK(status IN ('authorized', 'captured', 'declined', 'voided', 'partially_refunded', 'refunded')),
  card_last4 TEXT,
  code TEXT,
  reason TEXT,
  reference TEXT NOT NULL,        -- the processor's name for it
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  CHECK(0 <= refunded_minor AND refunded_minor <= captured_minor AND captured_minor <= amount_minor)
) STRICT;
CREATE INDEX payments_payment_by_order ON payments_payment(order_id);
CREATE INDEX payments_payment_by_user ON payments_payment(user_id);

-- Keys that were voided before they were authorised: an Authorize that comes later is refused.
CREATE TABLE payments_tombstone(
  payment_key TEXT PRIMARY KEY,
  order_id TEXT NOT NULL,
  reason TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE payments_refund(
  payment_id INTEGER NOT NULL REFERENCES payments_payment(id),
  refund_key TEXT NOT NULL,
  amount_minor INTEGER NOT NULL CHECK(amount_minor > 0),
  reason TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY(payment_id, refund_key)
) STRICT, WITHOUT ROWID;

CREATE TABLE payments_account(
  id INTEGER PRIMARY KEY,
  code TEXT NOT NULL,
  currency TEXT NOT NULL CHECK(length(currency) = 3),
  balance_minor INTEGER NOT NULL DEFAULT 0,   -- debits less credits: the sum of its entries, kept in step
  UNIQUE(code, currency)
) STRICT;

-- The ledger. Entries of one posting come to zero per currency; keyed by payment, so that a payment's entries lie together without an index.
CREATE TABLE payments_entry(
  payment_id INTEGER NOT NULL REFERENCES payments_payment(id),
  posting INTEGER NOT NULL CHECK(posting >= 1),
  line INTEGER NOT NULL CHECK(line >= 1),
  account_id INTEGER NOT NULL REFERENCES payments_account(id),
  amount_minor INTEGER NOT NULL CHECK(amount_minor <> 0),   -- positive: debit; negative: credit
  currency TEXT NOT NULL,
  kind TEXT NOT NULL CHECK(kind IN ('capture', 'refund')),
  created_at INTEGER NOT NULL,
  PRIMARY KEY(payment_id, posting, line)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER payments_entry_kept BEFORE UPDATE ON payments_entry BEGIN
  SELECT raise(ABORT, 'entries of the ledger are never changed: post a correction');
END;
CREATE TRIGGER payments_entry_never_deleted BEFORE DELETE ON payments_entry BEGIN
  SELECT raise(ABORT, 'entries of the ledger are never deleted: post a correction');
END;

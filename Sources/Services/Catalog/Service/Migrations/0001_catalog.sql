-- Money in minor units (_minor) beside its currency, times in microseconds since 1970 (_at).

CREATE TABLE products_category(
  id INTEGER PRIMARY KEY,
  parent_id INTEGER REFERENCES products_category(id),
  name TEXT NOT NULL,
  path TEXT NOT NULL              -- '/1/4/' for category 4 below 1: a subtree is a range of paths
) STRICT;
CREATE UNIQUE INDEX products_category_by_name ON products_category(coalesce(parent_id, 0), name COLLATE NOCASE);
CREATE INDEX products_category_by_path ON products_category(path);

CREATE TABLE products_product(
  id INTEGER PRIMARY KEY AUTOINCREMENT,   -- never used twice: events of a deleted product stay its own
  sku TEXT NOT NULL,
  name TEXT NOT NULL,
  description TEXT NOT NULL,
  price_minor INTEGER NOT NULL CHECK(price_minor >= 0),
  currency TEXT NOT NULL CHECK(length(currency) = 3),
  category_id INTEGER REFERENCES products_category(id),
  seller_id TEXT NOT NULL,
  is_active INTEGER NOT NULL CHECK(is_active IN (0, 1)),
  revision INTEGER NOT NULL CHECK(revision >= 1),
  rating_count INTEGER NOT NULL DEFAULT 0 CHECK(rating_count >= 0),
  rating_sum INTEGER NOT NULL DEFAULT 0 CHECK(rating_sum BETWEEN rating_count AND 5 * rating_count),
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  deleted_at INTEGER
) STRICT;
CREATE UNIQUE INDEX products_product_by_sku ON products_product(seller_id, sku) WHERE deleted_at IS NULL;
CREATE INDEX products_product_by_category ON products_product(category_id) WHERE deleted_at IS NULL;
CREATE INDEX products_product_by_price ON products_product(currency, price_minor, id) WHERE deleted_at IS NULL;

CREATE TABLE products_image(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  product_id INTEGER NOT NULL REFERENCES products_product(id),
  url TEXT NOT NULL,
  alt TEXT NOT NULL,
  position INTEGER NOT NULL CHECK(position >= 0)
) STRICT;
CREATE INDEX products_image_by_product ON products_image(product_id, position);

-- Full text, fed by triggers so that no writer can forget it.
CREATE VIRTUAL TABLE products_search USING fts5(
  name, description, sku, content='products_product', content_rowid='id', tokenize="unicode61 remove_diacritics 2", prefix='2 3'
);
CREATE TRIGGER products_search_insert AFTER INSERT ON products_product BEGIN
  INSERT INTO products_search(rowid, name, description, sku) VALUES (new.id, new.name, new.description, new.sku);
END;
CREATE TRIGGER products_search_update AFTER UPDATE OF name, description, sku ON products_product BEGIN
  INSERT INTO products_search(products_search, rowid, name, description, sku)
    VALUES ('delete', old.id, old.name, old.description, old.sku);
  INSERT INTO products_search(rowid, name, description, sku) VALUES (new.id, new.name, new.description, new.sku);
END;

CREATE TABLE products_inventory(
  product_id INTEGER PRIMARY KEY REFERENCES products_product(id),
  on_hand INTEGER NOT NULL,
  reserved INTEGER NOT NULL DEFAULT 0,
  CHECK(0 <= reserved AND reserved <= on_hand)
) STRICT;

CREATE TABLE products_adjustment(
  id INTEGER PRIMARY KEY,
  product_id INTEGER NOT NULL REFERENCES products_product(id),
  delta INTEGER NOT NULL CHECK(delta <> 0),
  reason TEXT NOT NULL,
  user_id TEXT,
  on_hand INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX products_adjustment_by_product ON products_adjustment(product_id);

-- One row per order that ever asked for stock; a released one without lines is the tombstone of a Release that came before its Reserve.
CREATE TABLE products_reservation(
  order_id TEXT PRIMARY KEY,
  status TEXT NOT NULL CHECK(status IN ('reserved', 'committed', 'released', 'refused', 'expired', 'backordered')),
  reason TEXT,
  refused_product_id INTEGER,
  reply_subject TEXT,             -- of a backordered one: whom to answer, and in which flow, when stock is back
  correlation_id TEXT,
  expires_at INTEGER,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  CHECK((status = 'reserved') <= (expires_at IS NOT NULL)),
  CHECK((status = 'backordered') <= (reply_subject IS NOT NULL))
) STRICT, WITHOUT ROWID;
-- Both indexes hold open reservations only, so they stay small however many orders there were.
CREATE INDEX products_reservation_by_expiry ON products_reservation(expires_at) WHERE status = 'reserved';
CREATE INDEX products_reservation_backordered ON products_reservation(updated_at) WHERE status = 'backordered';

CREATE TABLE products_reservation_line(
  order_id TEXT NOT NULL REFERENCES products_reservation(order_id),
  product_id INTEGER NOT NULL,
  quantity INTEGER NOT NULL CHECK(quantity > 0),
  PRIMARY KEY(order_id, product_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE products_review(
  id INTEGER PRIMARY KEY,
  product_id INTEGER NOT NULL REFERENCES products_product(id),
  user_id TEXT NOT NULL,
  rating INTEGER NOT NULL CHECK(rating BETWEEN 1 AND 5),
  title TEXT NOT NULL,
  body TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  UNIQUE(product_id, user_id)
) STRICT;

CREATE TABLE products_favorite(
  id INTEGER PRIMARY KEY,
  user_id TEXT NOT NULL,
  product_id INTEGER NOT NULL REFERENCES products_product(id),
  created_at INTEGER NOT NULL,
  UNIQUE(user_id, product_id)
) STRICT;

-- Accounts and what belongs to them. Times are microseconds since 1970, UTC.

CREATE TABLE users_user (
    id            INTEGER PRIMARY KEY,
    email         TEXT    NOT NULL CHECK (length(email) BETWEEN 3 AND 254),
    -- What uniqueness goes by: lower case, no blanks around it.
    email_folded  TEXT    NOT NULL UNIQUE CHECK (length(email_folded) >= 3),
    full_name     TEXT    NOT NULL CHECK (length(full_name) BETWEEN 1 AND 200),
    -- Comma-separated, in the order of declaration: buyer,staff
    roles         TEXT    NOT NULL CHECK (length(roles) > 0),
    -- scrypt$ln=14,r=8,p=5$<salt>$<key>; NULL: the account cannot log in.
    password_hash TEXT    CHECK (password_hash LIKE 'scrypt$%'),
    is_active     INTEGER NOT NULL DEFAULT 1 CHECK (is_active IN (0, 1)),
    revision      INTEGER NOT NULL DEFAULT 1 CHECK (revision >= 1),
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL CHECK (updated_at >= created_at)
) STRICT;

CREATE TABLE users_profile (
    user_id    INTEGER PRIMARY KEY REFERENCES users_user(id) ON DELETE CASCADE,
    bio        TEXT    CHECK (length(bio) <= 2000),
    phone      TEXT    CHECK (length(phone) <= 32),
    city       TEXT    CHECK (length(city) <= 100),
    country    TEXT    CHECK (length(country) = 2),
    language   TEXT    CHECK (length(language) <= 35),
    avatar_url TEXT    CHECK (length(avatar_url) <= 500),
    updated_at INTEGER NOT NULL
) STRICT;

CREATE TABLE users_settings (
    user_id    INTEGER NOT NULL REFERENCES users_user(id) ON DELETE CASCADE,
    key        TEXT    NOT NULL CHECK (length(key) BETWEEN 1 AND 64),
    type       TEXT    NOT NULL CHECK (type IN ('string', 'integer', 'decimal', 'boolean')),
    value      TEXT    NOT NULL CHECK (length(value) <= 2000),
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (user_id, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE users_activity (
    id      INTEGER PRIMARY KEY,
    user_id INTEGER NOT NULL REFERENCES users_user(id) ON DELETE CASCADE,
    kind    TEXT    NOT NULL,
    detail  TEXT,
    at      INTEGER NOT NULL
) STRICT;
CREATE INDEX users_activity_by_user ON users_activity(user_id, id);

-- One row per refresh token ever given out, until it would have expired. A family is a session: what descends from one log-in.
CREATE TABLE users_refresh_token (
    -- SHA-256 of the token; the token itself is known to its holder only.
    token_hash        BLOB    PRIMARY KEY CHECK (length(token_hash) = 32),
    family            TEXT    NOT NULL,
    user_id           INTEGER NOT NULL REFERENCES users_user(id) ON DELETE CASCADE,
    issued_at         INTEGER NOT NULL,
    expires_at        INTEGER NOT NULL CHECK (expires_at > issued_at),
    used_at           INTEGER,
    revoked_at        INTEGER,
    -- The access token given out with it.
    access_token_id   TEXT    NOT NULL UNIQUE,
    access_expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX users_refresh_token_by_family ON users_refresh_token(family);
CREATE INDEX users_refresh_token_by_user ON users_refresh_token(user_id, access_expires_at);
CREATE INDEX users_refresh_token_by_expiry ON users_refresh_token(expires_at);

-- Access tokens that are void before they expire.
CREATE TABLE users_token_blacklist (
    token_id   TEXT    PRIMARY KEY,
    user_id    INTEGER NOT NULL REFERENCES users_user(id) ON DELETE CASCADE,
    expires_at INTEGER NOT NULL,
    revoked_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX users_token_blacklist_by_expiry ON users_token_blacklist(expires_at);

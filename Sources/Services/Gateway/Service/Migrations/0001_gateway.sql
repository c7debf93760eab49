-- Access tokens that are void before they expire, learnt from Session.Revoked.v1. Times are microseconds since 1970, UTC.
CREATE TABLE gateway_revoked_token (
    token_id   TEXT    PRIMARY KEY,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX gateway_revoked_token_by_expiry ON gateway_revoked_token(expires_at);

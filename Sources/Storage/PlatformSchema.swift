/// Tables that every service's file has beside the service's own: the machinery commits in the same transaction as the domain.
enum PlatformSchema {
    static let sql = """
        CREATE TABLE IF NOT EXISTS outbox(
          id INTEGER PRIMARY KEY AUTOINCREMENT,          -- the producer's sequence number in the log: never used twice
          topic TEXT NOT NULL,
          partition_key TEXT NOT NULL,
          type TEXT NOT NULL,
          subject TEXT NOT NULL,
          time_at INTEGER NOT NULL,
          correlation_id TEXT NOT NULL,
          causation_id TEXT,
          traceparent TEXT,
          payload BLOB NOT NULL
        ) STRICT;
        CREATE TABLE IF NOT EXISTS inbox(
          consumer_group TEXT NOT NULL,
          message_id TEXT NOT NULL,
          source TEXT NOT NULL,
          received_at INTEGER NOT NULL,
          PRIMARY KEY(consumer_group, message_id, source)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS timers(
          kind TEXT NOT NULL,
          subject TEXT NOT NULL,
          due_at INTEGER NOT NULL,
          payload BLOB NOT NULL,
          PRIMARY KEY(kind, subject)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX IF NOT EXISTS timers_by_due ON timers(due_at);
        CREATE TABLE IF NOT EXISTS idempotency_keys(
          scope TEXT NOT NULL,
          key TEXT NOT NULL,
          fingerprint TEXT NOT NULL,                     -- of the request's body: the same key with another body is refused
          status INTEGER NOT NULL,
          headers TEXT NOT NULL,
          body BLOB NOT NULL,
          created_at INTEGER NOT NULL,
          PRIMARY KEY(scope, key)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX IF NOT EXISTS idempotency_keys_by_age ON idempotency_keys(created_at);
        CREATE TABLE IF NOT EXISTS sagas(
          definition TEXT NOT NULL,
          id TEXT NOT NULL,
          status TEXT NOT NULL CHECK(status IN ('running', 'completed', 'compensating', 'compensated')),
          step INTEGER NOT NULL,
          state BLOB NOT NULL,
          reason TEXT,
          started_at INTEGER NOT NULL,
          updated_at INTEGER NOT NULL,
          PRIMARY KEY(definition, id)
        ) STRICT;
        CREATE INDEX IF NOT EXISTS sagas_open ON sagas(definition, status) WHERE status IN ('running', 'compensating');
        CREATE TABLE IF NOT EXISTS saga_log(
          seq INTEGER PRIMARY KEY,
          definition TEXT NOT NULL,
          saga_id TEXT NOT NULL,
          at INTEGER NOT NULL,
          step TEXT NOT NULL,
          event TEXT NOT NULL,
          detail TEXT
        ) STRICT;
        CREATE INDEX IF NOT EXISTS saga_log_by_saga ON saga_log(definition, saga_id);
        CREATE TABLE IF NOT EXISTS schema_migrations(
          name TEXT PRIMARY KEY,
          checksum TEXT NOT NULL,
          applied_at INTEGER NOT NULL
        ) STRICT;
        """
}

-- What a user is told. One row for all channels; its text is the one shown in the app.
CREATE TABLE notifications_notification(
  id INTEGER PRIMARY KEY,
  user_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  body TEXT NOT NULL,
  status TEXT NOT NULL CHECK(status IN ('queued', 'sent', 'delivered', 'failed', 'suppressed')),
  in_app INTEGER NOT NULL CHECK(in_app IN (0, 1)),   -- whether it appears among the user's unread ones
  created_at INTEGER NOT NULL,
  read_at INTEGER
) STRICT;
CREATE INDEX notifications_notification_by_user ON notifications_notification(user_id);
CREATE INDEX notifications_notification_unread ON notifications_notification(user_id) WHERE in_app = 1 AND read_at IS NULL;

-- One row for a notification and channel. The text is rendered when the notification is made: later templates do not change it.
CREATE TABLE notifications_delivery(
  notification_id INTEGER NOT NULL REFERENCES notifications_notification(id),
  channel TEXT NOT NULL CHECK(channel IN ('email', 'sms', 'push', 'in_app')),
  status TEXT NOT NULL CHECK(status IN ('queued', 'sent', 'delivered', 'failed', 'suppressed')),
  recipient TEXT NOT NULL,
  subject TEXT,                                      -- null where nothing is sent: in the app, and when suppressed
  body TEXT,
  format TEXT CHECK(format IN ('text', 'html')),
  attempts INTEGER NOT NULL DEFAULT 0 CHECK(attempts >= 0),
  provider TEXT,
  reason TEXT,
  finished_at INTEGER,
  PRIMARY KEY(notification_id, channel),
  CHECK(status <> 'queued' OR body IS NOT NULL)
) STRICT, WITHOUT ROWID;

-- Kind '*' holds for every kind that has no row of its own.
CREATE TABLE notifications_preference(
  user_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  channel TEXT NOT NULL CHECK(channel IN ('email', 'sms', 'push', 'in_app')),
  enabled INTEGER NOT NULL CHECK(enabled IN (0, 1)),
  updated_at INTEGER NOT NULL,
  PRIMARY KEY(user_id, kind, channel)
) STRICT, WITHOUT ROWID;

-- The highest version is in use; rows are never changed.
CREATE TABLE notifications_template(
  kind TEXT NOT NULL,
  channel TEXT NOT NULL CHECK(channel IN ('email', 'sms', 'push', 'in_app')),
  version INTEGER NOT NULL CHECK(version >= 1),
  format TEXT NOT NULL CHECK(format IN ('text', 'html')),
  subject TEXT NOT NULL,
  body TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY(kind, channel, version)
) STRICT, WITHOUT ROWID;

-- Where MailboxProvider puts what another provider would send out.
CREATE TABLE notifications_mailbox(
  id INTEGER PRIMARY KEY,
  message_id TEXT NOT NULL UNIQUE,
  notification_id INTEGER NOT NULL,
  user_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  channel TEXT NOT NULL,
  recipient TEXT NOT NULL,
  subject TEXT NOT NULL,
  body TEXT NOT NULL,
  format TEXT NOT NULL CHECK(format IN ('text', 'html')),
  received_at INTEGER NOT NULL
) STRICT;
CREATE INDEX notifications_mailbox_by_recipient ON notifications_mailbox(recipient);

-- Addresses, from the users service's events.
CREATE TABLE notifications_contact(
  user_id TEXT PRIMARY KEY,
  email TEXT NOT NULL,
  full_name TEXT NOT NULL,
  revision INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What a restart needs. Times are Unix epoch milliseconds.

-- Facts about the file as a whole: alive_at_ms, holder_pid, holder_start_ticks, run_prefixes, secret.
CREATE TABLE facts (
  name TEXT PRIMARY KEY,
  value ANY
) STRICT, WITHOUT ROWID;

-- Every monitor of which anything is left. `state` is that of src/core/model/types.ts as JSON, null once the monitor is gone.
-- The time until `counted_to_ms` is in the roll-ups; what follows counts as `counted_as`: up, down, or null for neither.
CREATE TABLE monitors (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  state TEXT,
  slot_at_ms INTEGER,
  counted_to_ms INTEGER,
  counted_as TEXT
) STRICT;

CREATE TABLE incidents (
  id TEXT PRIMARY KEY,
  monitor_id INTEGER NOT NULL REFERENCES monitors (id),
  started_at_ms INTEGER NOT NULL,
  opened_at_ms INTEGER NOT NULL,
  ended_at_ms INTEGER,
  ending TEXT, -- recovered, removed or paused
  failure_count INTEGER NOT NULL,
  first_reason TEXT NOT NULL,
  first_output TEXT NOT NULL,
  last_reason TEXT NOT NULL,
  last_output TEXT NOT NULL,
  acknowledged_at_ms INTEGER,
  acknowledgement TEXT
) STRICT;

CREATE INDEX incidents_by_start ON incidents (started_at_ms);
CREATE INDEX incidents_open ON incidents (monitor_id) WHERE ended_at_ms IS NULL;

-- `document` is the whole notification of src/core/model/types.ts as JSON.
CREATE TABLE notifications (
  id TEXT PRIMARY KEY,
  incident_id TEXT,
  monitor TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  document TEXT NOT NULL
) STRICT;

CREATE INDEX notifications_by_monitor ON notifications (monitor, at_ms);
CREATE INDEX notifications_by_incident ON notifications (incident_id);

-- In the order in which they were made.
CREATE TABLE deliveries (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  notification_id TEXT NOT NULL REFERENCES notifications (id),
  alert TEXT NOT NULL,
  status TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  attempt_count INTEGER NOT NULL,
  next_attempt_at_ms INTEGER NOT NULL,
  settled_at_ms INTEGER,
  reason TEXT NOT NULL
) STRICT;

CREATE INDEX deliveries_pending ON deliveries (notification_id) WHERE status = 'pending';
CREATE INDEX deliveries_by_notification ON deliveries (notification_id);

-- `target` is the name of a monitor or a tag; of `all` it is empty.
CREATE TABLE silences (
  id INTEGER PRIMARY KEY,
  target_kind TEXT NOT NULL, -- monitor, tag or all
  target TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  until_ms INTEGER NOT NULL,
  reason TEXT NOT NULL
) STRICT;

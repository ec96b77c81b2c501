-- The last pings of each heartbeat, numbered from 1 as they came. Times are Unix epoch milliseconds.
CREATE TABLE pings (
  monitor_id INTEGER NOT NULL,
  number INTEGER NOT NULL,
  at_ms INTEGER NOT NULL,
  kind TEXT NOT NULL, -- start, success, fail or log
  exit_code INTEGER,
  rid TEXT,
  duration_ms INTEGER,
  body TEXT NOT NULL,
  PRIMARY KEY (monitor_id, number)
) STRICT, WITHOUT ROWID;

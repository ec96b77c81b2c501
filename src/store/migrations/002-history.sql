-- What people look at. Kept for as long as `retention` says. Times are Unix epoch milliseconds.

-- One row a check: with default retention by far the most of the file, so what is as usual is null.
CREATE TABLE checks (
  monitor_id INTEGER NOT NULL,
  started_at_ms INTEGER NOT NULL,
  outcome INTEGER NOT NULL, -- 0 passed, 1 warned, 2 failed, 3 timed_out, 4 not_started, 5 void
  exit_code INTEGER, -- null also for 0 of a check that passed
  duration_us INTEGER NOT NULL,
  reason TEXT, -- null for a check that passed
  output TEXT,
  quiet TEXT, -- why nobody was told, where that needs saying
  PRIMARY KEY (monitor_id, started_at_ms)
) STRICT, WITHOUT ROWID;

-- Sums of an hour or a day (UTC). What is neither up nor down was not watched; `durations` is a sketch of src/core/past/duration-sketch.ts.
CREATE TABLE roll_ups (
  monitor_id INTEGER NOT NULL,
  span TEXT NOT NULL, -- hour or day
  start_ms INTEGER NOT NULL,
  passed_count INTEGER NOT NULL,
  failed_count INTEGER NOT NULL,
  void_count INTEGER NOT NULL,
  up_ms INTEGER NOT NULL,
  down_ms INTEGER NOT NULL,
  longest_ms REAL NOT NULL,
  durations BLOB NOT NULL,
  PRIMARY KEY (monitor_id, span, start_ms)
) STRICT, WITHOUT ROWID;

-- Times in which Minitor was not watching; `monitor_id` 0 is all monitors.
CREATE TABLE unwatched (
  from_ms INTEGER NOT NULL,
  monitor_id INTEGER NOT NULL,
  to_ms INTEGER NOT NULL,
  PRIMARY KEY (from_ms, monitor_id)
) STRICT, WITHOUT ROWID;

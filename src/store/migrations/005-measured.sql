-- What checks have measured: performance data of Nagios plugins. Times are Unix epoch milliseconds.

-- Each label and unit of a monitor. An id is never used again: checks name it for longer than the series may last.
CREATE TABLE series (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  monitor_id INTEGER NOT NULL,
  label TEXT NOT NULL,
  unit TEXT NOT NULL,
  began_ms INTEGER NOT NULL,
  UNIQUE (monitor_id, label, unit)
) STRICT;

-- As JSON: [[id of the series, value], …]; null where nothing was measured.
ALTER TABLE checks ADD COLUMN measured TEXT;

-- Sums of an hour (UTC), as of roll_ups.
CREATE TABLE measured_hours (
  series_id INTEGER NOT NULL,
  start_ms INTEGER NOT NULL,
  count INTEGER NOT NULL,
  sum REAL NOT NULL,
  most REAL NOT NULL,
  PRIMARY KEY (series_id, start_ms)
) STRICT, WITHOUT ROWID;

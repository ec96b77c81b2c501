-- Who has silenced and acknowledged; empty where that is not known.
ALTER TABLE silences ADD COLUMN who TEXT NOT NULL DEFAULT '';
ALTER TABLE incidents ADD COLUMN acknowledged_by TEXT NOT NULL DEFAULT '';

-- Monitors that people have paused while Minitor runs. By name: a monitor that was never checked has no row.
CREATE TABLE pauses (
  monitor TEXT PRIMARY KEY,
  since_ms INTEGER NOT NULL,
  who TEXT NOT NULL,
  reason TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE announcements (
  id TEXT PRIMARY KEY,
  at_ms INTEGER NOT NULL,
  until_ms INTEGER, -- null until somebody ends it
  who TEXT NOT NULL,
  text TEXT NOT NULL
) STRICT, WITHOUT ROWID;

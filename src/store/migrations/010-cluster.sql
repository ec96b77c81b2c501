-- Records that a server of a cluster has written while it was on its own, to be published in this order. Their content is
-- in the other tables already. Times are Unix epoch milliseconds.
CREATE TABLE unpublished (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL, -- what is published twice under one id is kept once
  now_ms INTEGER NOT NULL,
  writes TEXT NOT NULL -- JSON
) STRICT;

-- What each place said of a check, where its monitor has `run_on`; else null. As JSON: see src/store/tables/checks.ts.
ALTER TABLE checks ADD COLUMN places TEXT;

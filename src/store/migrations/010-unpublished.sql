-- Records that a server of a cluster has written while it was on its own, to be published in this order. Their content is
-- in the other tables already. Times are Unix epoch milliseconds.
CREATE TABLE unpublished (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL, -- what is published twice under one id is kept once
  now_ms INTEGER NOT NULL,
  writes TEXT NOT NULL -- JSON
) STRICT;

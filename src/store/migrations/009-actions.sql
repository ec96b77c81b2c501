-- Who did what. Times are Unix epoch milliseconds; texts are empty where there is nothing to say.
CREATE TABLE actions (
  id INTEGER PRIMARY KEY,
  at_ms INTEGER NOT NULL, -- of several sign-ins that failed, the last
  kind TEXT NOT NULL,
  who TEXT NOT NULL,
  target_kind TEXT NOT NULL, -- monitor, tag, group or all
  target TEXT NOT NULL,
  until_ms INTEGER,
  reason TEXT NOT NULL,
  address TEXT NOT NULL, -- where a sign-in came from
  count INTEGER NOT NULL -- more than 1 only for sign-ins that failed
) STRICT;

CREATE INDEX actions_by_time ON actions (at_ms);
-- An attacker has one row for each of their networks.
CREATE UNIQUE INDEX failed_sign_ins ON actions (address) WHERE kind = 'sign_in_failed';

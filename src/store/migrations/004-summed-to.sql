-- Roll-ups and state of a monitor follow its routine checks only now and then: what they lack are its checks that started
-- after `summed_to_ms` (Unix epoch milliseconds).
ALTER TABLE monitors ADD COLUMN summed_to_ms INTEGER NOT NULL DEFAULT 0;

UPDATE monitors SET summed_to_ms = coalesce((SELECT max(started_at_ms) FROM checks WHERE monitor_id = id), 0);

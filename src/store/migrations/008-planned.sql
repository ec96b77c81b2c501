-- A maintenance counts as it stood at the time, whatever is planned later. Times are Unix epoch milliseconds.

-- When trouble after the last check is no downtime, as JSON: [{fromMs, untilMs}, …]; null for never.
ALTER TABLE monitors ADD COLUMN planned TEXT;
ALTER TABLE roll_ups ADD COLUMN planned_ms INTEGER NOT NULL DEFAULT 0;

-- 1 for a check that failed in a maintenance.
ALTER TABLE checks ADD COLUMN planned INTEGER;

-- End of the maintenance in which it was opened.
ALTER TABLE incidents ADD COLUMN planned_until_ms INTEGER;

-- What each place said of a check, where its monitor has `run_on`; else null. As JSON: see src/store/tables/checks.ts.
ALTER TABLE checks ADD COLUMN places TEXT;

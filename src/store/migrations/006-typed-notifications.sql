-- The document of a notification held the texts of its variables as `values`. Now it holds what they are made of: numbers,
-- booleans, lists, and Unix epoch milliseconds. What was one tag with a comma in it cannot be told from two.
UPDATE notifications SET document = json_object(
  'id', document -> '$.id',
  'incidentId', document -> '$.incidentId',
  'kind', document -> '$.kind',
  'monitor', document -> '$.monitor',
  'atMs', document -> '$.atMs',
  'alerts', document -> '$.alerts',
  'message', document -> '$.values.alert_message',
  'isUp', json(document ->> '$.values.is_up'),
  'status', document -> '$.values.status',
  'alertCount', json(document ->> '$.values.alert_count'),
  'failureCount', json(document ->> '$.values.failure_count'),
  'startedAtMs', CAST(round(unixepoch(document ->> '$.values.started_at', 'subsec') * 1000) AS INTEGER),
  'lastSuccessAtMs', CAST(round(unixepoch(nullif(document ->> '$.values.last_success', 'Never'), 'subsec') * 1000) AS INTEGER),
  'exitCode', json(nullif(document ->> '$.values.exit_code', '')),
  'reason', document -> '$.values.reason',
  'output', document -> '$.values.last_output',
  'description', document -> '$.values.description',
  'runbook', document -> '$.values.runbook',
  'tags', json(iif(
    document ->> '$.values.tags' = '', '[]', '[' || replace(document -> '$.values.tags', ',', '","') || ']'
  )),
  'group', document -> '$.values.group',
  'hostname', document -> '$.values.hostname',
  'url', document -> '$.values.url'
);

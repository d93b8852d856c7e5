-- A full run by itself beside the ordinary one: what lies outside the windows of incremental runs is read again.
ALTER TABLE "sync"."schedule" ADD COLUMN "full_cron" TEXT, ADD COLUMN "full_next_run_at" TIMESTAMPTZ(3);

-- Accounts whose schedule nobody has changed get the new default: Sundays at one, first on the coming Sunday.
WITH "sunday" AS (
  SELECT (date_trunc('week', now() AT TIME ZONE 'America/Sao_Paulo') + interval '6 days 1 hour') AT TIME ZONE 'America/Sao_Paulo' AS "at"
)
UPDATE "sync"."schedule" SET "full_cron" = '0 1 * * 0', "full_next_run_at" = CASE WHEN "at" > now() THEN "at" ELSE "at" + interval '7 days' END
FROM "sunday"
WHERE "enabled" AND "cron" = '0 2 * * *' AND "time_zone" = 'America/Sao_Paulo' AND "mode" = 'INCREMENTAL';

-- A person's decision outlives a record that is gone for a while: the link is kept, but not shown.
ALTER TABLE "insights"."identity_link" ADD COLUMN "present" BOOLEAN NOT NULL DEFAULT true;

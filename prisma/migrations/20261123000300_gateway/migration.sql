-- Who may ask, and what: keys of the API (only their hashes), and the operations that were published.
-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "gateway";

-- CreateTable
CREATE TABLE "gateway"."api_key" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "hash" BYTEA NOT NULL,
    "prefix" TEXT NOT NULL,
    "scopes" TEXT[],
    "all_wallets" BOOLEAN NOT NULL DEFAULT false,
    "wallets" UUID[],
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),
    "last_used_at" TIMESTAMPTZ(3),

    CONSTRAINT "api_key_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "gateway"."trusted_document" (
    "hash" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "body" TEXT NOT NULL,
    "published_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "published_by" TEXT,
    "notes" TEXT,
    "retired_at" TIMESTAMPTZ(3),

    CONSTRAINT "trusted_document_pkey" PRIMARY KEY ("hash")
);

-- CreateIndex
CREATE UNIQUE INDEX "api_key_hash_key" ON "gateway"."api_key"("hash");

-- All wallets, or the ones that are named: never both.
ALTER TABLE "gateway"."api_key" ADD CONSTRAINT "api_key_wallets_check" CHECK (NOT "all_wallets" OR coalesce(cardinality("wallets"), 0) = 0);

-- Running gateways keep the keys that they have seen: each learns at once which one it must forget. That a key was used is no change.
CREATE FUNCTION "gateway"."tell_key_changed"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('ponte_key', OLD.id::text);
    RETURN NULL;
END $$;

CREATE TRIGGER "api_key_changed" AFTER UPDATE OF "hash", "name", "scopes", "all_wallets", "wallets", "expires_at", "revoked_at" OR DELETE ON "gateway"."api_key"
    FOR EACH ROW EXECUTE FUNCTION "gateway"."tell_key_changed"();

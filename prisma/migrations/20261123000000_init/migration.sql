-- Words inside names are searched by trigrams.
CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;

-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "gestao_click";

-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "insights";

-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "kommo";

-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "sync";

-- CreateTable
CREATE TABLE "sync"."wallet" (
    "id" UUID NOT NULL,
    "workspace_id" UUID NOT NULL,
    "provider" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "external_account_id" TEXT,
    "domain" TEXT,
    "status" TEXT NOT NULL DEFAULT 'NOT_CONFIGURED',
    "configured" BOOLEAN NOT NULL DEFAULT false,
    "token_expires_at" TIMESTAMPTZ(3),
    "token_scopes" TEXT[],
    "token_missing_scopes" TEXT[],
    "checked_at" TIMESTAMPTZ(3),
    "metadata" JSONB,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "wallet_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "sync"."run" (
    "id" UUID NOT NULL,
    "wallet_id" UUID NOT NULL,
    "provider" TEXT NOT NULL,
    "mode" TEXT NOT NULL,
    "trigger" TEXT NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'QUEUED',
    "streams" TEXT[],
    "since" TIMESTAMPTZ(3),
    "fence" INTEGER NOT NULL DEFAULT 0,
    "failures" INTEGER NOT NULL DEFAULT 0,
    "cancel_requested" BOOLEAN NOT NULL DEFAULT false,
    "waiting_for" TEXT,
    "resumes_at" TIMESTAMPTZ(3),
    "retry_of_id" UUID,
    "error_code" TEXT,
    "error_message" TEXT,
    "error_hint" TEXT,
    "error_retryable" BOOLEAN,
    "worker" TEXT,
    "heartbeat_at" TIMESTAMPTZ(3),
    "queued_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "started_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "run_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "sync"."run_stream" (
    "run_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "position" INTEGER NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'QUEUED',
    "fetched" INTEGER NOT NULL DEFAULT 0,
    "total" INTEGER,
    "basis" TEXT NOT NULL DEFAULT 'UNKNOWN',
    "written" INTEGER NOT NULL DEFAULT 0,
    "unchanged" INTEGER NOT NULL DEFAULT 0,
    "deleted" INTEGER NOT NULL DEFAULT 0,
    "rejected" INTEGER NOT NULL DEFAULT 0,
    "requests" INTEGER NOT NULL DEFAULT 0,
    "outcome" TEXT,
    "message" TEXT,
    "error_code" TEXT,
    "checkpoint" JSONB,
    "started_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "run_stream_pkey" PRIMARY KEY ("run_id","name")
);

-- CreateTable
CREATE TABLE "sync"."stream_state" (
    "wallet_id" UUID NOT NULL,
    "stream" TEXT NOT NULL,
    "watermark" JSONB,
    "last_synced_at" TIMESTAMPTZ(3),
    "last_full_at" TIMESTAMPTZ(3),
    "records" INTEGER,

    CONSTRAINT "stream_state_pkey" PRIMARY KEY ("wallet_id","stream")
);

-- CreateTable
CREATE TABLE "sync"."schedule" (
    "id" UUID NOT NULL,
    "wallet_id" UUID NOT NULL,
    "provider" TEXT NOT NULL,
    "cron" TEXT NOT NULL,
    "time_zone" TEXT NOT NULL,
    "mode" TEXT NOT NULL,
    "enabled" BOOLEAN NOT NULL DEFAULT true,
    "next_run_at" TIMESTAMPTZ(3),
    "last_run_id" UUID,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "schedule_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "sync"."dead_letter" (
    "id" UUID NOT NULL,
    "wallet_id" UUID NOT NULL,
    "run_id" UUID,
    "provider" TEXT NOT NULL,
    "stream" TEXT NOT NULL,
    "external_id" TEXT,
    "code" TEXT NOT NULL,
    "message" TEXT NOT NULL,
    "payload" JSONB NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "resolved_at" TIMESTAMPTZ(3),

    CONSTRAINT "dead_letter_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "sync"."quota" (
    "account" TEXT NOT NULL,
    "per_second" INTEGER NOT NULL,
    "per_day" INTEGER,
    "grants" TIMESTAMPTZ(6)[],
    "day" DATE NOT NULL,
    "used_today" INTEGER NOT NULL DEFAULT 0,
    "blocked_until" TIMESTAMPTZ(3),
    "blocked_reason" TEXT,

    CONSTRAINT "quota_pkey" PRIMARY KEY ("account")
);

-- CreateTable
CREATE TABLE "sync"."errand" (
    "id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "provider" TEXT NOT NULL,
    "wallet_id" UUID,
    "input" JSONB NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'ASKED',
    "answer" JSONB,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "answered_at" TIMESTAMPTZ(3),

    CONSTRAINT "errand_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "sync"."change_event" (
    "id" BIGSERIAL NOT NULL,
    "wallet_id" UUID NOT NULL,
    "type" TEXT NOT NULL,
    "created" UUID[],
    "updated" UUID[],
    "deleted" UUID[],
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "change_event_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "gestao_click"."store" (
    "id" UUID NOT NULL,
    "wallet_id" UUID NOT NULL,
    "external_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "metadata" JSONB NOT NULL,
    "content_hash" TEXT NOT NULL,
    "synced_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "store_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "gestao_click"."erp_user" (
    "id" UUID NOT NULL,
    "wallet_id" UUID NOT NULL,
    "external_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "name_key" TEXT NOT NULL,
    "email" TEXT,
    "phones" TEXT[],
    "document" TEXT,
    "active" BOOLEAN NOT NULL DEFAULT true,
    "metadata" JSONB NOT NULL,
    "content_hash" TEXT NOT NULL,
    "synced_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "erp_user_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "gestao_click"."employee" (
    "id" UUID NOT NULL,
    "wallet_id" UUID NOT NULL,
    "external_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "name_key" TEXT NOT NULL,
    "metadata" JSONB NOT NULL,
    "content_hash" TEXT NOT NULL,
    "synced_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "employee_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "gestao_click"."salesperson" (
    "id" UUID NOT NULL,
    "wallet_id" UUID NOT NULL,
    "external_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "name_key" TEXT NOT NULL,
    "source" TEXT NOT NULL,
    "email" TEXT,
    "email_keys" TEXT[],
    "phones" TEXT[],
    "phone_keys" TEXT[],
    "document" TEXT,
    "active" BOOLEAN NOT NULL DEFAULT true,
    "metadata" JSONB NOT NULL,
    "content_hash" TEXT NOT NULL,
    "synced_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "salesperson_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "gestao_click"."sale_status" (
    "id" UUID NOT NULL,
    "wallet_id" UUID NOT NULL,
    "external_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "outcome" TEXT NOT NULL,
    "launches" INTEGER,
    "is_default" BOOLEAN NOT NULL DEFAULT false,
    "metadata" JSONB NOT NULL,
    "content_hash" TEXT NOT NULL,
    "synced_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "sale_status_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "gestao_click"."payment_method" (
    "id" UUID NOT NULL,
    "wallet_id" UUID NOT NULL,
    "external_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "metadata" JSONB NOT NULL,
    "content_hash" TEXT NOT NULL,
    "synced_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "payment_method_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "gestao_click"."bank_account" (
    "id" UUID NOT NULL,
    "wallet_id" UUID NOT NULL,
    "external_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "metadata" JSONB NOT NULL,
    "content_hash" TEXT NOT NULL,
    "synced_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "bank_account_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "gestao_click"."ledger_account" (
    "id" UUID NOT NULL,
    "wallet_id" UUID NOT NULL,
    "external_id" TEXT NOT NULL,
    "code" TEXT,
    "name" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "parent_id" UUID,
    "metadata" JSONB NOT NULL,
    "content_hash" TEXT NOT NULL,
    "synced_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "ledger_account_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "gestao_click"."cost_center" (
    "id" UUID NOT NULL,
    "wallet_id" UUID NOT NULL,
    "external_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "metadata" JSONB NOT NULL,
    "content_hash" TEXT NOT NULL,
    "synced_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "cost_center_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "gestao_click"."product" (
    "id" UUID NOT NULL,
    "wallet_id" UUID NOT NULL,
    "external_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "code" TEXT,
    "barcode" TEXT,
    "price" DECIMAL(18,4),
    "cost" DECIMAL(18,4),
    "stock" DECIMAL(20,6),
    "active" BOOLEAN NOT NULL DEFAULT true,
    "group_name" TEXT,
    "search_text" TEXT NOT NULL,
    "metadata" JSONB NOT NULL,
    "content_hash" TEXT NOT NULL,
    "synced_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "product_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "gestao_click"."service" (
    "id" UUID NOT NULL,
    "wallet_id" UUID NOT NULL,
    "external_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "code" TEXT,
    "price" DECIMAL(18,4),
    "metadata" JSONB NOT NULL,
    "content_hash" TEXT NOT NULL,
    "synced_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "service_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "gestao_click"."client" (
    "id" UUID NOT NULL,
    "wallet_id" UUID NOT NULL,
    "external_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "name_key" TEXT NOT NULL,
    "trade_name" TEXT,
    "kind" TEXT NOT NULL,
    "document" TEXT,
    "email" TEXT,
    "email_keys" TEXT[],
    "phones" TEXT[],
    "phone_keys" TEXT[],
    "active" BOOLEAN NOT NULL DEFAULT true,
    "city" TEXT,
    "state" TEXT,
    "source_created_at" TIMESTAMPTZ(3),
    "source_updated_at" TIMESTAMPTZ(3),
    "search_text" TEXT NOT NULL,
    "metadata" JSONB NOT NULL,
    "content_hash" TEXT NOT NULL,
    "synced_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "client_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "gestao_click"."sale" (
    "id" UUID NOT NULL,
    "wallet_id" UUID NOT NULL,
    "external_id" TEXT NOT NULL,
    "number" TEXT NOT NULL,
    "number_value" BIGINT NOT NULL,
    "kind" TEXT NOT NULL,
    "date" DATE NOT NULL,
    "status_id" UUID,
    "status_name" TEXT,
    "store_id" UUID,
    "client_id" UUID,
    "client_name" TEXT,
    "client_name_key" TEXT,
    "salesperson_id" UUID,
    "salesperson_external_id" TEXT,
    "salesperson_name" TEXT,
    "cost_center_id" UUID,
    "total" DECIMAL(18,4) NOT NULL,
    "products_total" DECIMAL(18,4),
    "services_total" DECIMAL(18,4),
    "discount" DECIMAL(18,4),
    "freight" DECIMAL(18,4),
    "cost" DECIMAL(18,4),
    "channel" TEXT,
    "notes" TEXT,
    "launched" BOOLEAN NOT NULL DEFAULT false,
    "due_on" DATE,
    "source_created_at" TIMESTAMPTZ(3),
    "source_updated_at" TIMESTAMPTZ(3) NOT NULL,
    "search_text" TEXT NOT NULL,
    "metadata" JSONB NOT NULL,
    "content_hash" TEXT NOT NULL,
    "synced_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "sale_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "gestao_click"."sale_item" (
    "sale_id" UUID NOT NULL,
    "position" INTEGER NOT NULL,
    "wallet_id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "product_id" UUID,
    "service_id" UUID,
    "description" TEXT NOT NULL,
    "unit" TEXT,
    "quantity" DECIMAL(20,6) NOT NULL,
    "unit_price" DECIMAL(18,4) NOT NULL,
    "unit_cost" DECIMAL(18,4),
    "discount" DECIMAL(18,4),
    "total" DECIMAL(18,4) NOT NULL,

    CONSTRAINT "sale_item_pkey" PRIMARY KEY ("sale_id","position")
);

-- CreateTable
CREATE TABLE "gestao_click"."payment" (
    "id" UUID NOT NULL,
    "wallet_id" UUID NOT NULL,
    "external_id" TEXT NOT NULL,
    "origin" TEXT NOT NULL,
    "direction" TEXT NOT NULL,
    "visible" BOOLEAN NOT NULL DEFAULT true,
    "number" TEXT,
    "description" TEXT,
    "amount" DECIMAL(18,4) NOT NULL,
    "interest" DECIMAL(18,4),
    "discount" DECIMAL(18,4),
    "fees" DECIMAL(18,4),
    "net_amount" DECIMAL(18,4) NOT NULL,
    "settled" BOOLEAN NOT NULL DEFAULT false,
    "due_date" DATE NOT NULL,
    "paid_at" DATE,
    "accrual_date" DATE,
    "method_id" UUID,
    "ledger_account_id" UUID,
    "cost_center_id" UUID,
    "bank_account_id" UUID,
    "store_id" UUID,
    "client_id" UUID,
    "party_kind" TEXT,
    "party_name" TEXT,
    "sale_number" TEXT,
    "sale_id" UUID,
    "position" INTEGER,
    "source_created_at" TIMESTAMPTZ(3),
    "source_updated_at" TIMESTAMPTZ(3),
    "search_text" TEXT NOT NULL,
    "metadata" JSONB NOT NULL,
    "content_hash" TEXT NOT NULL,
    "synced_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "payment_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "gestao_click"."quote" (
    "id" UUID NOT NULL,
    "wallet_id" UUID NOT NULL,
    "external_id" TEXT NOT NULL,
    "number" TEXT NOT NULL,
    "number_value" BIGINT,
    "kind" TEXT NOT NULL,
    "date" DATE NOT NULL,
    "status_external_id" TEXT,
    "status_name" TEXT,
    "store_id" UUID,
    "client_id" UUID,
    "client_name" TEXT,
    "salesperson_id" UUID,
    "salesperson_external_id" TEXT,
    "salesperson_name" TEXT,
    "total" DECIMAL(18,4) NOT NULL,
    "discount" DECIMAL(18,4),
    "freight" DECIMAL(18,4),
    "valid_for" TEXT,
    "source_created_at" TIMESTAMPTZ(3),
    "source_updated_at" TIMESTAMPTZ(3),
    "metadata" JSONB NOT NULL,
    "content_hash" TEXT NOT NULL,
    "synced_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "quote_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "gestao_click"."quote_item" (
    "quote_id" UUID NOT NULL,
    "position" INTEGER NOT NULL,
    "wallet_id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "product_id" UUID,
    "service_id" UUID,
    "description" TEXT NOT NULL,
    "quantity" DECIMAL(20,6) NOT NULL,
    "unit_price" DECIMAL(18,4) NOT NULL,
    "discount" DECIMAL(18,4),
    "total" DECIMAL(18,4) NOT NULL,

    CONSTRAINT "quote_item_pkey" PRIMARY KEY ("quote_id","position")
);

-- CreateTable
CREATE TABLE "gestao_click"."attribute_definition" (
    "id" UUID NOT NULL,
    "wallet_id" UUID NOT NULL,
    "external_id" TEXT NOT NULL,
    "owner_type" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "options" TEXT[],
    "metadata" JSONB NOT NULL,
    "content_hash" TEXT NOT NULL,
    "synced_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "attribute_definition_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "gestao_click"."attribute_value" (
    "owner_id" UUID NOT NULL,
    "position" INTEGER NOT NULL,
    "wallet_id" UUID NOT NULL,
    "owner_type" TEXT NOT NULL,
    "definition_id" UUID,
    "name" TEXT NOT NULL,
    "type" TEXT,
    "text" TEXT,

    CONSTRAINT "attribute_value_pkey" PRIMARY KEY ("owner_id","position")
);

-- CreateTable
CREATE TABLE "kommo"."crm_user" (
    "id" UUID NOT NULL,
    "wallet_id" UUID NOT NULL,
    "external_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "name_key" TEXT NOT NULL,
    "email" TEXT,
    "email_keys" TEXT[],
    "phone_keys" TEXT[],
    "active" BOOLEAN NOT NULL DEFAULT true,
    "is_admin" BOOLEAN NOT NULL DEFAULT false,
    "metadata" JSONB NOT NULL,
    "content_hash" TEXT NOT NULL,
    "synced_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "crm_user_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "kommo"."pipeline" (
    "id" UUID NOT NULL,
    "wallet_id" UUID NOT NULL,
    "external_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "sort" INTEGER NOT NULL,
    "is_main" BOOLEAN NOT NULL,
    "archived" BOOLEAN NOT NULL,
    "metadata" JSONB NOT NULL,
    "content_hash" TEXT NOT NULL,
    "synced_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "pipeline_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "kommo"."stage" (
    "id" UUID NOT NULL,
    "wallet_id" UUID NOT NULL,
    "external_id" TEXT NOT NULL,
    "pipeline_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "sort" INTEGER NOT NULL,
    "color" TEXT,
    "metadata" JSONB NOT NULL,
    "content_hash" TEXT NOT NULL,
    "synced_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "stage_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "kommo"."loss_reason" (
    "id" UUID NOT NULL,
    "wallet_id" UUID NOT NULL,
    "external_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "sort" INTEGER,
    "metadata" JSONB NOT NULL,
    "content_hash" TEXT NOT NULL,
    "synced_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "loss_reason_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "kommo"."tag" (
    "id" UUID NOT NULL,
    "wallet_id" UUID NOT NULL,
    "external_id" TEXT NOT NULL,
    "entity" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "color" TEXT,
    "metadata" JSONB NOT NULL,
    "content_hash" TEXT NOT NULL,
    "synced_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "tag_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "kommo"."custom_field" (
    "id" UUID NOT NULL,
    "wallet_id" UUID NOT NULL,
    "external_id" TEXT NOT NULL,
    "entity" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "code" TEXT,
    "type" TEXT NOT NULL,
    "sort" INTEGER,
    "predefined" BOOLEAN NOT NULL DEFAULT false,
    "metadata" JSONB NOT NULL,
    "content_hash" TEXT NOT NULL,
    "synced_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "custom_field_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "kommo"."custom_field_option" (
    "field_id" UUID NOT NULL,
    "external_id" TEXT NOT NULL,
    "id" UUID NOT NULL,
    "wallet_id" UUID NOT NULL,
    "value" TEXT NOT NULL,
    "sort" INTEGER,

    CONSTRAINT "custom_field_option_pkey" PRIMARY KEY ("field_id","external_id")
);

-- CreateTable
CREATE TABLE "kommo"."company" (
    "id" UUID NOT NULL,
    "wallet_id" UUID NOT NULL,
    "external_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "responsible_id" UUID,
    "phones" TEXT[],
    "emails" TEXT[],
    "document" TEXT,
    "tags" TEXT[],
    "source_created_at" TIMESTAMPTZ(3),
    "source_updated_at" TIMESTAMPTZ(3),
    "metadata" JSONB NOT NULL,
    "content_hash" TEXT NOT NULL,
    "synced_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "company_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "kommo"."contact" (
    "id" UUID NOT NULL,
    "wallet_id" UUID NOT NULL,
    "external_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "name_key" TEXT NOT NULL,
    "first_name" TEXT,
    "last_name" TEXT,
    "responsible_id" UUID,
    "company_id" UUID,
    "phones" TEXT[],
    "phone_keys" TEXT[],
    "emails" TEXT[],
    "email_keys" TEXT[],
    "document_keys" TEXT[],
    "tags" TEXT[],
    "source_created_at" TIMESTAMPTZ(3) NOT NULL,
    "source_updated_at" TIMESTAMPTZ(3) NOT NULL,
    "search_text" TEXT NOT NULL,
    "metadata" JSONB NOT NULL,
    "content_hash" TEXT NOT NULL,
    "synced_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "contact_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "kommo"."deal" (
    "id" UUID NOT NULL,
    "wallet_id" UUID NOT NULL,
    "external_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "price" DECIMAL(18,4) NOT NULL,
    "status" TEXT NOT NULL,
    "pipeline_id" UUID,
    "stage_id" UUID,
    "responsible_id" UUID,
    "company_id" UUID,
    "loss_reason_id" UUID,
    "loss_reason" TEXT,
    "tags" TEXT[],
    "closed_at" TIMESTAMPTZ(3),
    "source_created_at" TIMESTAMPTZ(3) NOT NULL,
    "source_updated_at" TIMESTAMPTZ(3) NOT NULL,
    "search_text" TEXT NOT NULL,
    "metadata" JSONB NOT NULL,
    "content_hash" TEXT NOT NULL,
    "synced_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "deal_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "kommo"."deal_contact" (
    "deal_id" UUID NOT NULL,
    "position" INTEGER NOT NULL,
    "wallet_id" UUID NOT NULL,
    "contact_id" UUID NOT NULL,
    "main" BOOLEAN NOT NULL,

    CONSTRAINT "deal_contact_pkey" PRIMARY KEY ("deal_id","position")
);

-- CreateTable
CREATE TABLE "kommo"."custom_field_value" (
    "owner_id" UUID NOT NULL,
    "position" INTEGER NOT NULL,
    "wallet_id" UUID NOT NULL,
    "owner_type" TEXT NOT NULL,
    "field_id" UUID NOT NULL,
    "text" TEXT,
    "number" DECIMAL(20,6),
    "date" TIMESTAMPTZ(3),
    "option_id" UUID,
    "code" TEXT,

    CONSTRAINT "custom_field_value_pkey" PRIMARY KEY ("owner_id","position")
);

-- CreateTable
CREATE TABLE "insights"."identity_link" (
    "id" UUID NOT NULL,
    "workspace_id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "erp_id" UUID NOT NULL,
    "erp_wallet_id" UUID NOT NULL,
    "crm_id" UUID NOT NULL,
    "crm_wallet_id" UUID NOT NULL,
    "status" TEXT NOT NULL,
    "score" INTEGER NOT NULL,
    "reasons" JSONB NOT NULL,
    "decided_by" TEXT,
    "decided_at" TIMESTAMPTZ(3),
    "last_purchase_on" DATE,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "identity_link_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "wallet_workspace_id_idx" ON "sync"."wallet"("workspace_id");

-- CreateIndex
CREATE UNIQUE INDEX "wallet_provider_external_account_id_key" ON "sync"."wallet"("provider", "external_account_id");

-- CreateIndex
CREATE INDEX "run_queued_at_id_idx" ON "sync"."run"("queued_at", "id");

-- CreateIndex
CREATE INDEX "run_wallet_id_queued_at_idx" ON "sync"."run"("wallet_id", "queued_at");

-- CreateIndex
CREATE UNIQUE INDEX "schedule_wallet_id_key" ON "sync"."schedule"("wallet_id");

-- CreateIndex
CREATE INDEX "dead_letter_created_at_id_idx" ON "sync"."dead_letter"("created_at", "id");

-- CreateIndex
CREATE INDEX "dead_letter_run_id_idx" ON "sync"."dead_letter"("run_id");

-- CreateIndex
CREATE INDEX "dead_letter_wallet_id_stream_external_id_idx" ON "sync"."dead_letter"("wallet_id", "stream", "external_id");

-- CreateIndex
CREATE INDEX "errand_created_at_idx" ON "sync"."errand"("created_at");

-- CreateIndex
CREATE INDEX "change_event_at_idx" ON "sync"."change_event"("at");

-- CreateIndex
CREATE INDEX "store_wallet_id_idx" ON "gestao_click"."store"("wallet_id");

-- CreateIndex
CREATE INDEX "erp_user_wallet_id_name_key_idx" ON "gestao_click"."erp_user"("wallet_id", "name_key");

-- CreateIndex
CREATE INDEX "employee_wallet_id_name_key_idx" ON "gestao_click"."employee"("wallet_id", "name_key");

-- CreateIndex
CREATE INDEX "salesperson_wallet_id_name_key_idx" ON "gestao_click"."salesperson"("wallet_id", "name_key");

-- CreateIndex
CREATE INDEX "salesperson_name_id_idx" ON "gestao_click"."salesperson"("name", "id");

-- CreateIndex
CREATE INDEX "sale_status_wallet_id_idx" ON "gestao_click"."sale_status"("wallet_id");

-- CreateIndex
CREATE INDEX "payment_method_wallet_id_idx" ON "gestao_click"."payment_method"("wallet_id");

-- CreateIndex
CREATE INDEX "bank_account_wallet_id_idx" ON "gestao_click"."bank_account"("wallet_id");

-- CreateIndex
CREATE INDEX "ledger_account_wallet_id_idx" ON "gestao_click"."ledger_account"("wallet_id");

-- CreateIndex
CREATE INDEX "cost_center_wallet_id_idx" ON "gestao_click"."cost_center"("wallet_id");

-- CreateIndex
CREATE INDEX "product_wallet_id_idx" ON "gestao_click"."product"("wallet_id");

-- CreateIndex
CREATE INDEX "service_wallet_id_idx" ON "gestao_click"."service"("wallet_id");

-- CreateIndex
CREATE INDEX "client_name_id_idx" ON "gestao_click"."client"("name", "id");

-- CreateIndex
CREATE INDEX "client_wallet_id_document_idx" ON "gestao_click"."client"("wallet_id", "document");

-- CreateIndex
CREATE INDEX "client_phone_keys_idx" ON "gestao_click"."client" USING GIN ("phone_keys");

-- CreateIndex
CREATE INDEX "client_email_keys_idx" ON "gestao_click"."client" USING GIN ("email_keys");

-- CreateIndex
CREATE INDEX "client_search_text_idx" ON "gestao_click"."client" USING GIN ("search_text" gin_trgm_ops);

-- CreateIndex
CREATE INDEX "sale_date_id_idx" ON "gestao_click"."sale"("date", "id");

-- CreateIndex
CREATE INDEX "sale_total_id_idx" ON "gestao_click"."sale"("total", "id");

-- CreateIndex
CREATE INDEX "sale_number_value_id_idx" ON "gestao_click"."sale"("number_value", "id");

-- CreateIndex
CREATE INDEX "sale_source_updated_at_id_idx" ON "gestao_click"."sale"("source_updated_at", "id");

-- CreateIndex
CREATE INDEX "sale_client_id_date_id_idx" ON "gestao_click"."sale"("client_id", "date", "id");

-- CreateIndex
CREATE INDEX "sale_salesperson_id_date_id_idx" ON "gestao_click"."sale"("salesperson_id", "date", "id");

-- CreateIndex
CREATE INDEX "sale_status_id_idx" ON "gestao_click"."sale"("status_id");

-- CreateIndex
CREATE INDEX "sale_wallet_id_number_idx" ON "gestao_click"."sale"("wallet_id", "number");

-- CreateIndex
CREATE INDEX "sale_wallet_id_salesperson_external_id_idx" ON "gestao_click"."sale"("wallet_id", "salesperson_external_id");

-- CreateIndex
CREATE INDEX "sale_search_text_idx" ON "gestao_click"."sale" USING GIN ("search_text" gin_trgm_ops);

-- CreateIndex
CREATE INDEX "sale_item_product_id_idx" ON "gestao_click"."sale_item"("product_id");

-- CreateIndex
CREATE INDEX "payment_due_date_id_idx" ON "gestao_click"."payment"("due_date", "id");

-- CreateIndex
CREATE INDEX "payment_direction_due_date_id_idx" ON "gestao_click"."payment"("direction", "due_date", "id");

-- CreateIndex
CREATE INDEX "payment_sale_id_idx" ON "gestao_click"."payment"("sale_id");

-- CreateIndex
CREATE INDEX "payment_client_id_due_date_idx" ON "gestao_click"."payment"("client_id", "due_date");

-- CreateIndex
CREATE INDEX "payment_wallet_id_sale_number_idx" ON "gestao_click"."payment"("wallet_id", "sale_number");

-- CreateIndex
CREATE INDEX "payment_search_text_idx" ON "gestao_click"."payment" USING GIN ("search_text" gin_trgm_ops);

-- CreateIndex
CREATE INDEX "quote_wallet_id_idx" ON "gestao_click"."quote"("wallet_id");

-- CreateIndex
CREATE INDEX "quote_date_id_idx" ON "gestao_click"."quote"("date", "id");

-- CreateIndex
CREATE INDEX "quote_client_id_idx" ON "gestao_click"."quote"("client_id");

-- CreateIndex
CREATE INDEX "attribute_definition_wallet_id_idx" ON "gestao_click"."attribute_definition"("wallet_id");

-- CreateIndex
CREATE INDEX "attribute_value_definition_id_text_idx" ON "gestao_click"."attribute_value"("definition_id", "text");

-- CreateIndex
CREATE INDEX "attribute_value_name_text_idx" ON "gestao_click"."attribute_value"("name", "text");

-- CreateIndex
CREATE INDEX "crm_user_wallet_id_idx" ON "kommo"."crm_user"("wallet_id");

-- CreateIndex
CREATE INDEX "pipeline_wallet_id_idx" ON "kommo"."pipeline"("wallet_id");

-- CreateIndex
CREATE INDEX "stage_wallet_id_idx" ON "kommo"."stage"("wallet_id");

-- CreateIndex
CREATE INDEX "stage_pipeline_id_sort_idx" ON "kommo"."stage"("pipeline_id", "sort");

-- CreateIndex
CREATE INDEX "loss_reason_wallet_id_idx" ON "kommo"."loss_reason"("wallet_id");

-- CreateIndex
CREATE INDEX "tag_wallet_id_idx" ON "kommo"."tag"("wallet_id");

-- CreateIndex
CREATE INDEX "custom_field_wallet_id_entity_sort_idx" ON "kommo"."custom_field"("wallet_id", "entity", "sort");

-- CreateIndex
CREATE INDEX "custom_field_code_idx" ON "kommo"."custom_field"("code");

-- CreateIndex
CREATE INDEX "custom_field_option_id_idx" ON "kommo"."custom_field_option"("id");

-- CreateIndex
CREATE INDEX "company_wallet_id_idx" ON "kommo"."company"("wallet_id");

-- CreateIndex
CREATE INDEX "company_name_id_idx" ON "kommo"."company"("name", "id");

-- CreateIndex
CREATE INDEX "contact_wallet_id_idx" ON "kommo"."contact"("wallet_id");

-- CreateIndex
CREATE INDEX "contact_name_id_idx" ON "kommo"."contact"("name", "id");

-- CreateIndex
CREATE INDEX "contact_source_updated_at_id_idx" ON "kommo"."contact"("source_updated_at", "id");

-- CreateIndex
CREATE INDEX "contact_company_id_idx" ON "kommo"."contact"("company_id");

-- CreateIndex
CREATE INDEX "contact_phone_keys_idx" ON "kommo"."contact" USING GIN ("phone_keys");

-- CreateIndex
CREATE INDEX "contact_email_keys_idx" ON "kommo"."contact" USING GIN ("email_keys");

-- CreateIndex
CREATE INDEX "contact_document_keys_idx" ON "kommo"."contact" USING GIN ("document_keys");

-- CreateIndex
CREATE INDEX "contact_search_text_idx" ON "kommo"."contact" USING GIN ("search_text" gin_trgm_ops);

-- CreateIndex
CREATE INDEX "deal_wallet_id_idx" ON "kommo"."deal"("wallet_id");

-- CreateIndex
CREATE INDEX "deal_source_updated_at_id_idx" ON "kommo"."deal"("source_updated_at", "id");

-- CreateIndex
CREATE INDEX "deal_source_created_at_id_idx" ON "kommo"."deal"("source_created_at", "id");

-- CreateIndex
CREATE INDEX "deal_price_id_idx" ON "kommo"."deal"("price", "id");

-- CreateIndex
CREATE INDEX "deal_closed_at_id_idx" ON "kommo"."deal"("closed_at", "id");

-- CreateIndex
CREATE INDEX "deal_pipeline_id_idx" ON "kommo"."deal"("pipeline_id");

-- CreateIndex
CREATE INDEX "deal_stage_id_idx" ON "kommo"."deal"("stage_id");

-- CreateIndex
CREATE INDEX "deal_responsible_id_idx" ON "kommo"."deal"("responsible_id");

-- CreateIndex
CREATE INDEX "deal_search_text_idx" ON "kommo"."deal" USING GIN ("search_text" gin_trgm_ops);

-- CreateIndex
CREATE INDEX "deal_contact_contact_id_deal_id_idx" ON "kommo"."deal_contact"("contact_id", "deal_id");

-- CreateIndex
CREATE INDEX "custom_field_value_field_id_text_idx" ON "kommo"."custom_field_value"("field_id", "text");

-- CreateIndex
CREATE INDEX "custom_field_value_field_id_number_idx" ON "kommo"."custom_field_value"("field_id", "number");

-- CreateIndex
CREATE INDEX "custom_field_value_field_id_date_idx" ON "kommo"."custom_field_value"("field_id", "date");

-- CreateIndex
CREATE INDEX "custom_field_value_field_id_option_id_idx" ON "kommo"."custom_field_value"("field_id", "option_id");

-- CreateIndex
CREATE INDEX "identity_link_kind_erp_id_status_idx" ON "insights"."identity_link"("kind", "erp_id", "status");

-- CreateIndex
CREATE INDEX "identity_link_kind_crm_id_status_idx" ON "insights"."identity_link"("kind", "crm_id", "status");

-- CreateIndex
CREATE INDEX "identity_link_kind_status_score_id_idx" ON "insights"."identity_link"("kind", "status", "score", "id");

-- CreateIndex
CREATE UNIQUE INDEX "identity_link_kind_erp_id_crm_id_key" ON "insights"."identity_link"("kind", "erp_id", "crm_id");


-- At most one live run for each wallet.
CREATE UNIQUE INDEX "run_one_live_per_wallet" ON "sync"."run" ("wallet_id") WHERE "status" IN ('QUEUED', 'RUNNING', 'WAITING');

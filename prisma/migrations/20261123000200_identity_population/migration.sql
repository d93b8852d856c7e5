-- How many people of an ERP account a kind of link could find: without it nobody can say how many have none.
CREATE TABLE "insights"."identity_population" (
    "kind" TEXT NOT NULL,
    "erp_wallet_id" UUID NOT NULL,
    "workspace_id" UUID NOT NULL,
    "people" INTEGER NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "identity_population_pkey" PRIMARY KEY ("kind","erp_wallet_id")
);

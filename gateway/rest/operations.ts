// The GraphQL operations behind the REST routes. Each is run through the gateway like an operation of any client.

const RUN = `
fragment Run on SyncRun {
  id provider mode trigger status waitingFor resumesAt queuedAt startedAt finishedAt
  progress { percent basis fetched total written unchanged deleted rejected recordsPerSecond etaSeconds }
  streams { name status fetched total written unchanged deleted rejected startedAt finishedAt outcome message }
  error { code message hint retryable }
}`;

const SCHEDULE = `
fragment Schedule on SyncSchedule { id provider cron timeZone mode enabled nextRunAt fullCron fullNextRunAt lastRun { id status finishedAt } }`;

export const TEST_CONNECTION = `
mutation RestTestConnection($provider: Provider!, $walletId: ID) {
  testConnection(provider: $provider, walletId: $walletId) {
    ok status message hint latencyMs
    account { id name domain }
    token { expiresAt daysLeft scopes missingScopes }
    sample { stream count names }
  }
}`;

export const SALES = `
query RestSales($first: Int!, $offset: Int!, $filter: SaleFilter) {
  list: sales(first: $first, offset: $offset, filter: $filter, orderBy: { field: DATE, direction: DESC }) {
    totalCount totalCountExact
    edges {
      node {
        id externalId number kind date total discount freight channel
        status { id name outcome }
        store { id name }
        items { kind description quantity unitPrice discount total product { id name } }
        client { id name kind document email phones contact { id name phones emails } }
        salesperson { id name email contact { id name phones emails } }
        payments { id status dueDate amount paidAt paidAmount method { id name kind } }
        customFields { name type text }
        syncedAt
      }
    }
  }
}`;

export const CLIENTS = `
query RestClients($first: Int!, $offset: Int!, $filter: ClientFilter) {
  list: clients(first: $first, offset: $offset, filter: $filter) {
    totalCount totalCountExact
    edges {
      node {
        id externalId name kind document email phones
        customFields { name type text }
        contact { id name phones emails }
        syncedAt
      }
    }
  }
}`;

export const CONTACTS = `
query RestContacts($first: Int!, $offset: Int!, $filter: ContactFilter) {
  list: contacts(first: $first, offset: $offset, filter: $filter) {
    totalCount totalCountExact
    edges {
      node {
        id externalId name firstName lastName phones emails tags
        customFields { field { id name code type } values { text number date option { id value } } }
        client { id name document }
        salesperson { id name }
        createdAt updatedAt syncedAt
      }
    }
  }
}`;

export const DEALS = `
query RestDeals($first: Int!, $offset: Int!, $filter: DealFilter) {
  list: deals(first: $first, offset: $offset, filter: $filter, orderBy: { field: UPDATED_AT, direction: DESC }) {
    totalCount totalCountExact
    edges {
      node {
        id externalId name price status lossReason tags
        stage { id name kind }
        pipeline { id name }
        responsible { id name email }
        customFields { field { id name code type } values { text number date option { id value } } }
        contacts { main contact { id name phones emails client { id name } } }
        createdAt updatedAt closedAt syncedAt
      }
    }
  }
}`;

export const AUTO_IMPORT = `
mutation RestAutoImport($provider: Provider, $walletId: ID) {
  autoImport(provider: $provider, walletId: $walletId) { runs { ...Run } }
}${RUN}`;

export const START_SYNC = `
mutation RestStartSync($input: StartSyncInput!) {
  startSync(input: $input) { started run { ...Run } }
}${RUN}`;

export const RUNS = `
query RestRuns($provider: Provider, $first: Int!) {
  list: syncRuns(provider: $provider, first: $first) { totalCount edges { node { ...Run } } }
}${RUN}`;

export const SCHEDULES = `
query RestSchedules { syncSchedules { ...Schedule } }${SCHEDULE}`;

export const SET_SCHEDULE = `
mutation RestSetSchedule($input: SyncScheduleInput!) {
  setSyncSchedule(input: $input) { ...Schedule }
}${SCHEDULE}`;

export const OPERATIONS = { TEST_CONNECTION, SALES, CLIENTS, CONTACTS, DEALS, AUTO_IMPORT, START_SYNC, RUNS, SCHEDULES, SET_SCHEDULE } as const;

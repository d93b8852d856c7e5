// All routes of the simulated API, below `/api/v4`.
import { accountRoutes } from './account.ts';
import type { Route } from './call.ts';
import { callRoutes } from './calls.ts';
import { cardWriteRoutes } from './card-write.ts';
import { cardRoutes } from './cards.ts';
import { catalogRoutes } from './catalogs.ts';
import { complexRoutes } from './complex.ts';
import { customFieldRoutes } from './custom-fields.ts';
import { eventRoutes } from './events.ts';
import { linkRoutes } from './links.ts';
import { noteRoutes } from './notes.ts';
import { pipelineRoutes } from './pipelines.ts';
import { subscriptionRoutes } from './subscriptions.ts';
import { tagRoutes } from './tags.ts';
import { taskRoutes } from './tasks.ts';
import { unsortedRoutes } from './unsorted.ts';

export const routes: readonly Route[] = [
  ...accountRoutes,
  ...pipelineRoutes,
  ...customFieldRoutes,
  ...tagRoutes,
  ...noteRoutes,
  ...callRoutes,
  ...linkRoutes,
  ...unsortedRoutes,
  ...complexRoutes,
  ...cardRoutes,
  ...cardWriteRoutes,
  ...taskRoutes,
  ...eventRoutes,
  ...catalogRoutes,
  ...subscriptionRoutes,
];

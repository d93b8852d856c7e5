// Entry of the planner's thread: a thread loads TypeScript only after it has said so itself.
import { register } from 'tsx/esm/api';

register();
await import('./apollo-thread.ts');

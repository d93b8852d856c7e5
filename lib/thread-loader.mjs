// First module of a thread that runs TypeScript (thread.ts): its argument is the URL of the module to run.
import { register } from 'tsx/esm/api';

register();
await import(process.argv[2]);

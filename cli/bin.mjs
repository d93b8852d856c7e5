#!/usr/bin/env node
// `npx ponte ...`: loads TypeScript, then the command line.
import { register } from 'tsx/esm/api';

register();
await import('./ponte.ts');

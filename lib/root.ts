// Where the package is: the same sources run as TypeScript from its root and as JavaScript from `dist/`. Files beside the code
// (schema, migrations, package.json) are found from here, never from `import.meta.url`.

/** True where this runs as compiled JavaScript. */
export const COMPILED = new URL(import.meta.url).pathname.endsWith('.js');

/** URL of the folder that holds package.json, with a slash at its end. */
export const ROOT = new URL(COMPILED ? '../../' : '../', import.meta.url);

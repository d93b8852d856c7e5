// What to do about the failures of the system that people meet most, by the code that it gives them.

const ADVICE: Readonly<Record<string, string>> = {
  EADDRINUSE: 'Stop the program that listens there, or name another port with PORT.',
  ECONNREFUSED: 'Is the database server running? Check DATABASE_URL.',
  ENOTFOUND: 'Check the host in DATABASE_URL.',
  '28P01': 'Check user and password in DATABASE_URL.',
  '3D000': '`ponte migrate` makes the database, where its user may create databases; else check DATABASE_URL.',
};

/** One sentence, or undefined where there is none to give. */
export function adviceFor(error: unknown): string | undefined {
  const code = error !== null && typeof error === 'object' && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && Object.hasOwn(ADVICE, code) ? ADVICE[code] : undefined;
}

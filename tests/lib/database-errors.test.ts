// What an error of the database means for those who asked.
import { DatabaseError } from 'pg';
import { describe, expect, test } from 'vitest';
import { databaseTrouble, unavailableDatabase } from '../../lib/database-errors.ts';
import { toGraphQLError } from '../../lib/graphql/index.ts';
import { createLogBook } from '../support/log-book.ts';

const sql = (code: string) => Object.assign(new DatabaseError(`SELECT secret FROM "x" failed with ${code}`, 1, 'error'), { code, severity: 'ERROR' });

describe('trouble of the database', () => {
  test.each([
    [sql('08006'), 'LOST', 'SUBGRAPH_UNAVAILABLE'],
    [sql('57P01'), 'LOST', 'SUBGRAPH_UNAVAILABLE'],
    [sql('57P03'), 'LOST', 'SUBGRAPH_UNAVAILABLE'],
    [new Error('Connection terminated unexpectedly'), 'LOST', 'SUBGRAPH_UNAVAILABLE'],
    [Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' }), 'LOST', 'SUBGRAPH_UNAVAILABLE'],
    [sql('53100'), 'FULL', 'SUBGRAPH_UNAVAILABLE'],
    [sql('53200'), 'BUSY', 'OVERLOADED'],
    [sql('53300'), 'BUSY', 'OVERLOADED'],
    [sql('25006'), 'READ_ONLY', 'SUBGRAPH_UNAVAILABLE'],
    [sql('58030'), 'BROKEN', 'SUBGRAPH_UNAVAILABLE'],
    [Object.assign(new Error('x'), { code: 'P2037', clientVersion: '7' }), 'BUSY', 'OVERLOADED'],
    [Object.assign(new Error('x'), { code: 'P2010', clientVersion: '7', meta: { driverAdapterError: { cause: { originalCode: '53100' } } } }), 'FULL', 'SUBGRAPH_UNAVAILABLE'],
  ] as const)('%s is %s, for clients %s', (error, trouble, code) => {
    expect(databaseTrouble(error)).toBe(trouble);
    const log = createLogBook();
    const shown = toGraphQLError(error, log);
    expect(shown.extensions).toMatchObject({ code, retryable: true, hint: expect.any(String) });
    expect(shown.message).not.toMatch(/SELECT|secret/);
    expect(log.lines).toHaveLength(1); // operators read what it was
  });

  test('what a statement did wrong is our fault, and hidden', () => {
    expect(databaseTrouble(sql('42703'))).toBe('STATEMENT');
    expect(unavailableDatabase(sql('42703'))).toBeNull();
    expect(toGraphQLError(sql('42703'), createLogBook()).extensions).toEqual({ code: 'INTERNAL_SERVER_ERROR' });
  });

  test('other errors are none of the database', () => {
    for (const error of [new Error('x'), Object.assign(new Error('x'), { code: 'ENOENT', syscall: 'open' }), 'text', null, Object.assign(new Error('x'), { code: '53100' })]) expect(databaseTrouble(error)).toBeNull();
  });
});

// Where a server may be reached: without authentication from this machine only, and there only by names of this machine.
import { describe, expect, test } from 'vitest';
import { assertBindable, createHostRule, isLoopback } from '../../gateway/auth/index.ts';
import { ConfigError } from '../../lib/errors.ts';

describe('the address that is listened on', () => {
  test.each(['127.0.0.1', 'localhost', '::1', '[::1]', '127.8.9.1', 'LOCALHOST', '::ffff:127.0.0.1'])('%s needs no authentication', (host) => {
    expect(isLoopback(host)).toBe(true);
    expect(() => assertBindable(host, { required: false })).not.toThrow();
  });

  test.each(['0.0.0.0', '::', '10.0.0.1', 'example.com', 'localhost.evil.com', '127.evil.com', '', '::ffff:10.0.0.1'])('%j is refused without it, and told what to set', (host) => {
    expect(() => assertBindable(host, { required: false })).toThrow(ConfigError);
    expect(() => assertBindable(host, { required: false })).toThrow(/HOST.*AUTH_API_KEYS=true.*ponte key create.*AUTH_JWKS_URL/s);
    expect(() => assertBindable(host, { required: true })).not.toThrow();
  });
});

describe('the Host of a request', () => {
  test.each([
    ['localhost', true],
    ['localhost:3000', true],
    ['LocalHost.:3000', true],
    ['127.0.0.1:3000', true],
    ['127.1.2.3', true],
    ['[::1]:3000', true],
    ['[::1]', true],
    ['evil.example.com', false],
    ['evil.example.com:3000', false],
    ['localhost.evil.com', false],
    ['127.0.0.1.evil.com', false],
    ['evil.com@localhost', false],
    ['localhost:3000@evil.com', false],
    ['localhost/evil', false],
    ['10.0.0.1', false],
    ['', false],
    [undefined, false],
  ])('%j on loopback: %s', (host, allowed) => expect(createHostRule({ bound: '127.0.0.1' })(host === undefined ? {} : { host })).toBe(allowed));

  test.each([
    ['api.example.com', true],
    ['API.example.com:443', true],
    ['eu.ponte.dev', true],
    ['a.b.ponte.dev', true],
    ['ponte.dev', false],
    ['evilponte.dev', false],
    ['other.example.com', false],
    ['localhost:3000', true],
  ])('%s with further names: %s', (host, allowed) => {
    for (const bound of ['127.0.0.1', '0.0.0.0']) expect(createHostRule({ bound, allowed: ['api.example.com', '*.ponte.dev'] })({ host })).toBe(allowed);
  });

  test('elsewhere, without names, any is taken', () => expect(createHostRule({ bound: '0.0.0.0' })({ host: 'anything.example.com' })).toBe(true));
});

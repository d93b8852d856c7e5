// Addresses and names of this machine.

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1|::ffff:127(\.\d{1,3}){3})$/;

/** A host's name as it is compared: small letters, no brackets, no dot at the end. */
export const plainHost = (host: string): string => host.trim().toLowerCase().replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');

/** True for `localhost`, `127.0.0.1`, `::1`, `[::1]` and the like. */
export const isLoopback = (host: string): boolean => LOOPBACK.test(plainHost(host));

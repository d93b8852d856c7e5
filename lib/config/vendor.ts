// What third parties leave in the environment, or read there: switches of packages that have no option in their API, and who started us.

/** Apollo Gateway reports anonymous metrics to its maker unless this is set before a gateway is made. Ponte calls nobody. */
export function silenceVendors(): void {
  process.env['APOLLO_TELEMETRY_DISABLED'] = 'true';
}

/**
 * True where one of our own scripts runs in a package manager (`npm start`, `npm run ponte ...`). Between it and this process
 * stands a shell, which dies of a SIGTERM without handing it on.
 */
export function startedByPackageManager(): boolean {
  const { npm_package_name: name, npm_lifecycle_event: script } = process.env;
  return name === 'ponte' && (script === 'start' || script === 'ponte');
}

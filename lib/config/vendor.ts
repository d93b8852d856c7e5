// Switches that third-party packages read from the environment, and that have no option in their API.

/** Apollo Gateway reports anonymous metrics to its maker unless this is set before a gateway is made. Ponte calls nobody. */
export function silenceVendors(): void {
  process.env['APOLLO_TELEMETRY_DISABLED'] = 'true';
}

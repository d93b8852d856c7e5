// The database's clock, seen from here. All decisions about time are made on it, because the clocks of two machines differ.
// Each answer that carries the database's time bounds the offset by half its round trip; the tightest recent one counts.

const KEEP_SAMPLES = 32;

export interface DatabaseClock {
  /** Tells what the database's clock said (`databaseMs`) between `sentMs` and `receivedMs` of `performance.now()`. */
  observe(sentMs: number, receivedMs: number, databaseMs: number): void;
  /** The reading of `performance.now()` at which the database's clock shows `databaseMs`. */
  local(databaseMs: number): number;
  /** Usual round trip, ms. */
  roundTripMs(): number;
}

export function createDatabaseClock(): DatabaseClock {
  const samples: { roundTrip: number; offset: number }[] = [];
  const best = () => samples.reduce((a, b) => (b.roundTrip < a.roundTrip ? b : a));
  return {
    observe(sentMs, receivedMs, databaseMs) {
      samples.push({ roundTrip: receivedMs - sentMs, offset: databaseMs - (sentMs + receivedMs) / 2 });
      if (samples.length > KEEP_SAMPLES) samples.shift();
    },
    local: (databaseMs) => databaseMs - (samples.length > 0 ? best().offset : 0),
    roundTripMs: () => (samples.length > 0 ? best().roundTrip : 0),
  };
}

// The openings of a gate in this process: when its newest calls really left, as the process itself can tell. The grants in
// the database say when a call may go; a busy event loop or a connection that has to be made first sends it later, and then
// the next window must begin later too.

export interface OpeningWindow {
  /** Until when (reading of `performance.now()`) the next call of this process has to wait; may be past. */
  heldUntil(): number;
  /** A call may go now; it counts as not yet sent until the function is called (a second call changes nothing). */
  opened(): () => void;
}

/** A call whose departure nobody tells is taken to have left after so long. */
const LONGEST_DEPARTURE_MS = 2_000;
/** How soon to look again at a call that has not left yet. */
const LOOK_AGAIN_MS = 5;

/** At most `perSecond` departures in any 1,000 ms + `marginMs`. */
export function createOpeningWindow(perSecond: number, marginMs: number): OpeningWindow {
  const openings: { readonly opened: number; left: number | null }[] = [];
  return {
    heldUntil() {
      const first = openings[openings.length - perSecond];
      if (first === undefined) return 0;
      if (first.left !== null) return first.left + 1_000 + marginMs;
      const now = performance.now();
      return now - first.opened < LONGEST_DEPARTURE_MS ? now + LOOK_AGAIN_MS : 0;
    },
    opened() {
      const opening: { readonly opened: number; left: number | null } = { opened: performance.now(), left: null };
      openings.push(opening);
      if (openings.length > perSecond) openings.shift();
      return () => {
        if (opening.left !== null) return;
        opening.left = performance.now();
        // What was written to the connection has left by the end of this turn of the event loop.
        setImmediate(() => (opening.left = performance.now()));
      };
    },
  };
}

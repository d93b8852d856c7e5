// Many listeners on few signals (one credential, one socket): each signal is listened to once, whoever hangs on it.

export interface Follower {
  aborted(signal: AbortSignal): void;
}

interface Followed {
  readonly followers: Set<Follower>;
  readonly told: () => void;
}

export class Signals {
  readonly #followed = new WeakMap<AbortSignal, Followed>();

  /** `follower` is told when the signal fires; the caller looks first whether it has fired. */
  follow(signal: AbortSignal, follower: Follower): void {
    let followed = this.#followed.get(signal);
    if (!followed) {
      const followers = new Set<Follower>();
      const told = () => {
        this.#followed.delete(signal);
        for (const each of followers) each.aborted(signal);
      };
      followed = { followers, told };
      this.#followed.set(signal, followed);
      signal.addEventListener('abort', told, { once: true });
    }
    followed.followers.add(follower);
  }

  unfollow(signal: AbortSignal, follower: Follower): void {
    const followed = this.#followed.get(signal);
    if (!followed?.followers.delete(follower) || followed.followers.size > 0) return;
    this.#followed.delete(signal);
    signal.removeEventListener('abort', followed.told);
  }
}

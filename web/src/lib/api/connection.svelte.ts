// What the reader should know of the connection: none, trying again, slow. The shell shows it in one band.

class Connection {
  online = $state(typeof navigator === 'undefined' || navigator.onLine !== false);
  /** Calls that wait to be tried again. */
  retrying = $state(0);
  /** Calls that have been under way for longer than one expects. */
  slow = $state(0);

  constructor() {
    if (typeof window === 'undefined') return;
    window.addEventListener('online', () => (this.online = true));
    window.addEventListener('offline', () => (this.online = false));
  }

  /** Counts a call as slow once it takes longer than 8 s. */
  async watch<T>(call: Promise<T>): Promise<T> {
    let counted = false;
    const timer = setTimeout(() => {
      counted = true;
      this.slow += 1;
    }, 8_000);
    try {
      return await call;
    } finally {
      clearTimeout(timer);
      if (counted) this.slow -= 1;
    }
  }
}

export const connection = new Connection();

import { setTimeout as sleep } from 'node:timers/promises'

/** @typedef {(requests: number) => Promise<void>} Pace returns when so many requests may be sent */

/**
 * Spreads requests so that no window of a minute has more of them than allowed.
 *
 * @param {number} perMinute
 * @param {AbortSignal} signal ends the waiting
 * @returns {Pace}
 */
export function createPace(perMinute, signal) {
  /** @type {number[]} */
  let sent = []
  return async requests => {
    for (;;) {
      const now = performance.now()
      sent = sent.filter(at => now - at < 60_000)
      if (sent.length + requests <= perMinute) break
      const [first = now] = sent
      await sleep(first + 60_000 - now, undefined, { signal })
    }
    sent.push(...Array.from({ length: requests }, () => performance.now()))
  }
}

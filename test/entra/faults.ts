/** Faults: what the token endpoint does instead of answering well, and for how many requests. */
import { type Deferred, deferred } from './deferred.ts'

export type Fault =
  /** A bare answer: throttling with `Retry-After`, 5xx, redirects, HTML, what is not JSON. */
  | {
      readonly kind: 'status'
      readonly status: number
      readonly headers?: Readonly<Record<string, string>>
      readonly body?: string
      readonly contentType?: string
    }
  /** Answers normally, but late. */
  | { readonly kind: 'delay'; readonly milliseconds: number }
  /** Does not answer until `release()`, then normally. */
  | { readonly kind: 'hold' }
  /** Half a body, then the socket is destroyed. */
  | { readonly kind: 'cut' }
  /** The socket is destroyed before any byte of the answer. */
  | { readonly kind: 'reset' }
  /** The normal answer, one byte of the body a second. */
  | { readonly kind: 'drip' }
  /** A 200 whose JSON string goes on for so many bytes; `Infinity` is fine. */
  | { readonly kind: 'huge'; readonly bytes: number }
  /** Any JSON, as a 200 unless a status is given. */
  | { readonly kind: 'json'; readonly body: unknown; readonly status?: number }

export interface HeldRequest {
  /** Resolves when the request is there, its body read. */
  readonly arrived: Promise<void>
  release(): void
}

interface Hold {
  readonly arrived: Deferred
  readonly released: Deferred
  taken: boolean
}

export class FaultQueue {
  readonly #faults: { readonly fault: Fault; left: number }[] = []
  readonly #holds: Hold[] = []
  #released = deferred()

  /** Puts a fault after those that are waiting. */
  add(fault: Fault, times = 1): void {
    if (times > 0) this.#faults.push({ fault, left: times })
  }

  /** The fault for the request that has just come. */
  next(): Fault | undefined {
    const [first] = this.#faults
    if (!first) return undefined
    first.left -= 1
    if (first.left <= 0) this.#faults.shift()
    return first.fault
  }

  /** Resolves when `release()` is called next. */
  get released(): Promise<void> {
    return this.#released.promise
  }

  /** Lets the requests go that `hold` faults keep. */
  release(): void {
    this.#released.resolve()
    this.#released = deferred()
  }

  /** Forgets all faults and holds, and lets every request go. */
  clear(): void {
    this.#faults.length = 0
    for (const hold of this.#holds.splice(0)) hold.released.resolve()
    this.release()
  }

  /** Keeps the next request that no other hold takes. */
  holdNext(): HeldRequest {
    const hold = { arrived: deferred(), released: deferred(), taken: false }
    this.#holds.push(hold)
    return { arrived: hold.arrived.promise, release: hold.released.resolve }
  }

  /** Takes the hold for the request that has just come, and says when it may go on. */
  takeHold(): Promise<void> | undefined {
    const hold = this.#holds.find(({ taken }) => !taken)
    if (!hold) return undefined
    hold.taken = true
    hold.arrived.resolve()
    return hold.released.promise
  }
}

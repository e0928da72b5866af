/** A real browser, Debian's Chromium, driven by playwright-core. */
import { type Browser, chromium } from 'playwright-core'

/** Starts it without a window. Pages of our servers are trusted: their CA is made anew for each run. */
export function startChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: '/usr/bin/chromium',
    // No sandbox, which needs rights that containers do not give, and nothing of Google's services.
    args: ['--no-sandbox', '--ignore-certificate-errors', '--disable-background-networking'],
  })
}

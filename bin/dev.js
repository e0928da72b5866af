#!/usr/bin/env node
/** Runs the CLI from the sources as they are now: builds, then starts it. */
import { build } from '../scripts/build.mjs'

await build()
await import('./run.cjs')

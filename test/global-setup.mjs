/** Builds the CLI once, before any suite: the tests run the built program as a process. */
import { build } from '../scripts/build.mjs'

export default async function setup() {
  if (!process.env.ENTRA_TEST_SKIP_BUILD) await build()
}

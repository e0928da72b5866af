/** Compiled to `dist/keychain-helper.cjs`: the process in which the keychain's library may hang alone. */

import { writeWhole } from './output/stdout.ts'
import { runKeychainHelper } from './secrets/keychain-helper.ts'

void runKeychainHelper(process.stdin, (line) => writeWhole(1, line))

/** Compiled to `dist/keychain-helper.cjs`: the process in which the keychain's library may hang alone. */
import { runKeychainHelper } from './secrets/keychain-helper.ts'
import { writeWhole } from './output/stdout.ts'

runKeychainHelper(process.stdin, (line) => writeWhole(1, line))

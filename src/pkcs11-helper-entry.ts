/** Compiled to `dist/pkcs11-helper.cjs`: the process in which a PKCS#11 module may crash or hang alone. */

import { Worker } from 'node:worker_threads'
import { runPkcs11Helper } from './crypto/pkcs11/helper.ts'
import { answerPipe } from './crypto/pkcs11/protocol.ts'
import { writeWhole } from './output/stdout.ts'

/** A module that hangs holds the main thread, so another one sees that whoever asked is gone, killed perhaps. */
const watch = `
const { workerData } = require('node:worker_threads')
setInterval(() => process.ppid === workerData || process.kill(process.pid, 'SIGKILL'), 1000)`
new Worker(watch, { eval: true, workerData: process.ppid }).unref()

runPkcs11Helper(process.stdin, (line) => writeWhole(answerPipe, line)).then(
  () => process.exit(0),
  () => process.exit(1),
)

/**
 * A name's addresses, as every program on this machine finds them (hosts file, DNS, and what else the system asks).
 * In a process of its own: the system's lookup cannot be taken back, and Node does not end before it has.
 */
import type { LookupAddress } from 'node:dns'
import type { Context } from '../context.ts'
import { runChild } from '../secrets/child.ts'

export interface Addresses {
  readonly addresses: readonly LookupAddress[]
  /** Of the lookup alone. */
  readonly milliseconds: number
}

const script = `
const { argv, stdout } = require('node:process')
const started = performance.now()
require('node:dns').lookup(argv[1], { all: true }, (error, addresses) => {
  const milliseconds = Math.round(performance.now() - started)
  stdout.write(JSON.stringify(error ? { code: error.code } : { addresses, milliseconds }))
})`

/** What the system's resolver reads; none of it is a secret. */
const passedOn = [
  'LOCALDOMAIN',
  'RES_OPTIONS',
  'HOSTALIASES',
  'LD_LIBRARY_PATH',
  'SystemRoot',
  'SYSTEMROOT',
  'windir',
]

/**
 * @param deadline milliseconds.
 * @throws an error with the system's code, such as ENOTFOUND; `ETIMEDOUT` after the deadline.
 */
export async function findAddresses(
  hostname: string,
  deadline: number,
  { env, platform, nodePath }: Pick<Context, 'env' | 'platform' | 'nodePath'>,
): Promise<Addresses> {
  const { stdout, end } = await runChild({
    command: nodePath,
    args: ['-e', script, '--', hostname],
    env: Object.fromEntries(passedOn.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]]))),
    deadline,
    maxOutput: 64 * 1024,
    platform,
  })
  if (end.type === 'timeout') throw failed('ETIMEDOUT')
  const answer = parse(stdout.toString('utf8'))
  if (answer?.addresses?.length) return answer as Addresses
  throw failed(answer?.code ?? `lookup ${end.type}`)
}

const failed = (code: string) => Object.assign(new Error(`the lookup failed: ${code}`), { code })

function parse(text: string): (Partial<Addresses> & { readonly code?: string }) | undefined {
  try {
    return JSON.parse(text) as Partial<Addresses> & { code?: string }
  } catch {
    return undefined
  }
}

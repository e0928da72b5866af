/** The oclif side of the program: every command but a cached `get-token`, and the one place where errors leave. */
import { run } from '@oclif/core/run'
import { commands } from './commands.ts'
import { AppError } from './errors.ts'
import { writeWhole } from './output/stdout.ts'
import { createPlugin } from './plugin.ts'
import { usageError } from './usage-error.ts'

const bin = 'entra-auth-cli'

export async function main(argv: readonly string[]): Promise<void> {
  guardProcess(argv)
  try {
    // `doctor` says what is wrong with it, and then leaves the network alone.
    if (argv[0] !== 'doctor') refuseUnsafeTls(process.env)
    const { root, pjson, plugin } = await createPlugin()
    await run([...argv], { root, pjson, plugins: new Map([[plugin.name, plugin]]) })
  } catch (error) {
    fail(error, argv)
  }
}

/** A signal must not open Node's inspector to every local user, and a closed pipe is no crash. */
function guardProcess(argv: readonly string[]): void {
  process.on('SIGUSR1', () => {})
  process.on('uncaughtException', (error) => fail(error, argv))
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(0)
      failWriting(error, argv)
    })
}

/** The payload could not be written. */
export const failWriting = (cause: unknown, argv: readonly string[]): never =>
  fail(
    new AppError('io', `standard output could not be written (${(cause as NodeJS.ErrnoException).code})`, {
      cause,
    }),
    argv,
  )

function refuseUnsafeTls(env: NodeJS.ProcessEnv): void {
  if (env.NODE_TLS_REJECT_UNAUTHORIZED === '0')
    throw new AppError('config', 'NODE_TLS_REJECT_UNAUTHORIZED=0 turns the check of TLS certificates off', {
      hint: 'unset it; for a company CA set NODE_EXTRA_CA_CERTS to its file',
    })
}

const asksFor = (argv: readonly string[]) => ({
  json: argv.some(
    (word, index) =>
      /^(--json|--output=json|-ojson)$/.test(word) ||
      (/^(-o|--output)$/.test(word) && argv[index + 1] === 'json'),
  ),
  debug: argv.some((word) => word === '--debug' || word === '-d'),
})

/** Says on stderr what failed and what to try, and ends the process with the error's exit status. */
function fail(thrown: unknown, argv: readonly string[]): never {
  const { json, debug } = asksFor(argv)
  const error = toAppError(thrown, argv)
  const lines = json
    ? [JSON.stringify(error)]
    : [
        `${bin}: error: ${error.message}`,
        ...(error.hint ? [`${bin}: hint: ${error.hint}`] : []),
        ...presented(error),
        ...(error.claims ? [`${bin}: claims: ${error.claims}`] : []),
        ...ids(error),
      ]
  if (debug && error.stack) lines.push(error.stack)
  try {
    writeWhole(2, `${lines.join('\n')}\n`)
  } catch {
    // With stderr gone too there is nowhere left to say it.
  }
  // All output is written synchronously: nothing is cut, and no open socket or timer keeps the process alive.
  process.exit(error.exitStatus)
}

const presented = (error: AppError): string[] =>
  Object.entries(error.presented ?? {}).map(([name, value]) => `${bin}: presented ${name} ${value}`)

const ids = (error: AppError): string[] =>
  error.correlationId
    ? [`${bin}: correlation ID ${error.correlationId}, trace ID ${error.traceId ?? 'none'}`]
    : []

function toAppError(thrown: unknown, argv: readonly string[]): AppError {
  if (thrown instanceof AppError) return thrown
  const error = thrown instanceof Error ? thrown : new Error(String(thrown))
  return (
    usageError(error, [], Object.keys(commands), { argv }) ??
    new AppError('bug', `unexpected ${error.constructor.name}`, {
      hint: 'run again with --debug, and report what it prints',
      cause: error,
    })
  )
}

/** References to secrets: where they lead, and that no error shows what they might hold. */
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AppError } from '../../src/errors.ts'
import {
  type OuterReference,
  parseReference,
  readReferencedBytes,
  referenceName,
  resolveReference,
} from '../../src/secrets/references.ts'
import { run } from '../parts/cli.ts'
import { until } from '../parts/require-part.ts'

const uid = process.getuid?.() ?? 0
let directory: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'entra-reference-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const env = { ...process.env, NAME: 'from the environment', EMPTY: '' }

const resolve = async (text: string, deadline?: number): Promise<string> => {
  const reference = parseReference(text) as OuterReference
  const world = { env, platform: process.platform, uid, ...(deadline !== undefined && { deadline }) }
  return (await resolveReference(reference, world)).reveal()
}

const command = (...argv: string[]) => `command:${JSON.stringify(argv)}`
const node = (script: string, ...args: string[]) => command(process.execPath, '-e', script, ...args)

async function failure(work: Promise<unknown>): Promise<AppError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (error instanceof AppError) return error
  throw new Error(`no AppError: ${error}`)
}

const write = (content: string | Uint8Array, mode = 0o600) => {
  const path = join(directory, 'secret')
  writeFileSync(path, content)
  chmodSync(path, mode)
  return path
}

describe('bytes', () => {
  const bytes = Uint8Array.from([0x30, 0x82, 0xff, 0x00, 0x0d, 0x0a])
  const read = (text: string, largest?: number) =>
    readReferencedBytes(parseReference(text) as OuterReference, {
      env,
      platform: process.platform,
      uid,
      ...(largest !== undefined && { largest }),
    })

  test.each([
    ['a file', () => `file:${write(bytes)}`],
    ['a command', () => command('cat', write(bytes))],
  ])('from %s are as they stand there, its last newline too', async (_, reference) => {
    expect((await read(reference())).equals(bytes)).toBe(true)
  })

  test('may be more than a secret has, up to the limit', async () => {
    const path = write(new Uint8Array(200_000))
    for (const reference of [`file:${path}`, command('cat', path)]) {
      expect(await read(reference, 200_000)).toHaveLength(200_000)
      expect((await failure(read(reference, 196_608))).message).toMatch(
        /(is larger|printed more) than 192 KiB/,
      )
    }
  })

  test('that are not there are an error like any secret', async () => {
    expect(await failure(read('env:EMPTY'))).toMatchObject({ code: 'not_found' })
    expect(await failure(read('command:true'))).toMatchObject({ code: 'unavailable' })
  })

  test.each([
    ['env:NAME', 'the variable NAME'],
    ['file:/a/b.pfx', '/a/b.pfx'],
    ['command:az keyvault secret show --name hunter2', 'what the command az printed'],
  ])('of %s are called "%s"', (text, name) => {
    expect(referenceName(parseReference(text) as OuterReference)).toBe(name)
  })
})

describe('the text of a reference', () => {
  test.each<[string, unknown]>([
    ['keychain', { type: 'keychain' }],
    ['file-store', { type: 'file-store' }],
    ['env:NAME_1', { type: 'env', name: 'NAME_1' }],
    ['file:/a b/c', { type: 'file', path: '/a b/c' }],
    ['command:pass show entra', { type: 'command', argv: ['pass', 'show', 'entra'] }],
    ['command: pass  show\tentra ', { type: 'command', argv: ['pass', 'show', 'entra'] }],
    ['command:["pass","show","a b"]', { type: 'command', argv: ['pass', 'show', 'a b'] }],
    ['command:["pass",""]', { type: 'command', argv: ['pass', ''] }],
  ])('%s is read', (text, reference) => {
    expect(parseReference(text)).toEqual(reference)
  })

  test.each([
    ...[
      '',
      'hunter2',
      'Keychain',
      'env:',
      'env:1A',
      'env:A B',
      'env:A=B',
      'file:',
      'file:hunter2',
      'file:~/x',
    ],
    ...[
      'command:',
      'command: ',
      'command:[]',
      'command:[""]',
      'command:["a",1]',
      'command:["a"',
      'command:[hunter2',
    ],
    ...['https://hunter2', ' env:A', 'ENV:A', 'env:A\n'],
  ])('%j is refused, and not quoted: it may be a secret by mistake', (text) => {
    let error: unknown
    try {
      parseReference(text)
    } catch (thrown) {
      error = thrown
    }
    expect(error).toMatchObject({ code: 'usage' })
    expect(JSON.stringify(error)).not.toContain('hunter2')
  })
})

describe('env:', () => {
  test('leads to the variable, as it stands', async () => {
    expect(await resolve('env:NAME')).toBe('from the environment')
  })

  test.each([
    ['EMPTY', 'is empty'],
    ['NOT_SET_ANYWHERE', 'is not set'],
  ])('%s: it %s', async (name, reason) => {
    expect(await failure(resolve(`env:${name}`))).toMatchObject({
      code: 'not_found',
      message: `the variable ${name} ${reason}`,
    })
  })
})

describe('file:', () => {
  test.each([
    ['secret', 'secret'],
    ['secret\n', 'secret'],
    ['secret\r\n', 'secret'],
    ['secret\n\n', 'secret\n'],
    [' secret ', ' secret '],
    ['two\nlines\n', 'two\nlines'],
  ])('%j is the secret %j', async (content, secret) => {
    expect(await resolve(`file:${write(content)}`)).toBe(secret)
  })

  test.each([0o640, 0o604, 0o660, 0o666, 0o755])(
    'with mode %o is open to others: it is not read',
    async (mode) => {
      const path = write('secret', mode)
      expect(await failure(resolve(`file:${path}`))).toMatchObject({
        code: 'config',
        message: `${path} holds a secret and is open to other users`,
        hint: `run: chmod 600 ${path}`,
      })
    },
  )

  test('may be a link, as mounted secrets are', async () => {
    symlinkSync(write('secret'), join(directory, 'link'))
    expect(await resolve(`file:${join(directory, 'link')}`)).toBe('secret')
  })

  test.each<[string, string, (path: string) => Promise<void> | void]>([
    ['that is not there', 'not_found', (path) => rmSync(path)],
    ['that is empty', 'not_found', (path) => writeFileSync(path, '')],
    ['that holds a newline alone', 'not_found', (path) => writeFileSync(path, '\n')],
    [
      'that is too large for a secret',
      'config',
      (path) => writeFileSync(path, Buffer.alloc(64 * 1024 + 1, 65)),
    ],
    [
      'that is a directory',
      'config',
      (path) => {
        rmSync(path)
        mkdirSync(path, { mode: 0o700 })
      },
    ],
    [
      'that is a FIFO, which is not waited for',
      'config',
      async (path) => {
        rmSync(path)
        await run('mkfifo', ['-m', '600', path], { env: process.env })
      },
    ],
  ])('%s: %s', async (_, code, spoil) => {
    const path = write('secret')
    await spoil(path)
    const error = await failure(resolve(`file:${path}`))
    expect(error).toMatchObject({ code, message: expect.stringContaining(path) })
  })
})

describe('command:', () => {
  test('leads to what the program prints, without one newline at the end', async () => {
    expect(await resolve(node('console.log("from a command")'))).toBe('from a command')
    expect(await resolve(node('process.stdout.write("a\\n\\n")'))).toBe('a\n')
  })

  test('gives each argument as it is: no shell reads it', async () => {
    const hostile = ['$(id)', '`id`', '; echo no', '*', 'a b', '', '"', "'", '\\', '$HOME', '&& true', '\n']
    const print = 'process.stdout.write(JSON.stringify(process.argv.slice(1)))'
    expect(JSON.parse(await resolve(node(print, ...hostile)))).toEqual(hostile)
  })

  test('has words between white space when it is no JSON array', async () => {
    expect(await resolve(`command:printf %s-%s  $HOME`)).toBe('$HOME-')
  })

  test('gets nothing on its standard input', async () => {
    expect(await resolve(command('sh', '-c', 'cat; echo end'))).toBe('end')
  })

  test('that hangs is killed at its deadline, with what it started', async () => {
    const pids = join(directory, 'pids')
    const script = `sleep 300 & echo $! > ${pids}; echo $$ >> ${pids}; wait`
    const started = performance.now()
    const error = await failure(resolve(command('sh', '-c', script, 'hunter2'), 500))
    expect(performance.now() - started).toBeLessThan(3000)
    expect(error).toMatchObject({
      code: 'unavailable',
      message: 'the command sh of a reference was not finished after 0.5 seconds',
    })
    const isGone = (pid: string) => {
      try {
        return /^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
      } catch {
        return true
      }
    }
    await until('both processes gone', () => readFileSync(pids, 'utf8').trim().split('\n').every(isGone))
  })

  test.each<[string, string[], string, string]>([
    [
      'fails',
      ['sh', '-c', 'exit 3', 'hunter2'],
      'unavailable',
      'the command sh of a reference failed with status 3',
    ],
    [
      'fails and says why',
      ['sh', '-c', 'echo "no \u001b[31maccess" >&2; exit 1', 'hunter2'],
      'unavailable',
      'the command sh of a reference failed with status 1: no \\u{1b}[31maccess',
    ],
    ['is silent', ['true', 'hunter2'], 'unavailable', 'the command true of a reference printed nothing'],
    ['prints a newline alone', ['echo'], 'unavailable', 'the command echo of a reference printed nothing'],
    [
      'kills itself',
      ['sh', '-c', 'kill -KILL $$', 'hunter2'],
      'unavailable',
      'the command sh of a reference was ended by SIGKILL',
    ],
    [
      'prints without end',
      ['yes', 'hunter2'],
      'unavailable',
      'the command yes of a reference printed more than 64 KiB',
    ],
    [
      'is not there',
      ['no-such-program-anywhere', 'hunter2'],
      'not_found',
      'the command no-such-program-anywhere of a reference cannot be started (ENOENT)',
    ],
    [
      'is not a program',
      ['/etc/passwd', 'hunter2'],
      'not_found',
      'the command /etc/passwd of a reference cannot be started (EACCES)',
    ],
    [
      'has an argument too long for any program',
      ['true', `hunter2${'x'.repeat(3 * 1024 * 1024)}`],
      'not_found',
      'the command true of a reference cannot be started (E2BIG)',
    ],
    [
      'has an impossible argument',
      ['true', 'hunter2\0'],
      'not_found',
      'the command true of a reference cannot be started (ERR_INVALID_ARG_VALUE)',
    ],
  ])('that %s is an error that names the program, never its arguments', async (_, argv, code, message) => {
    const error = await failure(resolve(command(...argv)))
    expect(error).toMatchObject({ code, message })
    expect(`${error.message} ${error.hint}`).not.toContain('hunter2')
  })
})

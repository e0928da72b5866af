/** A module that misbehaves costs a named error, and leaves nothing behind: a real one, with a fault put in. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDevice } from '../../../src/crypto/pkcs11/device.ts'
import { listTokens } from '../../../src/crypto/pkcs11/list.ts'
import { signatureWays } from '../../../src/crypto/pkcs11/signature.ts'
import { type Token, withToken } from '../../../src/crypto/pkcs11/token.ts'
import { AppError } from '../../../src/errors.ts'
import { Secret } from '../../../src/secret.ts'
import { projectRoot, run } from '../../parts/cli.ts'
import { helper, type TestToken, tokenWorld } from '../../parts/pkcs11.ts'
import { describeWith, until } from '../../parts/require-part.ts'
import { createSoftHsm } from '../../parts/softhsm.ts'

describeWith(['softhsm2', 'gcc'], 'a PKCS#11 module', () => {
  let directory: string
  let hsm: TestToken
  let faulty: string
  const said: string[] = []
  const warned: string[] = []

  beforeAll(async () => {
    directory = realpathSync(mkdtempSync(join(tmpdir(), 'entra-faults-')))
    hsm = await createSoftHsm(directory)
    await hsm.generate('app')
    faulty = join(directory, 'faulty.so')
    const source = join(projectRoot, 'test/parts/faulty-module.c')
    const compiled = await run('gcc', ['-shared', '-fPIC', '-o', faulty, source, '-ldl'], {
      env: { PATH: process.env.PATH },
    })
    expect(compiled).toMatchObject({ status: 0, stderr: '' })
  }, 120_000)
  beforeEach(() => {
    said.length = 0
    warned.length = 0
  })
  afterEach(() => until('the end of all its processes', () => processes().length === 0))
  afterAll(() => rmSync(directory, { recursive: true, force: true }))

  /** The processes that have this test's variable, in whatever group. */
  const processes = () =>
    readdirSync('/proc').filter((pid) => {
      try {
        return (
          /^\d+$/.test(pid) &&
          readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`SOFTHSM2_CONF=${hsm.env.SOFTHSM2_CONF}\0`) &&
          !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ')
        )
      } catch {
        return false
      }
    })

  const world = (fault: string) =>
    tokenWorld(
      { ...hsm.env, FAULT: fault, FAULT_MODULE: hsm.module },
      { deadline: 3000, debug: (line) => said.push(line), warn: (line) => warned.push(line) },
    )

  const use = <T>(fault: string, work: (token: Token) => Promise<T>, pin = hsm.pin): Promise<T> =>
    withToken(
      { token: 'soft', object: 'app', 'module-path': faulty },
      async () => new Secret(pin),
      world(fault),
      work,
    )

  const sign = async (token: Token, ways = signatureWays) => {
    const { certificate } = await token.getCertificate(Date.now())
    const key = await token.getKey(certificate)
    for (const way of ways)
      if (await token.sign(key, certificate.publicKey, way, Buffer.from('data'))) return way
    return undefined
  }

  async function failure(work: Promise<unknown>): Promise<AppError> {
    const error = await work.then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
    expect(error).toBeInstanceOf(AppError)
    return error as AppError
  }

  test.each([
    ['crash', 'bug', 'crashed (SIGSEGV)'],
    ['crash when signing', 'bug', 'crashed (SIGSEGV)'],
    ['exit', 'bug', 'crashed (its process ended with status 0)'],
    ['hang', 'unavailable', 'did not answer within 3 seconds'],
    ['hang when signing', 'unavailable', 'did not answer within 3 seconds'],
    ['odd value', 'unavailable', 'failed in C_Initialize: CKR 0xdeadbeef'],
    ['taken away', 'unavailable', 'failed: the token was taken away (CKR_DEVICE_REMOVED)'],
  ])('that does this: %s', async (fault, code, message) => {
    expect(await failure(use(fault, (token) => sign(token)))).toMatchObject({
      code,
      message: expect.stringContaining(`the PKCS#11 module ${faulty} ${message}`),
    })
  })

  test('that writes to our pipe is told from the answer', async () => {
    expect(await failure(use('write to the pipe', sign))).toMatchObject({
      code: 'protocol',
      message: `the process of the PKCS#11 module ${faulty} gave an answer that is none`,
    })
  })

  test.each(['print', 'start a process', 'crash at the end', 'hang at the end'])(
    'that does this does not matter: %s',
    async (fault) => {
      expect(await use(fault, (token) => sign(token))).toBe(signatureWays[0])
      expect(said.join('\n')).not.toContain('\u001b')
      expect(said.join('\n').length).toBeLessThan(100_000)
    },
    30_000,
  )

  test('whose PSS signatures are bad signs another way, and no bad signature gets out', async () => {
    expect(await use('bad PSS', (token) => sign(token))).toEqual({
      algorithm: 'PS256',
      mechanism: 'RSA_X_509',
    })
    expect(await use('bad signatures', (token) => sign(token))).toBeUndefined()
  })

  test('that prints the PIN cannot make us print it', async () => {
    await use('echo the PIN', (token) => token.login())
    expect(said).toContain('pkcs11 module: C_Login(***)')
  })

  test('whose token has a keypad gets no PIN from us', async () => {
    const pin = async (): Promise<Secret> => {
      throw new Error('it was asked for')
    }
    const uri = { token: 'soft', object: 'app', 'module-path': faulty }
    expect(await withToken(uri, pin, world('keypad'), (token) => sign(token))).toBe(signatureWays[0])
  })

  describe('whose token counts PINs', () => {
    test('warns at the last try, and says what is left after it', async () => {
      expect(await failure(use('final try', (token) => token.login(), '999999'))).toMatchObject({
        code: 'denied',
        message: 'the PIN of token "soft" is wrong; one try is left before it locks',
      })
      expect(warned).toEqual(['a wrong PIN now locks token "soft": it is the last try'])
    })

    test('is not given one when it is locked', async () => {
      let asked = 0
      const pin = async () => {
        asked += 1
        return new Secret(hsm.pin)
      }
      const uri = { token: 'soft', 'module-path': faulty }
      expect(await failure(withToken(uri, pin, world('locked'), (token) => token.login()))).toMatchObject({
        code: 'denied',
        message: 'token "soft" is locked: too many wrong PINs',
      })
      expect(asked).toBe(0)
    })

    test('is not given a wrong one twice', async () => {
      await use(
        '',
        async (token) => {
          const first = await failure(token.login())
          expect(await failure(token.getKey())).toBe(first)
        },
        '999999',
      )
    })
  })

  test('is listed with its failure', async () => {
    const [listed] = await listTokens({ 'module-path': faulty }, world('crash'))
    expect(listed).toMatchObject({ module: faulty, tokens: [], failure: { code: 'bug' } })
    const [working] = await listTokens({ 'module-path': faulty }, world(''))
    expect(working).toMatchObject({
      tokens: [
        {
          label: 'soft',
          certificates: [{ label: 'app', uri: expect.stringMatching(/^pkcs11:token=soft;object=app;id=%/) }],
          keys: [{ label: 'app' }],
        },
      ],
    })
  })

  test('that is no library has an error of its own', async () => {
    const libc = (
      await run('gcc', ['-print-file-name=libc.so.6'], { env: { PATH: process.env.PATH } })
    ).stdout.trim()
    const open = (module: string) => failure(openDevice(module, world('')))
    expect(await open(libc)).toMatchObject({
      code: 'data',
      message: `${libc} is not a PKCS#11 module: undefined symbol: C_GetFunctionList`,
    })
    expect(await open(join(directory, 'softhsm2.conf'))).toMatchObject({
      code: 'data',
      message: expect.stringMatching(/is not a PKCS#11 module: (file too short|invalid ELF header)$/),
    })
    expect(await open(directory)).toMatchObject({ code: 'data' })
    expect(await open(join(directory, 'none.so'))).toMatchObject({ code: 'not_found' })
  })

  test('cannot be used without the package that loads it, which says what it takes', async () => {
    const bare = {
      ...world(''),
      helper: {
        ...helper,
        args: [
          '-e',
          `require('node:module')._resolveFilename = (name) => { if (name.startsWith('node:') || name.startsWith('/')) return name; throw new Error("Cannot find module 'pkcs11js'") }; require(${JSON.stringify(helper.args[0])})`,
        ],
      },
    }
    expect(await failure(openDevice(faulty, bare))).toMatchObject({
      code: 'config',
      message: 'the package pkcs11js, which talks to PKCS#11 modules, cannot be loaded',
      hint: expect.stringContaining('C++ compiler'),
    })
  })

  test.each(['SIGTERM', 'SIGINT', 'SIGKILL'] as const)(
    'that hangs ends with the program, by %s too',
    async (signal) => {
      const script = `
      const { spawn } = require('node:child_process')
      spawn(process.execPath, [${JSON.stringify(helper.args[0])}], { stdio: ['pipe', 'ignore', 'ignore', 'pipe'], detached: true })
        .stdin.write(${JSON.stringify(`${JSON.stringify({ action: 'open', module: faulty })}\n`)})
      setInterval(() => {}, 1000)`
      const env = { PATH: process.env.PATH, ...hsm.env, FAULT: 'hang', FAULT_MODULE: hsm.module }
      const parent: ChildProcess = spawn(process.execPath, ['-e', script], { env, stdio: 'ignore' })
      await until('the module in its process', () =>
        processes().some((pid) => readFileSync(`/proc/${pid}/maps`, 'utf8').includes(faulty)),
      )
      parent.kill(signal)
      await until('the end of both', () => processes().length === 0)
    },
  )
})

/** Files made to hang, crash or exhaust the reader: it answers soon, and with an AppError. */
import fc from 'fast-check'
import { createClientAssertion } from '../../src/credentials/client-assertion.ts'
import { readClientCertificate } from '../../src/crypto/client-certificate.ts'
import { errorOf, makeLeaf, openssl, read, readText, toInput } from './openssl.ts'

const password = 'secret-password'

beforeAll(() => {
  makeLeaf()
  openssl(`pkcs12 -export -inkey leaf.key -in leaf.crt -out good.pfx -passout pass:${password}`)
  openssl(
    'pkcs12 -export -inkey leaf.key -in leaf.crt -out empty.pfx -passout pass: -keypbe NONE -certpbe NONE',
  )
  openssl(`pkcs8 -topk8 -in leaf.key -out encrypted.key -passout pass:${password}`)
  openssl('rsa -in leaf.key -traditional -out pkcs1.key')
})

/** Milliseconds of work since then: other programs on the machine do not count. */
const workSince = (start: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(start)
  return (user + system) / 1000
}

/** The error, after checking that it took no more than the two seconds promised. */
async function soonErrorOf(files: Parameters<typeof errorOf>[0]) {
  const start = process.cpuUsage()
  const error = await errorOf({ password, ...files })
  expect(workSince(start)).toBeLessThan(2000)
  return error
}

/** A SEQUENCE, or another constructed value, with a four-octet length. */
function wrap(content: Buffer, tag = 0x30): Buffer {
  const header = Buffer.from([tag, 0x84, 0, 0, 0, 0])
  header.writeUInt32BE(content.length, 2)
  return Buffer.concat([header, content])
}

function toPem(label: string, base64: string): string {
  return `-----BEGIN ${label}-----\n${base64}\n-----END ${label}-----\n`
}

/** The PFX with another iteration count for its MAC: the last INTEGER of the file (RFC 7292, section 4). */
function withMacIterations(pfx: Buffer, count: Buffer): Buffer {
  const macStart = 4 + 3 + 4 + pfx.readUInt16BE(9)
  const mac = pfx.subarray(macStart + 2)
  const changed = Buffer.concat([mac.subarray(0, mac.length - 4), Buffer.from([2, count.length]), count])
  return wrap(Buffer.concat([pfx.subarray(4, macStart), wrap(changed)]))
}

describe('too much work', () => {
  test.each(['7fffffff', '0f4241', '00ffffffffffffffff'])('a MAC with 0x%s iterations', async (count) => {
    const certificate = withMacIterations(read('good.pfx'), Buffer.from(count, 'hex'))
    const error = await soonErrorOf({ certificate })
    expect(error.message).toMatch(/asks for too much work to decrypt: \d+ iterations/)
  })

  test('patching the count is all that the test above does', async () => {
    const certificate = withMacIterations(read('good.pfx'), Buffer.from('0800', 'hex'))
    await readClientCertificate(toInput({ certificate, password }))
  })

  test.each(['-1', '', '00'.repeat(17)])('a MAC with "%s" iterations', async (count) => {
    const bytes = count === '-1' ? Buffer.from('ff', 'hex') : Buffer.from(count, 'hex')
    const error = await soonErrorOf({ certificate: withMacIterations(read('good.pfx'), bytes) })
    expect(error.message).toContain('damaged')
  })

  test('a safe of a PFX, told before the password is asked', async () => {
    openssl(
      `pkcs12 -export -inkey leaf.key -in leaf.crt -out slow.pfx -passout pass:x -iter 1000001 -nomaciter`,
    )
    expect((await soonErrorOf({ certificate: read('slow.pfx') })).message).toContain('1000001 iterations')
  })

  test('an encrypted key, PBKDF2', async () => {
    openssl('pkcs8 -topk8 -iter 1000001 -in leaf.key -out slow.key -passout pass:x')
    const error = await soonErrorOf({ certificate: read('leaf.crt'), privateKey: read('slow.key') })
    expect(error.message).toContain('1000001 iterations')
  })

  test.each<[string, string, string, RegExp]>([
    [
      'p=127',
      '020108020101',
      '02010802017f',
      /asks for too much work to decrypt: scrypt with N=16384, r=8, p=127/,
    ],
    ['r=127, just under the cap', '02024000020108', '0202400002017f', /wrong password/],
    ['an N that is no power of two', '02024000', '02024001', /damaged/],
  ])('an encrypted key, scrypt with %s', async (_, from, to, message) => {
    openssl('pkcs8 -topk8 -scrypt -in leaf.key -outform DER -out scrypt.der -passout pass:x')
    const der = Buffer.from(read('scrypt.der').toString('hex').replace(from, to), 'hex')
    const privateKey = toPem('ENCRYPTED PRIVATE KEY', der.toString('base64'))
    const error = await soonErrorOf({ certificate: read('leaf.crt'), privateKey })
    expect(error).toMatchObject({ code: 'data', message: expect.stringMatching(message) })
  })

  test('a long derivation leaves the event loop free', async () => {
    openssl(`pkcs12 -export -inkey leaf.key -in leaf.crt -out long.pfx -passout pass:x -iter 400000`)
    let longest = 0
    let last = performance.now()
    const timer = setInterval(() => {
      longest = Math.max(longest, performance.now() - last)
      last = performance.now()
    }, 5)
    await soonErrorOf({ certificate: read('long.pfx') })
    clearInterval(timer)
    expect(longest).toBeLessThan(250)
  })
})

describe('shape', () => {
  const version = Buffer.from([2, 1, 3])
  const nested = (depth: number) => {
    const headers = Buffer.alloc(depth * 6)
    for (let i = 0; i < depth; i++) {
      headers.writeUInt16BE(0x3084, i * 6)
      headers.writeUInt32BE((depth - i - 1) * 6, i * 6 + 2)
    }
    return headers
  }

  test.each<[string, () => Buffer]>([
    [
      'a PFX nested 100,000 deep, lengths indefinite',
      () => Buffer.concat([Buffer.from([0x30, 0x80]), version, Buffer.from('3080'.repeat(100_000), 'hex')]),
    ],
    ['a PFX nested 100,000 deep, lengths definite', () => wrap(Buffer.concat([version, nested(100_000)]))],
    [
      'a PFX of 500,000 values',
      () => wrap(Buffer.concat([version, Buffer.from('0500'.repeat(500_000), 'hex')])),
    ],
    [
      'a string of 100,000 segments',
      () => wrap(Buffer.concat([version, wrap(Buffer.from('0400'.repeat(100_000), 'hex'), 0x24)])),
    ],
    [
      'a string in a string, 100,000 deep',
      () => wrap(Buffer.concat([version, Buffer.from('2480'.repeat(100_000), 'hex')])),
    ],
    ['a certificate nested 100,000 deep', () => nested(100_000)],
    ['a length of 4 GiB', () => Buffer.from('3084ffffffff020103', 'hex')],
    ['a length in 127 octets', () => Buffer.concat([Buffer.from([0x30, 0xff]), Buffer.alloc(200)])],
    ['a PFX and nothing else', () => wrap(version)],
  ])('%s', async (_, make) => {
    expect(await soonErrorOf({ certificate: make() })).toMatchObject({ code: 'data' })
  })

  test.each<[string, () => string]>([
    ['an encrypted key nested 100,000 deep', () => nested(100_000).toString('base64')],
    [
      'an encrypted key of 500,000 values',
      () => wrap(Buffer.from('0500'.repeat(380_000), 'hex')).toString('base64'),
    ],
  ])('%s', async (_, make) => {
    const privateKey = toPem('ENCRYPTED PRIVATE KEY', make())
    expect(await soonErrorOf({ certificate: read('leaf.crt'), privateKey })).toMatchObject({ code: 'data' })
  })

  test('1 MiB of dashes, of headers, of certificates', async () => {
    const fill = (text: string) => text.repeat(Math.floor((1024 * 1024) / text.length))
    const texts = [
      '-----BEGIN ',
      '-----BEGIN X-----\n',
      '-',
      'A: \n',
      ' ',
      `-----BEGIN A-----\n${'A-: '.repeat(10)}`,
      readText('leaf.crt'),
    ]
    for (const text of texts) await soonErrorOf({ certificate: fill(text) })
  })
})

describe('whatever the bytes', () => {
  const settings = { numRuns: 300, seed: 20261121 }

  /** Either a client certificate comes out, or an AppError about data or usage; and soon. */
  async function check(files: Parameters<typeof toInput>[0]): Promise<void> {
    const start = process.cpuUsage()
    try {
      const credential = await readClientCertificate(toInput(files))
      await createClientAssertion({
        clientId: 'c',
        audience: 'a',
        credential,
        sendX5c: true,
        now: Date.now(),
      })
    } catch (error) {
      expect(error).toMatchObject({
        name: 'AppError',
        code: expect.stringMatching(/^(data|usage)$/),
        hint: expect.any(String),
      })
      expect(JSON.stringify(error)).not.toContain(password)
    }
    expect(workSince(start)).toBeLessThan(1000)
  }

  const flips = fc.array(
    fc.tuple(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), fc.nat(255)),
    { minLength: 1, maxLength: 3 },
  )
  const mutate = (bytes: Buffer, changes: [number, number][]) => {
    const changed = Buffer.from(bytes)
    for (const [at, value] of changes) changed[Math.floor(at * changed.length)] = value
    return changed
  }

  test('random', async () => {
    const start = fc.constantFrom('', '3082', '3080020103', '-----BEGIN CERTIFICATE-----\n')
    await fc.assert(
      fc.asyncProperty(start, fc.uint8Array({ maxLength: 300 }), async (prefix, bytes) => {
        const head = /^3/.test(prefix) ? Buffer.from(prefix, 'hex') : Buffer.from(prefix)
        await check({ certificate: Buffer.concat([head, bytes]), password })
      }),
      settings,
    )
  })

  test.each(['good.pfx', 'empty.pfx'])('%s with some bytes changed', async (name) => {
    await fc.assert(
      fc.asyncProperty(flips, (changes) => check({ certificate: mutate(read(name), changes), password })),
      settings,
    )
  })

  test.each(['good.pfx', 'empty.pfx'])('%s cut short', async (name) => {
    const whole = read(name)
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length), (length) =>
        check({ certificate: whole.subarray(0, length), password }),
      ),
      settings,
    )
  })

  test.each(['leaf.key', 'pkcs1.key', 'encrypted.key'])(
    'PEM with %s, some characters changed, or cut short',
    async (name) => {
      const whole = Buffer.concat([read(name), read('leaf.crt')])
      await fc.assert(
        fc.asyncProperty(flips, fc.nat(whole.length), async (changes, length) => {
          await check({ certificate: mutate(whole, changes), password })
          await check({ certificate: whole.subarray(0, length), password })
        }),
        settings,
      )
    },
  )

  test.each(['leaf.key', 'pkcs1.key', 'encrypted.key'])(
    'PEM with %s, some bytes of the DER changed',
    async (name) => {
      const [, label = '', body = ''] = /-----BEGIN (.*?)-----\n(.*)\n-----END/s.exec(readText(name)) ?? []
      const der = Buffer.from(body, 'base64')
      await fc.assert(
        fc.asyncProperty(flips, async (changes) => {
          const text = mutate(der, changes).toString('base64')
          await check({
            certificate: readText('leaf.crt') + toPem(label, text),
            password,
          })
        }),
        settings,
      )
    },
  )
})

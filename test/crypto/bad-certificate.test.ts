import { errorOf, makeChain, makeLeaf, open, openssl, password, read, readText } from './openssl.ts'

beforeAll(() => {
  makeLeaf()
  makeChain()
})

const day = 86_400_000
const pfx = (options: string) =>
  openssl(`pkcs12 -export -inkey leaf.key -in leaf.crt -out bad.pfx ${options}`)
const block = (label: string, bytes: Uint8Array | string = 'x') =>
  `-----BEGIN ${label}-----\n${Buffer.from(bytes as string).toString('base64')}\n-----END ${label}-----\n`

describe('what is no certificate', () => {
  test.each<[string, string | Uint8Array, RegExp]>([
    ['nothing', '', /is not a certificate/],
    ['text', 'hello', /is not a certificate/],
    ['base64 of something else', 'aGVsbG8gd29ybGQ=', /is not a certificate/],
    ['DER of something else', Buffer.from('30820003020105', 'hex'), /is not a certificate/],
    ['a request', block('CERTIFICATE REQUEST'), /no certificate; it has: CERTIFICATE REQUEST/],
    ['a public key', block('PUBLIC KEY'), /no certificate; it has: PUBLIC KEY/],
    ['PKCS#7', block('PKCS7'), /no certificate; it has: PKCS7/],
    ['a damaged certificate', block('CERTIFICATE', Buffer.from('3003020105', 'hex')), /damaged/],
    [
      'a block that is not base64',
      '-----BEGIN CERTIFICATE-----\n@@@@\n-----END CERTIFICATE-----',
      /not base64/,
    ],
    ['an empty block', '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----', /damaged/],
    ['a block without its end', '-----BEGIN CERTIFICATE-----\nAAAA\n', /cut short/],
    ['a block with another end', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END PRIVATE KEY-----', /cut short/],
    ['a block inside a block', '-----BEGIN CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----\n', /cut short/],
    ['over 1 MiB', Buffer.alloc(1024 * 1024 + 1, 'a'), /larger than 1 MiB/],
    ['50 MB', Buffer.alloc(50_000_000, 0x30), /larger than 1 MiB/],
  ])('%s', async (_, certificate, message) => {
    const error = await errorOf({ certificate })
    expect(error).toMatchObject({ code: 'data', message: expect.stringMatching(message) })
    expect(error.message).toContain('client.file')
    expect(error.hint).toBeTruthy()
  })

  test('a key alone', async () => {
    const error = await errorOf({ certificate: read('leaf.key') })
    expect(error.message).toBe('client.file has no certificate; it has: PRIVATE KEY')
    expect(error.hint).toContain('--private-key-path')
  })

  test('a key in DER', async () => {
    openssl('pkcs8 -topk8 -nocrypt -in leaf.key -outform DER -out key.der')
    expect(await errorOf({ certificate: read('key.der') })).toMatchObject({
      message: 'client.file has no certificate; it has: PRIVATE KEY',
    })
    const error = await errorOf({ certificate: read('leaf.crt'), privateKey: read('key.der') })
    expect(error.hint).toContain('openssl pkey -inform DER -in key.file')
  })
})

describe('keys', () => {
  test('none', async () => {
    const error = await errorOf({ certificate: read('leaf.crt') })
    expect(error).toMatchObject({ code: 'data', message: 'client.file has no private key' })
    expect(error.hint).toContain('--private-key-path')
    const alone = await errorOf({ certificate: read('leaf.crt'), privateKey: read('leaf.crt') })
    expect(alone.message).toBe('key.file has no private key')
  })

  test('two, or a hundred', async () => {
    const two = await errorOf({
      certificate: readText('leaf.crt') + readText('leaf.key') + readText('root.key'),
    })
    expect(two).toMatchObject({ code: 'data', message: 'client.file has 2 private keys' })
    const hundred = await errorOf({
      certificate: read('leaf.crt'),
      privateKey: readText('leaf.key').repeat(100),
    })
    expect(hundred.message).toBe('key.file has 100 private keys')
  })

  test('of another certificate', async () => {
    const apart = await errorOf({ certificate: read('root.crt'), privateKey: read('leaf.key') })
    expect(apart).toMatchObject({
      code: 'data',
      message: 'the private key in key.file does not belong to the certificate in client.file',
    })
    const together = await errorOf({ certificate: readText('root.crt') + readText('leaf.key') })
    expect(together.message).toContain('does not belong to any certificate in it')
  })

  test.each<[string, string, RegExp]>([
    [
      'EC',
      'genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256',
      /an EC key \(prime256v1\); Entra accepts RSA only/,
    ],
    [
      'EC, traditional, with parameters',
      'ecparam -name prime256v1 -genkey',
      /an EC key; Entra accepts RSA only/,
    ],
    ['Ed25519', 'genpkey -algorithm ED25519', /an Ed25519 key; Entra accepts RSA only/],
    ['DSA', 'dsaparam -genkey 1024', /a DSA key; Entra accepts RSA only/],
    ['X25519', 'genpkey -algorithm X25519', /a key of type x25519/],
    ['RSA for PSS alone', 'genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048', /restricted to PSS/],
    ['RSA 1024', 'genrsa 1024', /the RSA key in key.file has 1024 bits; Entra wants at least 2048/],
  ])('%s', async (_, command, message) => {
    const privateKey = openssl(command)
    const error = await errorOf({ certificate: read('leaf.crt'), privateKey })
    expect(error).toMatchObject({ code: 'data', message: expect.stringMatching(message) })
    expect(error.hint).toContain('make an RSA key and certificate')
    if (!message.source.includes('bits')) expect(error.hint).toContain('AADSTS5002730')
  })

  test('an EC certificate with its key, in PEM and in PFX', async () => {
    openssl('pkcs12 -export -inkey root.key -in root.crt -out ec.pfx -passout pass:')
    for (const certificate of [readText('root.key') + readText('root.crt'), read('ec.pfx')]) {
      expect((await errorOf({ certificate })).message).toMatch(/an EC key .*Entra accepts RSA only/)
    }
  })

  test('OpenSSH', async () => {
    const error = await errorOf({ certificate: read('leaf.crt'), privateKey: block('OPENSSH PRIVATE KEY') })
    expect(error).toMatchObject({ code: 'data', message: expect.stringContaining('OpenSSH') })
    expect(error.hint).toContain('ssh-keygen -p -m PKCS8')
  })

  test('damaged', async () => {
    for (const label of ['PRIVATE KEY', 'RSA PRIVATE KEY', 'ENCRYPTED PRIVATE KEY']) {
      const error = await errorOf({ certificate: read('leaf.crt'), privateKey: block(label), password })
      expect(error).toMatchObject({ code: 'data', message: expect.stringContaining('key.file is damaged') })
    }
  })

  test('a PFX as key file', async () => {
    pfx('-passout pass:')
    const error = await errorOf({ certificate: read('leaf.crt'), privateKey: read('bad.pfx') })
    expect(error.message).toBe('key.file is a PFX, not a PEM private key')
  })
})

describe('time', () => {
  test('expired: the date is told in UTC', async () => {
    const error = await errorOf({
      certificate: read('leaf.crt'),
      privateKey: read('leaf.key'),
      now: Date.now() + 31 * day,
    })
    expect(error.code).toBe('data')
    expect(error.message).toMatch(
      /^the certificate in client\.file expired on \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$/,
    )
  })

  test('not yet valid', async () => {
    const error = await errorOf({
      certificate: read('leaf.crt'),
      privateKey: read('leaf.key'),
      now: Date.now() - day,
    })
    expect(error.message).toMatch(/is not valid before \d{4}-.* UTC$/)
    expect(error.hint).toContain('clock')
  })
})

describe('passwords', () => {
  const encryptedKeys = [
    'pkcs8 -topk8',
    'pkcs8 -topk8 -scrypt',
    'pkcs8 -topk8 -v1 PBE-SHA1-3DES',
    'rsa -traditional -aes256',
  ]

  test.each(encryptedKeys)('wrong, and none: %s', async (command) => {
    openssl(`${command} -in leaf.key -out encrypted.key -passout pass:%`)
    const files = { certificate: read('leaf.crt'), privateKey: read('encrypted.key') }
    for (const wrong of ['wrong-password-1', '', 'x'.repeat(2000)]) {
      const error = await errorOf({ ...files, password: wrong })
      expect(error).toMatchObject({
        code: 'data',
        message: expect.stringContaining('key.file: wrong password'),
      })
    }
    const none = await errorOf(files)
    expect(none).toMatchObject({ code: 'usage', message: 'key.file is encrypted and no password was given' })
    for (const flag of ['stdin', 'file', 'env']) expect(none.hint).toContain(`--certificate-password-${flag}`)
  })

  test('wrong, and none: PFX', async () => {
    pfx('-passout pass:%')
    const wrong = await errorOf({ certificate: read('bad.pfx'), password: 'wrong-password-1' })
    expect(wrong).toMatchObject({ code: 'data', message: 'the password of client.file is wrong' })
    expect(await errorOf({ certificate: read('bad.pfx') })).toMatchObject({ code: 'usage' })
  })
})

describe('a PFX', () => {
  test.each<[string, RegExp]>([
    ['-legacy', /RC2 \(PBE-SHA1-RC2-40\)/],
    ['-legacy -keypbe PBE-SHA1-RC2-128', /RC2 \(PBE-SHA1-RC2-/],
    ['-legacy -keypbe PBE-SHA1-RC4-128 -certpbe PBE-SHA1-RC4-128', /RC4/],
    ['-legacy -keypbe PBE-SHA1-2DES -certpbe NONE', /two-key 3DES/],
    ['-keypbe CAMELLIA-256-CBC -certpbe NONE', /the algorithm 1\.2\.392\./],
    ['-macalg md5', /an MD5 MAC/],
  ])('with an algorithm we cannot do: %s', async (options, name) => {
    pfx(`${options} -passout pass:%`)
    const error = await errorOf({ certificate: read('bad.pfx'), password })
    expect(error).toMatchObject({ code: 'data', message: expect.stringMatching(name) })
  })

  test('with RC2: the commands of the hint make it readable', async () => {
    pfx('-legacy -passout pass:%')
    const { hint } = await errorOf({ certificate: read('bad.pfx'), password })
    const [first = '', second = ''] = [...(hint ?? '').matchAll(/`openssl (.*?)`/g)].map(
      ([, command]) => command,
    )
    openssl(`${first.replace('client.file', 'bad.pfx')} -passin pass:% -passout pass:%`)
    openssl(`${second} -passin pass:% -passout pass:%`)
    await open({ certificate: read('new.pfx'), password })
  })

  test('without a MAC', async () => {
    pfx('-nomac -passout pass:%')
    const error = await errorOf({ certificate: read('bad.pfx'), password })
    expect(error).toMatchObject({ code: 'data', message: expect.stringContaining('has no MAC') })
  })

  test('without a key, without a certificate', async () => {
    openssl('pkcs12 -export -nokeys -in leaf.crt -out nokeys.pfx -passout pass:%')
    expect((await errorOf({ certificate: read('nokeys.pfx'), password })).message).toBe(
      'client.file has no private key',
    )
    openssl('pkcs12 -export -nocerts -inkey leaf.key -out nocerts.pfx -passout pass:%')
    expect((await errorOf({ certificate: read('nocerts.pfx'), password })).message).toBe(
      'client.file has no certificate',
    )
  })

  test('cut short, and damaged', async () => {
    pfx('-passout pass:%')
    const whole = read('bad.pfx')
    for (const length of [4, 100, whole.length - 1]) {
      const error = await errorOf({ certificate: whole.subarray(0, length), password })
      expect(error).toMatchObject({ code: 'data', message: expect.stringContaining('cut short') })
    }
    const damaged = Buffer.from(whole)
    damaged.writeUInt8(0x05, 11)
    expect((await errorOf({ certificate: damaged, password })).message).toMatch(/damaged|no MAC/)
  })
})

test('a key with single DES: the command of the hint makes it readable', async () => {
  const providers = '-provider legacy -provider default'
  for (const command of ['pkcs8 -topk8 -v1 PBE-MD5-DES', 'rsa -traditional -des']) {
    openssl(`${command} ${providers} -in leaf.key -out old.key -passout pass:%`)
    const { message, hint } = await errorOf({
      certificate: read('leaf.crt'),
      privateKey: read('old.key'),
      password,
    })
    expect(message).toMatch(/the key in key\.file is encrypted with .*DES.*, which is not supported/)
    const command2 = /`openssl (.*?)`/.exec(hint ?? '')?.[1] ?? ''
    openssl(`${command2.replace('key.file', 'old.key')} -passin pass:% -passout pass:%`)
    await open({ certificate: read('leaf.crt'), privateKey: read('key.pem'), password })
  }
})

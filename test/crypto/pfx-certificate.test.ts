import { javaPfx } from './java-pfx.ts'
import { describeWith, errorOf, makeChain, makeLeaf, open, openssl, password, read, run } from './openssl.ts'

beforeAll(() => {
  makeLeaf()
  makeChain()
})

const exported = 'pkcs12 -export -inkey leaf.key -in leaf.crt -out out.pfx -passout pass:%'
const legacy = '-keypbe PBE-SHA1-3DES -certpbe PBE-SHA1-3DES -macalg sha1'

describe('a PFX by openssl', () => {
  test.each<[string, string]>([
    ['as it is by default', ''],
    ['AES-128', '-keypbe AES-128-CBC -certpbe AES-128-CBC'],
    ['AES-192', '-keypbe AES-192-CBC -certpbe AES-192-CBC'],
    ['3DES, as older Windows writes', legacy],
    ['MAC with SHA-224', '-macalg sha224'],
    ['MAC with SHA-384', '-macalg sha384'],
    ['MAC with SHA-512', '-macalg sha512'],
    ['one iteration', '-iter 1'],
    ['150000 iterations', '-iter 150000'],
    ['the certificate in the clear', '-certpbe NONE'],
    ['everything in the clear', '-keypbe NONE -certpbe NONE'],
    ['names and attributes', '-name Ångström -CSP x -LMK -keysig'],
  ])('%s', async (_, options) => {
    openssl(`${exported} ${options}`.trim())
    const { certificate } = await open({ certificate: read('out.pfx'), password })
    expect(certificate.subject).toBe('CN=leaf')
  })

  test('with its chain', async () => {
    openssl(
      `pkcs12 -export -inkey leaf.key -in issued.crt -certfile middle.crt -out chain.pfx -passout pass:%`,
    )
    const { chain } = await open({ certificate: read('chain.pfx'), password })
    expect(chain.map(({ subject }) => subject)).toEqual(['CN=issued', 'CN=middle'])
  })

  test('as base64 text, as key vaults hand it out, empty password and nothing asked', async () => {
    openssl('pkcs12 -export -inkey leaf.key -in leaf.crt -out vault.pfx -passout pass:')
    const text = read('vault.pfx').toString('base64')
    await open({ certificate: text })
    await open({ certificate: `${text.replaceAll(/.{76}/g, '$&\r\n')}\n` })
    await open({ certificate: read('vault.pfx') })
  })

  test('with an empty password under many iterations: asked for, and an empty answer does', async () => {
    openssl('pkcs12 -export -inkey leaf.key -in leaf.crt -out empty.pfx -passout pass: -iter 100001')
    await open({ certificate: read('empty.pfx'), password: '' })
    expect(await errorOf({ certificate: read('empty.pfx') })).toMatchObject({ code: 'usage' })
  })

  test('and the key in a file of its own under the same password, asked for once', async () => {
    openssl(`pkcs12 -export -nokeys -in leaf.crt -out nokeys.pfx -passout pass:%`)
    openssl('pkcs8 -topk8 -in leaf.key -out encrypted.key -passout pass:%')
    await open({ certificate: read('nokeys.pfx'), privateKey: read('encrypted.key'), password })
  })

  test('with bytes after its end', async () => {
    openssl(exported)
    await open({ certificate: Buffer.concat([read('out.pfx'), Buffer.from('\n')]), password })
  })
})

describeWith('pk12util', 'libnss3-tools')('a PFX by NSS: BER of indefinite length', () => {
  const nssPassword = 'påss w0rd €'
  beforeAll(() => {
    openssl('pkcs12 -export -inkey leaf.key -in leaf.crt -out in.pfx -passout pass:in -name leaf')
    run('mkdir', '-p', 'nss')
    run('certutil', '-N', '-d', 'sql:nss', '--empty-password')
    run('pk12util', '-i', 'in.pfx', '-d', 'sql:nss', '-W', 'in')
  })

  test.each<[string, string[]]>([
    ['as it is by default', []],
    ['AES-128', ['-c', 'AES-128-CBC', '-C', 'AES-128-CBC']],
    ['3DES', ['-c', 'PKCS #12 V2 PBE With SHA-1 And 3KEY Triple DES-CBC', '-C', 'none']],
  ])('%s', async (_, options) => {
    run('rm', '-f', 'nss.pfx')
    run('pk12util', '-o', 'nss.pfx', '-d', 'sql:nss', '-n', 'leaf', '-W', nssPassword, ...options)
    expect(read('nss.pfx').includes(Buffer.from([0x30, 0x80]))).toBe(true)
    await open({ certificate: read('nss.pfx'), password: nssPassword })
  })
})

test("a PFX by Java's keytool", async () => {
  const { certificate } = await open({ certificate: javaPfx, password: 'java-pass' })
  expect(certificate.subject).toBe('CN=java')
})

import { makeChain, makeLeaf, open, openssl, password, read, readText } from './openssl.ts'

beforeAll(() => {
  makeLeaf()
  makeChain()
})

const together = () => readText('leaf.key') + readText('leaf.crt')

describe('a PEM certificate', () => {
  test('with its key in one file', async () => {
    const { certificate, chain, signer } = await open({ certificate: together() })
    expect(certificate.subject).toBe('CN=leaf')
    expect(chain).toHaveLength(1)
    expect(signer.algorithm).toBe('PS256')
  })

  test('with its key in a second file', async () => {
    await open({ certificate: read('leaf.crt'), privateKey: read('leaf.key') })
  })

  test('with a second key file while the first file has another key: the second counts', async () => {
    openssl('genrsa -out other.key 2048')
    await open({ certificate: readText('leaf.crt') + readText('other.key'), privateKey: read('leaf.key') })
  })

  test('in DER, with a PEM key', async () => {
    openssl('x509 -in leaf.crt -outform DER -out leaf.der')
    await open({ certificate: read('leaf.der'), privateKey: read('leaf.key') })
    await open({ certificate: read('leaf.der').toString('base64'), privateKey: read('leaf.key') })
  })

  test.each<[string, (pem: string) => string | Buffer]>([
    ['CRLF', (pem) => pem.replaceAll('\n', '\r\n')],
    ['CR alone', (pem) => pem.replaceAll('\n', '\r')],
    ['a byte order mark', (pem) => `\uFEFF${pem}`],
    ['UTF-16 as PowerShell writes it', (pem) => Buffer.from(`\uFEFF${pem}`, 'utf16le')],
    [
      'text around the blocks',
      (pem) => `Bag Attributes: 1\n${pem.replace('-----BEGIN C', 'subject=x\n\n$&')}\nthe end`,
    ],
    ['blanks at the ends of lines', (pem) => pem.replaceAll('\n', ' \t\n')],
    ['no newline at the end', (pem) => pem.trimEnd()],
    ['its line breaks turned to blanks', (pem) => pem.replaceAll('\n', ' ')],
    ['its line breaks written as "\\n"', (pem) => pem.replaceAll('\n', '\\n')],
    ['its line breaks gone', (pem) => pem.replaceAll('\n', '')],
    ['base64 around it', (pem) => Buffer.from(pem).toString('base64')],
    ['one long base64 line', (pem) => pem.replaceAll(/(?<=[A-Za-z0-9+/=])\n(?=[A-Za-z0-9+/])/g, '')],
  ])('with %s', async (_, change) => {
    await open({ certificate: change(together()) })
  })

  test('as OpenSSL calls a trusted one', async () => {
    openssl('x509 -in leaf.crt -trustout -addtrust clientAuth -out trusted.crt')
    expect(readText('trusted.crt')).toContain('TRUSTED CERTIFICATE')
    await open({ certificate: read('trusted.crt'), privateKey: read('leaf.key') })
  })

  test('with its chain, in any order, without strangers', async () => {
    const [leaf, middle, root, stranger] = ['issued.crt', 'middle.crt', 'root.crt', 'leaf.crt'].map(readText)
    const orders = [
      [leaf, middle, root],
      [root, leaf, middle],
      [middle, root, leaf, leaf],
    ]
    for (const order of orders) {
      const { chain } = await open({ certificate: order.join(''), privateKey: read('leaf.key') })
      expect(chain.map(({ subject }) => subject)).toEqual(['CN=issued', 'CN=middle', 'CN=root'])
    }
    const apart = await open({ certificate: `${root}${stranger}`, privateKey: read('leaf.key') })
    expect(apart.chain).toHaveLength(1)
  })

  test('renewed with the same key: the valid one counts', async () => {
    openssl('req -x509 -key leaf.key -out old.crt -days 1 -subj /CN=old')
    const certificate = readText('old.crt') + together()
    expect((await open({ certificate })).certificate.subject).toBe('CN=leaf')
    expect((await open({ certificate, now: Date.now() + 2 * 86_400_000 })).certificate.subject).toBe(
      'CN=leaf',
    )
  })
})

describe('a PEM key', () => {
  test.each<[string, string, string]>([
    ['PKCS#1', 'rsa -in leaf.key -traditional', 'BEGIN RSA PRIVATE KEY'],
    ['PKCS#8', 'pkey -in leaf.key', 'BEGIN PRIVATE KEY'],
  ])('in the clear: %s', async (_, command, label) => {
    openssl(`${command} -out clear.key`)
    expect(readText('clear.key')).toContain(label)
    await open({ certificate: read('leaf.crt'), privateKey: read('clear.key') })
  })

  test.each<[string, string]>([
    ['PBES2, PBKDF2 and AES-256', 'pkcs8 -topk8 -v2 aes-256-cbc'],
    ['PBES2, PBKDF2 and AES-128', 'pkcs8 -topk8 -v2 aes-128-cbc -v2prf hmacWithSHA1'],
    [
      'PBES2, PBKDF2 with SHA-512, 200000 iterations',
      'pkcs8 -topk8 -v2 aes-192-cbc -v2prf hmacWithSHA512 -iter 200000',
    ],
    ['PBES2 and 3DES', 'pkcs8 -topk8 -v2 des3'],
    ['PBES2 and scrypt', 'pkcs8 -topk8 -scrypt'],
    ['PBE-SHA1-3DES', 'pkcs8 -topk8 -v1 PBE-SHA1-3DES'],
    ['traditional 3DES', 'rsa -traditional -des3'],
    ['traditional AES-256', 'rsa -traditional -aes256'],
  ])('encrypted: %s', async (_, command) => {
    openssl(`${command} -in leaf.key -out encrypted.key -passout pass:%`)
    expect(readText('encrypted.key')).toContain('ENCRYPTED')
    await open({ certificate: read('leaf.crt'), privateKey: read('encrypted.key'), password })
    await open({
      certificate: readText('encrypted.key').replaceAll('\n', '\r\n') + readText('leaf.crt'),
      password,
    })
  })
})

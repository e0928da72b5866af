import { createPrivateKey, X509Certificate } from 'node:crypto'
import { compactVerify, decodeProtectedHeader, jwtVerify } from 'jose'
import { createClientAssertion } from '../../src/credentials/client-assertion.ts'
import type { ClientCertificate } from '../../src/crypto/client-certificate.ts'
import { localSigner } from '../../src/crypto/local-signer.ts'
import { AppError } from '../../src/errors.ts'
import { makeChain, makeLeaf, openssl, read } from '../crypto/openssl.ts'

const now = 1_790_000_000_999
const clientId = '11111111-2222-3333-4444-555555555555'
const audience = 'https://login.microsoftonline.com/contoso/oauth2/v2.0/token'
let credential: ClientCertificate

beforeAll(() => {
  makeLeaf()
  makeChain()
  const [leaf, middle] = ['issued.crt', 'middle.crt'].map((name) => new X509Certificate(read(name))) as [
    X509Certificate,
    X509Certificate,
  ]
  credential = {
    certificate: leaf,
    chain: [leaf, middle],
    signer: localSigner(createPrivateKey(read('leaf.key'))),
  }
})

const create = (change: Partial<ClientCertificate> = {}, sendX5c = false) =>
  createClientAssertion({ clientId, audience, credential: { ...credential, ...change }, sendX5c, now })

function digestOf(algorithm: string): string {
  const hex = openssl(`x509 -in issued.crt -noout -fingerprint -${algorithm}`)
    .toString()
    .trim()
    .replace(/^.*=/, '')
  return Buffer.from(hex.replaceAll(':', ''), 'hex').toString('base64url')
}

test('PS256: what Entra wants, and jose verifies it', async () => {
  const jwt = (await create()).reveal()
  const { protectedHeader, payload } = await jwtVerify(jwt, credential.certificate.publicKey, {
    algorithms: ['PS256'],
    audience,
    issuer: clientId,
    subject: clientId,
    currentDate: new Date(now),
    requiredClaims: ['jti', 'nbf', 'iat', 'exp'],
  })
  expect(protectedHeader).toEqual({ alg: 'PS256', typ: 'JWT', 'x5t#S256': digestOf('sha256') })
  const jti = expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  const seconds = 1_790_000_000
  expect(payload).toEqual({
    aud: audience,
    iss: clientId,
    sub: clientId,
    jti,
    nbf: seconds,
    iat: seconds,
    exp: seconds + 600,
  })
})

test('RS256 goes with the SHA-1 thumbprint', async () => {
  const jwt = (await create({ signer: localSigner(createPrivateKey(read('leaf.key')), 'RS256') })).reveal()
  const { protectedHeader } = await compactVerify(jwt, credential.certificate.publicKey, {
    algorithms: ['RS256'],
  })
  expect(protectedHeader).toEqual({ alg: 'RS256', typ: 'JWT', x5t: digestOf('sha1') })
})

test('x5c holds the chain in standard base64, leaf first', async () => {
  const { x5c } = decodeProtectedHeader((await create({}, true)).reveal())
  expect(x5c?.map((der) => new X509Certificate(Buffer.from(der, 'base64')).subject)).toEqual([
    'CN=issued',
    'CN=middle',
  ])
  for (const der of x5c ?? []) expect(der).toMatch(/^[A-Za-z0-9+/]+=*$/)
})

test('each assertion is another, and does not print itself', async () => {
  const [one, two] = [await create(), await create()]
  expect(one.reveal()).not.toBe(two.reveal())
  expect(`${one}${JSON.stringify(one)}`).not.toContain('eyJ')
})

describe('a faulty signer', () => {
  const good = () => localSigner(createPrivateKey(read('leaf.key')))

  test.each<[string, () => Promise<Uint8Array>]>([
    ['nothing', async () => new Uint8Array(0)],
    ['zeros', async () => new Uint8Array(256)],
    ['a signature over something else', () => good().sign(Buffer.from('something else'))],
    [
      'a PKCS#1 v1.5 signature that it calls PSS',
      () => localSigner(createPrivateKey(read('leaf.key')), 'RS256').sign(Buffer.from('x')),
    ],
  ])('that returns %s', async (_, sign) => {
    await expect(create({ signer: { algorithm: 'PS256', sign } })).rejects.toMatchObject({
      code: 'data',
      message: expect.stringContaining('does not verify'),
    })
  })

  test('that throws', async () => {
    const sign = async () => {
      throw new Error('error:1C880004:Provider routines')
    }
    await expect(create({ signer: { algorithm: 'PS256', sign } })).rejects.toMatchObject({
      code: 'data',
      message: 'the private key cannot sign',
    })
  })

  test('whose error already explains itself', async () => {
    const denied = new AppError('denied', 'the PIN is wrong')
    const sign = () => Promise.reject(denied)
    await expect(create({ signer: { algorithm: 'PS256', sign } })).rejects.toBe(denied)
  })
})

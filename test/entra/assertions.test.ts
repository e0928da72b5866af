/** Which client assertions are taken, and how the others are refused. */
import { randomUUID, sign } from 'node:crypto'
import { createSelfSigned } from './certificates.ts'
import {
  app,
  certificate,
  entra,
  expectRefusal,
  granted,
  hour,
  post,
  tenant,
  tokenEndpoint,
} from './fixture.ts'
import { type AssertionChanges, assertion, now, withAssertion } from './fixture-assertion.ts'
import { thumbprint } from './thumbprint.ts'

describe('assertions that are taken', () => {
  test.each([
    ['RS256 with x5t', () => ({ header: { alg: 'RS256', 'x5t#S256': undefined, x5t: sha1() } })],
    ['both thumbprints', () => ({ header: { x5t: sha1() } })],
    ['aud is the issuer', () => ({ claims: { aud: `${entra.authorityHost}/${tenant.id}/v2.0` } })],
    ['aud names the domain', () => ({ claims: { aud: tokenEndpoint('contoso.onmicrosoft.com') } })],
    ['nbf a little ahead', () => ({ claims: { nbf: now() + 240 } })],
    ['no nbf', () => ({ claims: { nbf: undefined } })],
  ] as [string, () => AssertionChanges][])('%s', async (_name, changes) => {
    expect((await granted(await withAssertion(changes()))).azpacr).toBe('2')
  })

  test('the same jti again', async () => {
    const form = await withAssertion()
    await granted(form)
    await granted(form)
  })

  test('a certificate registered as DER', async () => {
    const key = await createSelfSigned({ subject: 'CN=second, O=Contoso', bits: 3072 })
    app.addCertificate(key.x509.raw)
    await granted(await withAssertion({ key }))
  })

  const sha1 = () => thumbprint(certificate.x509, 'x5t')
})

describe('assertions that are refused', () => {
  const request = 'invalid_request'
  const client = 'invalid_client'

  test.each([
    ['no thumbprint', 5002723, request, { header: { 'x5t#S256': undefined } }],
    ['an unknown thumbprint', 700027, client, { header: { 'x5t#S256': 'AAAA' } }],
    ['an unknown SHA-1 thumbprint', 700027, client, { header: { x5t: 'AAAA' } }],
    ['alg none', 5002738, request, { header: { alg: 'none' } }],
    ['HS256 with the certificate as the key', 5002738, request, { header: { alg: 'HS256' } }],
    ['RS512', 5002738, request, { header: { alg: 'RS512' } }],
    ['expired', 700024, client, { claims: { exp: -1 } }],
    ['exp more than a day ahead', 700024, client, { claims: { exp: 25 * hour } }],
    ['nbf in the future', 700024, client, { claims: { nbf: hour, exp: 2 * hour } }],
    ['no exp', 50027, request, { claims: { exp: undefined } }],
    ['exp is text', 50027, request, { claims: { exp: 'soon' } }],
    ['no jti', 50027, request, { claims: { jti: undefined } }],
    ['another aud', 700023, client, { claims: { aud: 'https://login.microsoftonline.com' } }],
    ['no aud', 700023, client, { claims: { aud: undefined } }],
    ['iss is not sub', 50048, client, { claims: { sub: randomUUID() } }],
    ['iss and sub of another app', 700021, client, { claims: { iss: 'x', sub: 'x' } }],
  ] as [string, number, string, AssertionChanges][])('%s: AADSTS%i', async (_name, code, error, changes) => {
    // Times in the table are from now on, since the table is made long before its tests run.
    const claims = Object.entries(changes.claims ?? {}).map(([name, value]) => [
      name,
      typeof value === 'number' ? now() + value : value,
    ])
    const form = await withAssertion({ ...changes, claims: Object.fromEntries(claims) })
    await expectRefusal(await post(form), code, error, error === client ? 401 : 400)
  })

  test("another tenant's aud", async () => {
    const aud = tokenEndpoint(entra.addTenant().id)
    await expectRefusal(await post(await withAssertion({ claims: { aud } })), 700023, client, 401)
  })

  test('a thumbprint that is not registered is named', async () => {
    const key = await createSelfSigned()
    const body = await expectRefusal(await post(await withAssertion({ key })), 700027, client, 401)
    expect(body.error_description).toContain(key.x509.fingerprint256.replaceAll(':', ''))
  })

  test('the right thumbprint but another key', async () => {
    const key = await createSelfSigned()
    const header = { 'x5t#S256': thumbprint(certificate.x509, 'x5t#S256') }
    const body = await expectRefusal(await post(await withAssertion({ key, header })), 700027, client, 401)
    expect(body.error_description).toContain('failed')
  })

  test('a changed payload', async () => {
    const [header, , signature] = (await assertion()).split('.')
    const payload = (await assertion({ claims: { jti: 'other' } })).split('.')[1]
    const form = await withAssertion({}, { client_assertion: `${header}.${payload}.${signature}` })
    await expectRefusal(await post(form), 700027, client, 401)
  })

  test('thumbprints of two certificates', async () => {
    const key = await createSelfSigned()
    app.addCertificate(key.certificatePem)
    const header = { x5t: thumbprint(certificate.x509, 'x5t') }
    await expectRefusal(await post(await withAssertion({ key, header })), 50027, request, 400)
  })

  test.each([
    ['expired', { notAfter: new Date(Date.now() - 1000) }],
    ['not yet valid', { notBefore: new Date(Date.now() + 1000 * hour) }],
  ])('a certificate %s', async (reason, validity) => {
    const key = await createSelfSigned(validity)
    app.addCertificate(key.certificatePem)
    const body = await expectRefusal(await post(await withAssertion({ key })), 700027, client, 401)
    expect(body.error_description).toContain(`The key used is ${reason}`)
  })

  test('an EC certificate', async () => {
    const key = await createSelfSigned({ ec: true })
    app.addCertificate(key.certificatePem)
    const form = await withAssertion({ key, header: { alg: 'ES256' } })
    await expectRefusal(await post(form), 5002730, request, 400)
  })

  test('an RSA key below 2048 bits', async () => {
    const key = await createSelfSigned({ bits: 1024 })
    app.addCertificate(key.certificatePem)
    // jose does not sign with so short a key.
    const input = (
      await assertion({ header: { 'x5t#S256': thumbprint(key.x509, 'x5t#S256'), alg: 'RS256' } })
    )
      .split('.')
      .slice(0, 2)
      .join('.')
    const signature = sign('sha256', Buffer.from(input), key.privateKeyPem).toString('base64url')
    const form = await withAssertion({}, { client_assertion: `${input}.${signature}` })
    await expectRefusal(await post(form), 5002730, request, 400)
  })

  test.each([
    ['not a JWT', 50027, { client_assertion: 'abc' }],
    ['no assertion type', 900144, { client_assertion_type: undefined }],
    ['another assertion type', 9002313, { client_assertion_type: 'jwt' }],
    ['a secret besides', 9002313, { client_secret: 'x' }],
  ])('%s: AADSTS%i', async (_name, code, changes) => {
    await expectRefusal(await post(await withAssertion({}, changes)), code, request, 400)
  })
})

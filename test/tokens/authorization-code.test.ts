/** The exchange of a code, whatever the token endpoint answers: a sign-in, or an error of ours that says what is wrong. */
import fc from 'fast-check'
import { AppError } from '../../src/errors.ts'
import type { Send } from '../../src/platform/http.ts'
import { Secret } from '../../src/secret.ts'
import { accountOf } from '../../src/sign-in/account.ts'
import {
  redeemRefreshToken,
  startAuthorization,
  type UserClient,
} from '../../src/tokens/msal/authorization-code.ts'
import { createNetwork } from '../../src/tokens/msal/network.ts'

const clientId = '11111111-2222-3333-4444-555555555555'
const tenant = 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee'
const canary = 'canary-in-an-answer'

interface Answer {
  readonly status?: number
  readonly body: string
}

/** A client whose token endpoint gives these answers in turn. */
function clientWith(...answers: readonly (() => Answer)[]): UserClient {
  const left = [...answers]
  const send: Send = async () => {
    const next = (left.length > 1 ? left.shift() : left[0]) as () => Answer
    const { status = 200, body } = next()
    return { status, headers: {}, body }
  }
  return {
    application: { authorityHost: 'https://login.microsoftonline.com', tenant, clientId },
    proof: undefined,
    network: createNetwork(send, () => {}),
    exchange: (ask) => ask(),
  }
}

const place = { redirectUri: 'http://localhost:1', scopes: ['https://graph.microsoft.com/.default'] }

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

const claims = (nonce: string) => ({
  aud: clientId,
  iss: `https://login.microsoftonline.com/${tenant}/v2.0`,
  tid: tenant,
  oid: 'o',
  sub: 's',
  nonce,
  preferred_username: 'ada@contoso.com',
  iat: 1,
  exp: 9_999_999_999,
})

const answer = (idToken: unknown) => ({
  token_type: 'Bearer',
  access_token: canary,
  expires_in: 3599,
  scope: 'https://graph.microsoft.com/.default',
  refresh_token: canary,
  id_token: `${encode({ alg: 'RS256' })}.${encode(idToken)}.c2ln`,
  client_info: encode({ uid: 'o', utid: tenant }),
})

/** Exchanges a code for what `makeBody` says of the nonce. */
async function exchange(makeBody: (nonce: string) => string, status = 200) {
  let nonce = ''
  const client = clientWith(() => ({ status, body: makeBody(nonce) }))
  const { url, redeem } = await startAuthorization(client, place)
  nonce = new URL(url).searchParams.get('nonce') as string
  return accountOf(await redeem('code'), clientId, 0)
}

/** What became of it: an account, or an error that is ours. */
async function judge(work: Promise<unknown>): Promise<string> {
  try {
    await work
    return 'signed in'
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    expect(error.message + (error.hint ?? '')).not.toContain(canary)
    return error.code
  }
}

test('a good answer is a sign-in', async () => {
  expect(await exchange((nonce) => JSON.stringify(answer(claims(nonce))))).toMatchObject({
    username: 'ada@contoso.com',
    homeAccountId: `o.${tenant}`,
  })
})

const anything = fc.oneof(
  fc.jsonValue(),
  fc.string(),
  fc.constant(undefined),
  fc.base64String().map((text) => `a.${text}.c`),
  fc.jsonValue().map(encode),
)

test('an answer with anything in place of a member is one or the other', async () => {
  const names = Object.keys(answer({}))
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...names), anything, async (name, value) => {
      const made = (nonce: string) => JSON.stringify({ ...answer(claims(nonce)), [name]: value })
      expect(['signed in', 'protocol']).toContain(await judge(exchange(made)))
    }),
    { numRuns: 300 },
  )
})

test('so is an ID token with anything in place of a claim', async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...Object.keys(claims(''))), anything, async (name, value) => {
      const made = (nonce: string) => JSON.stringify(answer({ ...claims(nonce), [name]: value }))
      const outcome = await judge(exchange(made))
      expect(['signed in', 'protocol']).toContain(outcome)
      if (name === 'nonce' || name === 'aud') expect(outcome).toBe('protocol')
    }),
    { numRuns: 300 },
  )
})

test('anything else is an error, and never one of MSAL’s', async () => {
  const bodies = fc.oneof(
    fc.string(),
    fc.jsonValue().map((value) => JSON.stringify(value)),
  )
  await fc.assert(
    fc.asyncProperty(bodies, fc.constantFrom(200, 201, 302, 400, 401, 403), async (body, status) => {
      expect(['protocol', 'denied', 'interaction']).toContain(await judge(exchange(() => body, status)))
    }),
    { numRuns: 300 },
  )
})

test('what the refusal of a refresh token said is not said of the code that followed', async () => {
  const refused = { error: 'invalid_grant', error_description: 'AADSTS50076: more is needed' }
  const client = clientWith(
    () => ({ status: 400, body: JSON.stringify(refused) }),
    () => ({ body: JSON.stringify(answer(claims('another'))) }),
  )
  await expect(redeemRefreshToken(client, new Secret('r'), place)).rejects.toMatchObject({ aadsts: 50076 })
  const { redeem } = await startAuthorization(client, place)
  await expect(redeem('code')).rejects.toMatchObject({
    code: 'protocol',
    message: expect.stringContaining('nonce_mismatch'),
  })
})

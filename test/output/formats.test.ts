import { execFileSync, spawnSync } from 'node:child_process'
import { type PrintedToken, tokenFormatNames, tokenFormats } from '../../src/output/formats.ts'

const now = 1_789_996_400.5
const printed: PrintedToken = {
  token: {
    accessToken: 'eyJhbGciOiJub25lIn0.e30.c2ln-_A==',
    tokenType: 'Bearer',
    expiresOn: 1_790_000_000,
    obtainedOn: 1_789_996_000,
    scope: 'https://graph.microsoft.com/.default',
    tenant: 'contoso.onmicrosoft.com',
    clientId: '11111111-2222-3333-4444-555555555555',
    authorityHost: 'https://login.microsoftonline.com',
    flow: 'client-credentials',
  },
  profile: 'ci',
  source: 'cache',
  now,
}

const record = {
  access_token: 'eyJhbGciOiJub25lIn0.e30.c2ln-_A==',
  token_type: 'Bearer',
  expires_in: 3599,
  expires_on: 1_790_000_000,
  expires_at: '2026-09-21T14:13:20Z',
  scope: 'https://graph.microsoft.com/.default',
  tenant_id: 'contoso.onmicrosoft.com',
  client_id: '11111111-2222-3333-4444-555555555555',
  profile: 'ci',
  source: 'cache',
}

test('there are these formats', () => {
  expect(tokenFormatNames).toEqual(['text', 'json', 'yaml', 'env', 'header', 'token'])
})

test('text is the token', () => {
  expect(tokenFormats.text(printed)).toBe(record.access_token)
})

test('json is one line, with the documented keys in their order', () => {
  const text = tokenFormats.json(printed)
  expect(text).not.toContain('\n')
  expect(JSON.parse(text)).toEqual(record)
  expect(Object.keys(JSON.parse(text))).toEqual(Object.keys(record))
})

test('yaml is the same record', () => {
  expect(tokenFormats.yaml(printed)).toBe(`access_token: "eyJhbGciOiJub25lIn0.e30.c2ln-_A=="
token_type: "Bearer"
expires_in: 3599
expires_on: 1790000000
expires_at: "2026-09-21T14:13:20Z"
scope: "https://graph.microsoft.com/.default"
tenant_id: "contoso.onmicrosoft.com"
client_id: "11111111-2222-3333-4444-555555555555"
profile: "ci"
source: "cache"`)
})

test('header is a line for curl', () => {
  expect(tokenFormats.header(printed)).toBe('Authorization: Bearer eyJhbGciOiJub25lIn0.e30.c2ln-_A==')
})

test('env is what a shell evaluates', () => {
  const text = tokenFormats.env(printed)
  expect(text).toBe(
    "export ACCESS_TOKEN='eyJhbGciOiJub25lIn0.e30.c2ln-_A=='\nexport ACCESS_TOKEN_EXPIRES_ON=1790000000",
  )
  if (spawnSync('sh', ['-c', 'true']).status !== 0) return
  const script = `${text}\nprintf '%s %s' "$ACCESS_TOKEN" "$ACCESS_TOKEN_EXPIRES_ON"`
  expect(execFileSync('sh', ['-c', script], { encoding: 'utf8' })).toBe(`${record.access_token} 1790000000`)
})

test('a token that has expired has no seconds left, not less', () => {
  expect(JSON.parse(tokenFormats.json({ ...printed, now: now + 1e6 })).expires_in).toBe(0)
})

test('what the profile says stays within its value', () => {
  const hostile = { ...printed, profile: 'x"\nadmin: "yes', token: { ...printed.token, scope: 'a: b\n# c' } }
  expect(tokenFormats.yaml(hostile).split('\n')).toHaveLength(10)
  expect(tokenFormats.yaml(hostile)).toContain('profile: "x\\"\\nadmin: \\"yes"')
  expect(JSON.parse(tokenFormats.json(hostile)).scope).toBe('a: b\n# c')
})

import fc from 'fast-check'
import {
  clientIdRule,
  looksLikeSecretId,
  nameRule,
  referenceRule,
  tenantRule,
} from '../../src/profiles/rules.ts'

const guid = '11111111-2222-3333-4444-55555555555a'

test.each(['a', '9', 'ci', 'My.App_1-x', 'CON', 'x'.repeat(64)])('%s is a name', (name) => {
  expect(nameRule(name)).toBeUndefined()
})

test.each(['', '.', '..', '../x', 'a/b', 'a\\b', '-p', '_x', 'a b', 'a\u0000', 'a\n', 'é', 'x'.repeat(65)])(
  '%j is no name',
  (name) => {
    expect(nameRule(name)).toMatch(/^must start with a letter or digit/)
  },
)

test('no name leads out of a directory', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (name) => {
      if (nameRule(name) === undefined) expect(name).toMatch(/^[A-Za-z0-9][\w.-]*$/)
    }),
  )
})

test.each([
  guid,
  guid.toUpperCase(),
  'contoso.onmicrosoft.com',
  'a.co',
  'xn--bcher-kva.example',
  'CONTOSO.COM',
  'common',
  'organizations',
  'Consumers',
])('%s is a tenant', (tenant) => {
  expect(tenantRule(tenant)).toBeUndefined()
})

test.each([
  '',
  'commons',
  'contoso',
  `{${guid}}`,
  `${guid} `,
  'contoso.com/x',
  'contoso.com?x',
  '../contoso.com',
  'contoso..com',
  'a.-b.com',
  '-contoso.com',
  'contoso.com\n',
  'büro.example',
  `${'a.'.repeat(130)}com`,
])('%j is no tenant', (tenant) => {
  expect(tenantRule(tenant)).toMatch(/^must be a tenant ID/)
})

test('a client ID is a GUID in its usual form', () => {
  expect(clientIdRule(guid)).toBeUndefined()
  for (const other of ['', guid.replaceAll('-', ''), `{${guid}}`, `${guid}\n`, ` ${guid}`, 'app'])
    expect(clientIdRule(other)).toMatch(/^must be an application/)
})

test.each(['keychain', 'file-store', 'env:X', 'file:/run/x', 'file:C:\\x', 'command:vault read x'])(
  '%s is a reference',
  (reference) => {
    expect(referenceRule(reference)).toBeUndefined()
  },
)

test.each(['', 'hunter2', 'keychain\n', 'keychain:x', 'Keychain', ' env:X', 'env:', 'file:x', 'command:'])(
  '%j is no reference',
  (reference) => {
    expect(referenceRule(reference)).toMatch(/^must be a reference/)
  },
)

test('the ID of a secret is told from its value', () => {
  expect(looksLikeSecretId(guid)).toBe(true)
  expect(looksLikeSecretId('abc8Q~x_1.yz-0123456789012345678901')).toBe(false)
})

test('the rules answer long texts at once', () => {
  const started = performance.now()
  for (const text of [
    'a'.repeat(1 << 20),
    'a.'.repeat(1 << 19),
    '-'.repeat(1 << 20),
    `${'a-'.repeat(1 << 19)}!`,
  ])
    for (const rule of [nameRule, tenantRule, clientIdRule, referenceRule]) rule(text)
  expect(performance.now() - started).toBeLessThan(500)
})

import { format, inspect } from 'node:util'
import { Secret } from '../src/secret.ts'

const canary = 'Canary8Q~hunter2'
const secret = new Secret(canary)

test('the value is there for who asks for it by name', () => {
  expect(secret.reveal()).toBe(canary)
})

test.each<[string, () => unknown]>([
  ['String', () => String(secret)],
  ['a template', () => `${secret}`],
  ['a text around it', () => 'x'.concat(secret as unknown as string)],
  ['JSON', () => JSON.stringify({ deep: [{ secret }] })],
  ['an array joined', () => [secret].join()],
  ['the inspector', () => inspect(secret)],
  [
    'the inspector of everything',
    () => inspect({ a: { b: [secret] } }, { showHidden: true, depth: null, getters: true }),
  ],
  ['%s', () => format('%s', secret)],
  ['%j', () => format('%j', secret)],
  ['%o', () => format('%o %O', secret, secret)],
  ['an error', () => new Error(`${secret}`).stack],
  ['its fields', () => JSON.stringify([Object.entries(secret), Reflect.ownKeys(secret), { ...secret }])],
  ['a copy', () => inspect(structuredClone(secret))],
])('%s does not print it', (_, print) => {
  expect(print()).not.toContain(canary)
})

test('in its place stands that there is a secret', () => {
  expect([String(secret), JSON.stringify(secret), inspect(secret)]).toEqual([
    '[secret]',
    '"[secret]"',
    '[secret]',
  ])
})

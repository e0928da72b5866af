import * as fc from 'fast-check'
import type { AppError } from '../../src/errors.ts'
import { documentError, findDuplicateField, pathText } from '../../src/profiles/locate.ts'
import { parseProfiles } from '../../src/profiles/parse.ts'

async function errorOf(source: string): Promise<AppError> {
  try {
    parseProfiles(source)
  } catch (fault) {
    return documentError(fault, source, '/c/profiles.json')
  }
  throw new Error('the document was accepted')
}

test.each([
  ['an empty file', '', '1:1: not JSON: value expected'],
  ['a file with a byte order mark alone', '\uFEFF', '1:2: not JSON: value expected'],
  ['a trailing comma', '{\n  "version": 1,\n}\n', '3:1: not JSON: property name expected'],
  ['a missing brace', '{\n  "version": 1\n', '3:1: not JSON: close brace expected'],
  ['a missing comma', '{\n  "version": 1\n  "profiles": {}\n}', '3:3: not JSON: comma expected'],
  ['a comment', '{\n  // mine\n  "version": 1\n}', '2:3: not JSON: invalid comment token'],
  ['single quotes', "{'version': 1}", '1:2: not JSON: invalid symbol'],
  ['more after the end', '{}\n{}', '2:1: not JSON: end of file expected'],
  ['a control character in a text', '{"version": "\u0001"}', '1:13: not JSON: invalid character'],
  ['an unknown escape', '{"version": "\\x"}', '1:13: not JSON: invalid escape character'],
  ['a text without its end', '{"version": "1', '1:13: not JSON: unexpected end of string'],
  ['Windows line ends', '{\r\n  "version": 1,\r\n}\r\n', '3:1: not JSON: property name expected'],
  ['a byte order mark before the mistake', '\uFEFF{"version": 1,}', '1:16: not JSON: property name expected'],
])('%s is found at its line and column', async (_, source, said) => {
  const error = await errorOf(source)
  expect(error.message).toBe(`/c/profiles.json:${said}`)
  expect(error.code).toBe('config')
  expect(error.hint).toBe('edit /c/profiles.json; it has not been changed')
})

const profile = '"tenant": "a.com", "clientId": "11111111-2222-3333-4444-555555555555"'

test.each([
  ['a wrong value', '{\n  "version": 3,\n  "profiles": {}\n}', '2:14: version is a version this program'],
  ['an unknown field', '{\n  "version": 1,\n  "profils": {}\n}', '3:14: profils is not a known field'],
  [
    'what lacks a field',
    '{"version": 1,\n "profiles": {\n  "ci": {}}}',
    '3:9: profiles.ci lacks the field "credential"',
  ],
  ['the document itself', '\n\n[]', '3:1: the document must be an object'],
  [
    'an item of a list',
    `{"version": 1, "profiles": {"my.app": {${profile},\n  "scopes": ["a",\n    7]}}}`,
    '3:5: profiles["my.app"].scopes[1] must be a text that is not empty',
  ],
  [
    'a name that is no name, shown safely',
    '{"version": 1, "profiles": {"\\u001b[31m": {}}}',
    '1:43: profiles["\\u001b[31m"] is not a profile name',
  ],
  ['a fault after a byte order mark', '\uFEFF{"version": 3}', '1:14: version is a version this program'],
])('a fault names its place: %s', async (_, source, said) => {
  expect((await errorOf(source)).message).toContain(`/c/profiles.json:${said}`)
})

test('what JSON.parse says, which quotes the document, is not repeated', async () => {
  const error = await errorOf('{"secret": hunter2}')
  expect(JSON.stringify(error)).not.toContain('hunter2')
})

test('a field name is not repeated at any length, and a bidi mark in it stays visible', async () => {
  const { message } = await errorOf(`{"\u202e${'x'.repeat(100_000)}": 1}`)
  expect(message).toContain('\\u{202e}')
  expect(message.length).toBeLessThan(300)
})

const deep = 100_000

test.each([
  ['lists', `${'['.repeat(deep)}${']'.repeat(deep)}`],
  ['lists without an end', '['.repeat(deep)],
  ['objects', `${'{"a":'.repeat(deep)}1${'}'.repeat(deep)}`],
  ['a field', `{"version":1,"profiles":{},"x":${'['.repeat(deep)}${']'.repeat(deep)}}`],
])('%s nested a hundred thousand times are refused like any other document', async (_, source) => {
  expect(await errorOf(source)).toMatchObject({
    code: 'config',
    message: '/c/profiles.json: values are nested too deep for profiles',
  })
})

test.each<[string, string, string | undefined]>([
  ['none', '{"a": {"b": 1}, "b": [{"a": 1}, {"a": 2}]}', undefined],
  ['at the top', '{"a": 1, "a": 1}', 'a'],
  ['in an object', '{"a": {"b": 1, "c": 2, "b": 3}}', 'a.b'],
  ['in a list', '{"a": [{}, {"b": 1, "b": 2}]}', 'a[1].b'],
  ['inside the first of two', '{"a": {"b": 1, "b": 2}, "a": 1}', 'a.b'],
  ['one name written in two ways', '{"a": 1, "\\u0061": 2}', 'a'],
  ['a name that objects inherit', '{"__proto__": 1, "__proto__": 2}', '__proto__'],
  ['after a byte order mark', '\uFEFF{"a": 1, "a": 1}', 'a'],
])('a field that stands twice is found: %s', async (_, source, path) => {
  const fault = await findDuplicateField(source)
  expect(fault && pathText(fault.path)).toBe(path)
})

test('a document without duplicates has none, whatever its texts hold', async () => {
  const names = fc.string({ unit: fc.constantFrom('a', ':', '"', '\\', ',', '{') })
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof({ depthSize: 'small' }, names, fc.integer(), fc.array(tie('value')), tie('object')),
    object: fc.dictionary(names, tie('value')),
  }))
  await fc.assert(
    fc.asyncProperty(fc.dictionary(names, value), fc.constantFrom(0, 2), async (document, indent) => {
      const source = JSON.stringify(document, undefined, indent)
      expect(await findDuplicateField(source)).toBeUndefined()
      expect(
        await findDuplicateField(source.replace(/^\{/, '{"z": ":", "z": {},').replace(/,\s*\}$/, '}')),
      ).toBeDefined()
    }),
  )
})

test('a duplicate hidden under deep nesting is a fault, not a crash', async () => {
  const source = `{"a": ${'['.repeat(deep)}${']'.repeat(deep)}, "a": 1}`
  const fault = await findDuplicateField(source)
  expect(fault?.message).toBe('is nested too deep')
  expect((await documentError(fault, source, 'f')).code).toBe('config')
})

test.each<[readonly (string | number)[], string]>([
  [[], ''],
  [['profiles', 'ci', 'scopes', 0], 'profiles.ci.scopes[0]'],
  [['profiles', 'my-app'], 'profiles.my-app'],
  [['profiles', 'a.b'], 'profiles["a.b"]'],
  [['', '"'], '[""]["\\""]'],
  [['$schema'], '$schema'],
])('the path %j is written %s', (path, text) => {
  expect(pathText(path)).toBe(text)
})

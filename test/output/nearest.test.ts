import fc from 'fast-check'
import { findNearest } from '../../src/output/nearest.ts'

const flags = [
  'profile',
  'scope',
  'output',
  'json',
  'tenant-id',
  'client-id',
  'client-secret',
  'no-cache',
  'force',
]

test.each<[string, string | undefined]>([
  ['profile', 'profile'],
  ['profil', 'profile'],
  ['profiel', 'profile'],
  ['Profile', 'profile'],
  ['pro', 'profile'],
  ['scopes', 'scope'],
  ['ouput', 'output'],
  ['jsn', 'json'],
  ['tenantid', 'tenant-id'],
  ['tenant', 'tenant-id'],
  ['clientsecret', 'client-secret'],
  ['nocache', 'no-cache'],
  ['forec', 'force'],
  ['p', undefined],
  ['x', undefined],
  ['', undefined],
  ['kubernetes', undefined],
  ['x'.repeat(1 << 20), undefined],
])('who writes %j probably means %p', (word, wanted) => {
  expect(findNearest(word, flags)).toBe(wanted)
})

test('among none there is no nearest', () => {
  expect(findNearest('profile', [])).toBeUndefined()
})

test('the nearer of two wins, and of two as near the first', () => {
  expect(findNearest('lost', ['list', 'lose', 'lost-and-found'])).toBe('list')
  expect(findNearest('client-i', ['client-secret', 'client-id'])).toBe('client-id')
})

test('a word with one letter wrong is found', () => {
  fc.assert(
    fc.property(fc.constantFrom(...flags), fc.nat(), fc.constantFrom('q', '9'), (flag, at, letter) => {
      const index = at % flag.length
      expect(findNearest(flag.slice(0, index) + letter + flag.slice(index + 1), flags)).toBe(flag)
    }),
  )
})

test('it is one of the words, or none', () => {
  fc.assert(
    fc.property(fc.string(), fc.array(fc.string()), (word, words) => {
      const found = findNearest(word, words)
      if (found !== undefined) expect(words).toContain(found)
    }),
  )
})

/** Files that were asked for by name. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { refuseExisting, writeTogether } from '../../src/platform/new-files.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'entra-files-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

const at = (name: string) => join(directory, name)
const pair = () => [
  { path: at('a'), data: 'one' },
  { path: at('b'), data: 'two' },
]

test('are there, ours alone, and nothing beside them', () => {
  const before = process.umask(0)
  writeTogether(pair(), false)
  process.umask(before)
  expect(readdirSync(directory).sort()).toEqual(['a', 'b'])
  expect(readFileSync(at('b'), 'utf8')).toBe('two')
  expect(statSync(at('a')).mode & 0o777).toBe(0o600)
})

test.each(['a', 'b'])('are none when %s is there; it stays as it was', (name) => {
  writeFileSync(at(name), 'mine')
  expect(() => writeTogether(pair(), false)).toThrow(expect.objectContaining({ code: 'usage' }))
  expect(readdirSync(directory)).toEqual([name])
  expect(readFileSync(at(name), 'utf8')).toBe('mine')
})

test('take the place of others when that is said; a link is replaced, not followed', () => {
  writeFileSync(at('target'), 'mine')
  symlinkSync('target', at('a'))
  expect(() => writeTogether(pair(), false)).toThrow(expect.objectContaining({ code: 'usage' }))
  writeTogether(pair(), true)
  expect(readFileSync(at('a'), 'utf8')).toBe('one')
  expect(readFileSync(at('target'), 'utf8')).toBe('mine')
})

test('are none when one of them cannot be written', () => {
  const wanted = [...pair(), { path: at('nowhere/c'), data: 'three' }]
  expect(() => writeTogether(wanted, false)).toThrow(expect.objectContaining({ code: 'store' }))
  expect(readdirSync(directory)).toEqual([])
})

test('are refused before any work', () => {
  writeFileSync(at('a'), '')
  symlinkSync('nothing', at('dangling'))
  expect(() => refuseExisting([at('b'), at('a')], false)).toThrow(/a is there already/)
  expect(() => refuseExisting([at('dangling')], false)).toThrow(/is there already/)
  expect(() => refuseExisting([at('nowhere/a')], true)).toThrow(/cannot write .*ENOENT/)
  expect(() => refuseExisting([at('a'), at('b')], true)).not.toThrow()
})

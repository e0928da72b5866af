import type { Profile } from '../../../src/profiles/profile.ts'
import { freeName } from '../../../src/profiles/transfer/names.ts'
import { planImport } from '../../../src/profiles/transfer/plan.ts'

const profile: Profile = {
  tenant: 'contoso.onmicrosoft.com',
  clientId: '11111111-2222-3333-4444-555555555555',
  credential: { type: 'client-secret', secret: 'keychain' },
}
const here = (...names: string[]) => ({ profiles: new Map(names.map((name) => [name, profile])) })
const coming = (...names: string[]) => ({
  format: 'profiles' as const,
  profiles: names.map((name) => ({ name, profile, secrets: new Map(), lost: [] })),
})
const outcome = async (...args: Parameters<typeof planImport>) =>
  (await planImport(...args)).map(({ name, action }) => `${action} ${name}`)

test('names that are free are created', async () => {
  expect(await outcome(coming('a', 'b'), here('c'), 'refuse')).toEqual(['create a', 'create b'])
})

test('all clashes are named at once, whatever their case', async () => {
  await expect(planImport(coming('a', 'b', 'c'), here('A', 'C'), 'refuse')).rejects.toMatchObject({
    code: 'usage',
    message: 'there are profiles of these names already: a, c; nothing was imported',
  })
})

test('each policy does what it says', async () => {
  expect(await outcome(coming('a', 'b'), here('A'), 'overwrite')).toEqual(['replace a', 'create b'])
  expect(await outcome(coming('a', 'b'), here('A'), 'rename')).toEqual(['create a-2', 'create b'])
  const answers = ['skip', 'overwrite', 'rename'] as const
  const asked: string[] = []
  const ask = async (name: string, free: string) => {
    asked.push(`${name} ${free}`)
    return answers[asked.length - 1] as (typeof answers)[number]
  }
  expect(await outcome(coming('a', 'x', 'b', 'c'), here('a', 'b', 'c'), ask)).toEqual([
    'skip a',
    'create x',
    'replace b',
    'create c-2',
  ])
  expect(asked).toEqual(['a a-2', 'b b-2', 'c c-2'])
})

test('a new name is neither one that is here nor one that comes', async () => {
  expect(await outcome(coming('a', 'A-3'), here('a', 'a-2'), 'rename')).toEqual(['create a-4', 'create A-3'])
})

test('a long name makes room for its number', () => {
  const name = 'x'.repeat(64)
  expect(freeName(name, new Set())).toBe(`${'x'.repeat(62)}-2`)
})

test('the default comes along where there is no profile yet, and a lone profile is it', async () => {
  const defaults = async (...args: Parameters<typeof planImport>) =>
    (await planImport(...args)).flatMap(({ name, becomesDefault }) => (becomesDefault ? name : []))
  expect(await defaults({ ...coming('a', 'b'), default: 'b' }, here(), 'refuse')).toEqual(['b'])
  expect(await defaults(coming('a', 'b'), here(), 'refuse')).toEqual([])
  expect(await defaults(coming('a'), here(), 'refuse')).toEqual(['a'])
  expect(await defaults({ ...coming('a', 'b'), default: 'b' }, here('c'), 'refuse')).toEqual([])
})

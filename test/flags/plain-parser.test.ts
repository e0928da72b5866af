import { Parser } from '@oclif/core'
import fc from 'fast-check'
import GetToken from '../../src/commands/get-token.ts'
import { oclifFlags } from '../../src/flags/oclif.ts'
import { parsePlainly } from '../../src/flags/plain-parser.ts'
import { type PlainFlag, plainFlags } from '../../src/flags/table.ts'
import { tokenFormatNames } from '../../src/output/formats.ts'

const plainly = (...args: string[]) => parsePlainly(args, plainFlags)

test.each<[string[], object]>([
  [[], {}],
  [['--profile', 'ci'], { profile: 'ci' }],
  [['-p', 'ci'], { profile: 'ci' }],
  [['--profile=ci'], { profile: 'ci' }],
  [['--profile=a=b'], { profile: 'a=b' }],
  [['-p', 'a=b'], { profile: 'a=b' }],
  [['-p', 'a b'], { profile: 'a b' }],
  [['--scope', 'a', '-s', 'b', '--scope=c'], { scope: ['a', 'b', 'c'] }],
  [['--json', '-q'], { json: true, quiet: true }],
  [['-o', 'header', '-p', 'ci'], { output: 'header', profile: 'ci' }],
])('%j is plain', (args, values) => {
  expect(plainly(...args)).toEqual(values)
})

test.each<[string, string[]]>([
  ['an unknown flag', ['--tenant-id', 'x']],
  ['an unknown short form', ['-x']],
  ['the beginning of a flag', ['--prof', 'ci']],
  ['another case', ['--Profile', 'ci']],
  ['a negated switch', ['--no-json']],
  ['a switch twice', ['--json', '--json']],
  ['a text twice', ['-p', 'a', '--profile', 'b']],
  ['a switch with a value', ['--json=true']],
  ['a positional', ['ci']],
  ['a positional after a switch', ['--json', 'ci']],
  ['the end of flags', ['--', '--json']],
  ['a dash alone', ['-']],
  ['an empty word', ['']],
  ['a flag without its value', ['--profile']],
  ['an empty value', ['--profile', '']],
  ['an empty value after =', ['--profile=']],
  ['a value that looks like a flag', ['--profile', '-x']],
  ['the same after =', ['--profile=-x']],
  ['a value that is a dash', ['--profile', '-']],
  ['joined short forms', ['-qp', 'ci']],
  ['a short form and its value joined', ['-pci']],
  ['a short form with =', ['-p=ci']],
  ['a value outside the options', ['--output', 'xml']],
  ['an option in another case', ['--output', 'JSON']],
  ['a name that objects inherit', ['--constructor', 'x']],
  ['the same with its value joined', ['--__proto__=x']],
])('declined: %s, %j', (_, args) => {
  expect(plainly(...args)).toBeUndefined()
})

test('help is for the other door', () => {
  expect(plainly('--help')).toBeUndefined()
  expect(plainly('-h')).toBeUndefined()
})

/** Words that people and mistakes put into a command line. */
const flagWords = Object.entries<PlainFlag>(plainFlags).flatMap(([name, { char }]) => [
  `--${name}`,
  ...(char ? [`-${char}`] : []),
])
const values = [
  'ci',
  'a b',
  'a,b',
  '0',
  'User.Read',
  'https://x/.default',
  '=',
  'é\u0000',
  '@f',
  '~',
  ...tokenFormatNames,
]
const junk = [
  '',
  ' ',
  '-',
  '--',
  '---',
  '-=',
  '--=',
  '--=x',
  '-h',
  '--help',
  '--no-json',
  '-x',
  '--xyz',
  'constructor',
]
const word = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...flagWords) },
  { weight: 5, arbitrary: fc.constantFrom(...values) },
  { weight: 2, arbitrary: fc.constantFrom(...junk) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom(...flagWords), fc.constantFrom(...values, ...junk))
      .map(([flag, value]) => `${flag}=${value}`),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(
        fc.constantFrom('-p', '-q', '-s', '-o', '-qp', '-pq', '-qq', '-js'),
        fc.constantFrom(...values, ''),
      )
      .map(([flag, value]) => flag + value),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 6 }) },
)
/** Mostly complete flags, so that a fair share of the lists is plain. */
const piece = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.tuple(fc.constantFrom('--profile', '-p', '--scope', '-s'), fc.constantFrom(...values)),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.constantFrom('--output', '-o'), fc.constantFrom(...tokenFormatNames, 'xml')),
  },
  { weight: 2, arbitrary: fc.constantFrom('--json', '--quiet', '-q').map((flag) => [flag]) },
  { weight: 2, arbitrary: fc.constantFrom(...values).map((value) => [`--scope=${value}`]) },
  { weight: 1, arbitrary: word.map((one) => [one]) },
)
const lists = fc.oneof(
  fc.array(word, { maxLength: 7 }),
  fc.array(piece, { maxLength: 5 }).map((pieces) => pieces.flat()),
)

const runs = 25_000

test(`of ${runs} random argument lists, what is read plainly oclif reads the same`, async () => {
  // All that the command knows, of which the table is a part.
  const flags = { ...GetToken.baseFlags, ...GetToken.flags }
  let plain = 0
  let filled = 0
  await fc.assert(
    fc.asyncProperty(lists, async (args) => {
      const read = parsePlainly(args, plainFlags)
      if (read === undefined) return
      plain++
      if (Object.keys(read).length > 0) filled++
      const { flags: parsed, argv } = await Parser.parse([...args], { flags, args: {}, strict: true })
      const given = Object.fromEntries(Object.entries(parsed).filter(([, value]) => value !== undefined))
      expect(given).toEqual(read)
      expect(argv).toEqual([])
    }),
    { numRuns: runs },
  )
  // The test is worth something only if enough of the lists are plain.
  expect(filled).toBeGreaterThan(runs / 8)
  expect(plain).toBeLessThan(runs)
})

test('what oclif refuses is never read plainly', async () => {
  const flags = oclifFlags(plainFlags)
  await fc.assert(
    fc.asyncProperty(lists, async (args) => {
      const refused = await Parser.parse([...args], { flags, args: {}, strict: true }).then(
        () => false,
        () => true,
      )
      if (refused) expect(parsePlainly(args, plainFlags)).toBeUndefined()
    }),
    { numRuns: 2000 },
  )
})

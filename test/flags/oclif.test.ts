import { Parser } from '@oclif/core'
import { oclifFlags } from '../../src/flags/oclif.ts'
import { type PlainFlag, plainFlags } from '../../src/flags/table.ts'
import { tokenFormatNames } from '../../src/output/formats.ts'

const flags = oclifFlags(plainFlags)

const parse = (...argv: string[]) => Parser.parse(argv, { flags, args: {}, strict: true })

test('oclif’s flags are those of the table: names, short forms, texts and values', () => {
  expect(Object.keys(flags)).toEqual(Object.keys(plainFlags))
  for (const [name, flag] of Object.entries<PlainFlag>(plainFlags)) {
    const { kind, summary, char, options, value } = flag
    const made = Object(flags[name as keyof typeof flags])
    expect(made).toMatchObject({ type: kind === 'switch' ? 'boolean' : 'option', summary })
    expect([made.char, made.options, made.helpValue]).toEqual([char, options, value])
  }
})

test('short forms are one letter, and no two are the same', () => {
  const chars = Object.values<PlainFlag>(plainFlags).flatMap(({ char }) => char ?? [])
  for (const char of chars) expect(char).toMatch(/^[a-z]$/)
  expect(new Set(chars).size).toBe(chars.length)
})

test('a repeated flag takes one word each time, and not what follows', async () => {
  const { flags: given } = await parse('--scope', 'a', '--scope', 'b', '--json')
  expect(given).toMatchObject({ scope: ['a', 'b'], json: true })
  await expect(parse('--scope', 'a', 'b')).rejects.toThrow('Unexpected argument: b')
})

test('the output is one of the formats', async () => {
  for (const format of tokenFormatNames) expect((await parse('-o', format)).flags.output).toBe(format)
  await expect(parse('-o', 'xml')).rejects.toThrow('Expected --output=xml to be one of')
})

/** Every command line that the documents show, in a session or within a sentence, has a command and flags that exist. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { BaseCommand } from '../src/command.ts'
import { commands } from '../src/commands.ts'
import { projectRoot } from './parts/cli.ts'

interface Flag {
  readonly char?: string
  readonly aliases?: readonly string[]
}

const words = new Map<string, ReadonlySet<string>>()

beforeAll(async () => {
  for (const [id, load] of Object.entries(commands)) {
    const { flags, aliases = [] } = (await load()).default as {
      flags?: Record<string, Flag>
      aliases?: readonly string[]
    }
    const known = Object.entries<Flag>({ ...BaseCommand.baseFlags, ...flags }).flatMap(
      ([name, { char, aliases: others = [] }]) => [
        ...[name, ...others].map((flag) => `--${flag}`),
        ...(char ? [`-${char}`] : []),
      ],
    )
    for (const name of [id, ...aliases])
      words.set(name.replace(':', ' '), new Set([...known, '--help', '-h']))
  }
})

const documents = [
  ...['README.md', 'SECURITY.md', 'CONTRIBUTING.md'],
  ...readdirSync(join(projectRoot, 'docs')).flatMap((name) => (name.endsWith('.md') ? [`docs/${name}`] : [])),
]

/** What stands after the program's name, up to the end of the command, and spans of code that begin with a command. */
function lines(text: string): string[] {
  const plain = text.replaceAll(/\\\n>?/g, ' ').replaceAll(/'[^'\n]*'|"[^"\n]*"/g, 'quoted')
  const named = plain.matchAll(/entra-auth-cli ([^`\n|;)]*)/g)
  const spans = plain.matchAll(/`([a-z]+(?:[- ][a-z]+)? -[^`\n]*)`/g)
  return [...named, ...spans].map((match) => (match[1] as string).trim())
}

/** The command that a line begins with; undefined in prose and output. */
function findCommand(line: string): string | undefined {
  const [first = '', second = ''] = line.split(/\s+/)
  return [`${first} ${second}`, first].find((name) => words.has(name))
}

test.each(documents)('%s names commands and flags that exist', (name) => {
  const text = readFileSync(join(projectRoot, name), 'utf8')
  const unknown = lines(text).flatMap((line) => {
    const command = findCommand(line)
    if (command === undefined)
      return /^[a-z]+-[a-z]+|^(cert|cred|cache|federation|config) /.test(line) ? [line] : []
    const flags = line.match(/(?<=\s)--?[a-z][a-z0-9-]*/g) ?? []
    return flags.filter((flag) => !words.get(command)?.has(flag)).map((flag) => `${command} ${flag}`)
  })
  expect(unknown).toEqual([])
})

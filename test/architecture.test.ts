/** The rules of the code that can be checked by reading it. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { exitStatus } from '../src/errors.ts'
import { projectRoot } from './parts/cli.ts'

const source = join(projectRoot, 'src')

interface Module {
  /** Path below `src`. */
  readonly name: string
  readonly text: string
  /** Imported modules of ours, but for their types. */
  readonly imports: readonly string[]
  readonly packages: readonly string[]
}

function readModule(path: string): Module {
  const text = readFileSync(path, 'utf8')
  const code = text.replace(/^import type [\s\S]*? from '[^']*'$/gm, '')
  const specifiers = [...code.matchAll(/(?:from |import\(|import )'([^']+)'/g)].map(
    (match) => match[1] as string,
  )
  const isOurs = (specifier: string) => specifier.startsWith('.')
  return {
    name: relative(source, path),
    text,
    imports: specifiers
      .filter(isOurs)
      .map((specifier) => relative(source, resolve(dirname(path), specifier))),
    packages: specifiers.filter((specifier) => !isOurs(specifier) && !specifier.startsWith('node:')),
  }
}

const modules = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
  .map((name) => readModule(join(source, name)))

const below = (folder: string) => modules.filter(({ name }) => name.startsWith(`${folder}/`))

describe('imports', () => {
  test('have no cycles', () => {
    const graph = new Map(modules.map(({ name, imports }) => [name, imports]))
    const done = new Set<string>()
    const walk = (name: string, path: readonly string[]): void => {
      if (path.includes(name)) throw new Error(`a cycle: ${[...path, name].join(' → ')}`)
      if (done.has(name)) return
      for (const next of graph.get(name) ?? []) walk(next, [...path, name])
      done.add(name)
    }
    for (const { name } of modules) walk(name, [])
  })

  test.each([
    ['crypto', ['errors.ts', 'secret.ts', 'crypto/', 'output/', 'platform/process-group.ts']],
    ['platform', ['errors.ts', 'platform/', 'output/']],
    ['cloud', ['errors.ts', 'cloud/', 'output/', 'context.ts']],
    ['output', ['errors.ts', 'output/', 'tokens/access-token.ts', 'tokens/decode.ts']],
    ['completion', ['errors.ts', 'completion/', 'profiles/', 'cloud/', 'platform/']],
    [
      'credentials',
      ['errors.ts', 'secret.ts', 'credentials/', 'profiles/', 'crypto/', 'platform/', 'output/'],
    ],
    [
      'federation/sources',
      ['errors.ts', 'secret.ts', 'federation/', 'profiles/', 'secrets/', 'output/', 'tokens/', 'platform/'],
    ],
  ])('of %s point down', (folder, allowed) => {
    const strays = below(folder).flatMap(({ name, imports }) =>
      imports
        .filter((target) => !allowed.some((prefix) => target.startsWith(prefix)))
        .map((target) => `${name} → ${target}`),
    )
    expect(strays).toEqual([])
  })

  test.each([
    ['certificates', ['commands/', 'cred/']],
    ['completion', ['commands/', 'fast-path.ts']],
    ['doctor', ['commands/']],
    ['federation', ['commands/', 'context.ts', 'doctor/', 'tokens/']],
    ['sign-in', ['commands/', 'context.ts', 'doctor/', 'profiles/', 'tokens/']],
  ])('of %s are made above it', (folder, above) => {
    const strays = modules.flatMap(({ name, imports }) =>
      imports
        .filter((target) => target.startsWith(`${folder}/`) && !name.startsWith(`${folder}/`))
        .filter(() => !above.some((prefix) => name.startsWith(prefix)))
        .map((target) => `${name} → ${target}`),
    )
    expect(strays).toEqual([])
  })

  test('of the fast path are node:* and our own files', () => {
    interface Output {
      readonly inputs: Record<string, { readonly bytesInOutput: number }>
      readonly imports: readonly { readonly path: string }[]
    }
    const meta = JSON.parse(readFileSync(join(projectRoot, 'dist/run.meta.json'), 'utf8'))
    const outputs = Object.values<Output>(meta.outputs)
    // What is read but not used leaves no bytes behind.
    const used = outputs.flatMap(({ inputs }) =>
      Object.keys(inputs).filter((input) => (inputs[input]?.bytesInOutput ?? 0) > 0),
    )
    expect(used.filter((input) => !input.startsWith('src/'))).toEqual([])
    const externals = outputs.flatMap(({ imports }) => imports.map(({ path }) => path))
    // What it declines goes to the other door.
    expect(externals.filter((path) => !path.startsWith('node:'))).toEqual(['../dist/load-main.cjs'])
  })

  test('of a package stand in one module, oclif aside', () => {
    const importers = new Map<string, string[]>()
    for (const { name, packages } of modules)
      for (const specifier of new Set(packages.filter((one) => !one.startsWith('@oclif/'))))
        importers.set(specifier, [...(importers.get(specifier) ?? []), name])
    // MSAL's types are in every file of its folder.
    const several = [...importers].filter(
      ([, names]) => new Set(names.map(dirname)).size > 1 || names.length > 2,
    )
    expect(several).toEqual([])
  })

  test('of heavy packages are made where they are used', () => {
    const heavy =
      /^import (?!type)[^'\n]*'(@azure|@inquirer|@napi-rs|@peculiar|asn1js|pkcs11js|chalk|jsonc-parser|https-proxy-agent|proxy-from-env|fs-native-extensions|reflect-metadata|yocto-spinner)/m
    expect(modules.filter(({ text }) => heavy.test(text)).map(({ name }) => name)).toEqual([])
  })
})

test('`process` is read by the entries, the composition root and the prompts', () => {
  const readers = modules.filter(({ text }) =>
    /\bprocess\.(?!pid\b|kill\b|on\b|off\b)|= process\b/.test(
      text.replace(/^ ?\*.*|\/\*[\s\S]*?\*\/|\/\/.*/gm, ''),
    ),
  )
  expect(readers.map(({ name }) => name).sort()).toEqual([
    'context.ts',
    'entry.ts',
    'keychain-helper-entry.ts',
    'load-main.ts',
    'main.ts',
    'pkcs11-helper-entry.ts',
    'plugin.ts',
    'prompts/ask.ts',
  ])
})

test('a command declares, delegates, prints: it is short', () => {
  const long = below('commands').filter(({ text }) => text.split('\n').length > 70)
  expect(long.map(({ name }) => name)).toEqual([])
})

test("a command's summary fits into 80 columns", () => {
  const summaries = below('commands').map(({ text }) => /summary =\s+(['"])(.*)\1/.exec(text)?.[2] ?? '')
  expect(summaries.filter((summary) => summary === '' || summary.length > 80)).toEqual([])
})

test("README's table of exit statuses is the program's", () => {
  const readme = readFileSync(join(projectRoot, 'README.md'), 'utf8')
  const rows = [...readme.matchAll(/^\| (\d+) \| ([a-z ]+) \|/gm)].map(([, status, name]) => [
    name?.replace(' ', '_'),
    Number(status),
  ])
  expect(Object.fromEntries(rows)).toEqual({ ok: 0, ...exitStatus })
})

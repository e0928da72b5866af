import { Args, Errors, Flags, Parser } from '@oclif/core'
import { AppError } from '../src/errors.ts'
import { durationFlag } from '../src/flags/duration.ts'
import { usageError } from '../src/usage-error.ts'

const canary = 'Canary8Q~hunter2'

const flags = {
  profile: Flags.string({ char: 'p' }),
  'client-id': Flags.string(),
  'client-secret': Flags.string({ exclusive: ['certificate-path'] }),
  'certificate-path': Flags.string(),
  'private-key-path': Flags.string({ dependsOn: ['certificate-path'] }),
  output: Flags.string({ char: 'o', options: ['text', 'json'] }),
  port: Flags.integer(),
  timeout: durationFlag(),
  json: Flags.boolean({ allowNo: false }),
}

/** What oclif’s own parser throws for these words, in our terms. */
async function errorOf(
  argv: string[],
  more: Partial<Parameters<typeof Parser.parse>[1]> = {},
): Promise<AppError> {
  const thrown = await Parser.parse(argv, { flags, args: {}, strict: true, ...more } as never).then(
    () => {
      throw new Error('the words were accepted')
    },
    (error: Error) => error,
  )
  const error = usageError(thrown, Object.keys({ ...flags, ...more.flags }))
  if (!error) throw thrown
  expect(error).toMatchObject({ code: 'usage', exitStatus: 64 })
  expect(`${JSON.stringify(error)} ${error.stack}`).not.toContain(canary)
  return error
}

test.each<[string[], string, string]>([
  [['--profil', 'ci'], '--profil is not a flag of this command', 'did you mean --profile?'],
  [['--profil=ci'], '--profil is not a flag of this command', 'did you mean --profile?'],
  [['--client', canary], '--client is not a flag of this command', 'did you mean --client-id?'],
  [
    [`--clientsecret=${canary}`],
    '--clientsecret is not a flag of this command',
    'did you mean --client-secret?',
  ],
  [[`--password=${canary}`], '--password is not a flag of this command', 'see --help'],
  [['--OUTPUT', 'json'], '--OUTPUT is not a flag of this command', 'did you mean --output?'],
  [[`-x${canary}`], '-x is not a flag of this command', 'see --help'],
  [['-x'], '-x is not a flag of this command', 'see --help'],
  [
    ['--no-such-flag-of-any-command-whatever-it-is-called-x'],
    'an argument that starts with "-" is not a flag of this command',
    'see --help',
  ],
  [[`--${canary}`], 'an argument that starts with "-" is not a flag of this command', 'see --help'],
  [['--\u001b[2J'], 'an argument that starts with "-" is not a flag of this command', 'see --help'],
  [[`--a/${canary}`], 'an argument that starts with "-" is not a flag of this command', 'see --help'],
  [['-😀'], 'an argument that starts with "-" is not a flag of this command', 'see --help'],
  [
    [`--${'x'.repeat(1 << 20)}`],
    'an argument that starts with "-" is not a flag of this command',
    'see --help',
  ],
])('an unknown flag is named without what may be a value: %j', async (argv, message, hint) => {
  expect(await errorOf(argv)).toMatchObject({ message, hint })
})

test.each<[string, string[], string, string | RegExp]>([
  [
    'a value outside the options',
    ['--output', canary],
    '--output is not one of its values',
    'use one of text, json',
  ],
  [
    'the same with a hook',
    ['--output', `${canary} to be one of: x\ny`],
    '--output is not one of its values',
    'use one of text, json',
  ],
  ['a flag without its value', ['--profile'], '--profile needs a value', 'see --help'],
  ['the same before another flag', ['--profile', '--json'], '--profile needs a value', 'see --help'],
  ['an argument too many', [canary], 'there is an argument too many', /quote values/],
  ['what follows the end of flags', ['--', canary], 'there is an argument too many', /quote values/],
  [
    'two flags that do not go together',
    ['--client-secret', canary, '--certificate-path', `/${canary}`],
    'check --client-secret and --certificate-path',
    'see --help',
  ],
  [
    'a value that looks like a flag',
    ['--client-secret', canary, '--certificate-path', `--x${canary} --zzz`],
    'check --client-secret and --certificate-path',
    'see --help',
  ],
  [
    'a flag that needs another',
    ['--private-key-path', canary],
    'check --certificate-path and --private-key-path',
    'see --help',
  ],
  ['a number that is none', ['--port', canary], 'check --port', 'see --help'],
  ['a time that is none', ['--timeout', canary], '--timeout is not a time', /^write for instance 30s/],
])('%s', async (_, argv, message, hint) => {
  const error = await errorOf(argv)
  expect(error.message).toBe(message)
  expect(error.hint).toMatch(hint)
})

test('a missing and a wrong argument', async () => {
  expect(await errorOf([], { args: { token: Args.string({ required: true }) } })).toMatchObject({
    message: 'an argument is missing',
    hint: 'see --help',
  })
  expect(
    await errorOf([canary], { args: { shell: Args.string({ options: ['bash', 'zsh'] }) } }),
  ).toMatchObject({
    message: 'the arguments are not valid',
  })
})

test('a required flag is named', async () => {
  const required = { name: Flags.string({ required: true }) }
  expect((await errorOf([], { flags: required })).code).toBe('usage')
})

test('an unknown command is a usage error that does not repeat it', () => {
  for (const name of [canary, `${canary}\nx`, `get token ${canary}`]) {
    const error = usageError(new Errors.CLIError(`command ${name} not found`))
    expect(error).toMatchObject({ code: 'usage', hint: expect.stringMatching(/--help/) })
    expect(JSON.stringify(error)).not.toContain(canary)
  }
  expect(usageError(new Errors.CLIError('command x not found'))?.message).toBe('there is no such command')
})

test('a command is guessed by its name, and words after a command that takes none are too many', () => {
  const commands = ['get-token', 'list-profiles', 'cache:list']
  const notFound = (id: string) => usageError(new Errors.CLIError(`command ${id} not found`), [], commands)
  expect(notFound('get-tokn')?.hint).toBe('did you mean `entra-auth-cli get-token`?')
  expect(notFound('cache:lst')?.hint).toBe('did you mean `entra-auth-cli cache list`?')
  expect(notFound('deploy')?.hint).toBe('see `entra-auth-cli --help`')
  expect(notFound(`get-token:${canary}`)?.message).toBe('there is an argument too many')
})

test('an error of ours is left as it is', () => {
  expect(usageError(new AppError('config', 'x'), ['profile'])).toBeUndefined()
})

test('what is no mistake of the user is none', () => {
  for (const error of [new Error('x'), new TypeError('x is not a function'), new RangeError('--profile')])
    expect(usageError(error, ['profile'])).toBeUndefined()
})

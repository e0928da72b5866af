import fc from 'fast-check'
import { AppError } from '../../src/errors.ts'
import { findCodeDirectory, type Paths, type Place, resolvePaths } from '../../src/platform/paths.ts'

// Paths are those of the platform that the tests run on.
const describeOnUnix = process.platform === 'win32' ? describe.skip : describe

const at = (env: Record<string, string>, platform: NodeJS.Platform = 'linux', home = '/home/ann') =>
  resolvePaths({ platform, home, env })

const messageOf = (work: () => unknown): string => {
  try {
    work()
  } catch (error) {
    if (error instanceof AppError && error.code === 'config') return error.message
    throw error
  }
  throw new Error('nothing was thrown')
}

describeOnUnix('where files are', () => {
  test.each<[string, Paths]>([
    [
      'linux',
      {
        profiles: '/home/ann/.config/entra-auth-cli/profiles.json',
        secrets: '/home/ann/.local/share/entra-auth-cli/secrets',
        keys: '/home/ann/.local/share/entra-auth-cli/keys',
        signIns: '/home/ann/.local/share/entra-auth-cli/sign-ins',
        tokens: '/home/ann/.cache/entra-auth-cli/tokens',
        signatures: '/home/ann/.cache/entra-auth-cli/signatures',
        code: '/home/ann/.cache/entra-auth-cli/code',
        runtime: undefined,
        scope: undefined,
      },
    ],
    [
      'darwin',
      {
        profiles: '/home/ann/Library/Application Support/entra-auth-cli/profiles.json',
        secrets: '/home/ann/Library/Application Support/entra-auth-cli/secrets',
        keys: '/home/ann/Library/Application Support/entra-auth-cli/keys',
        signIns: '/home/ann/Library/Application Support/entra-auth-cli/sign-ins',
        tokens: '/home/ann/Library/Caches/entra-auth-cli/tokens',
        signatures: '/home/ann/Library/Caches/entra-auth-cli/signatures',
        code: '/home/ann/Library/Caches/entra-auth-cli/code',
        runtime: undefined,
        scope: undefined,
      },
    ],
    [
      'win32',
      {
        profiles: '/home/ann/AppData/Roaming/entra-auth-cli/profiles.json',
        secrets: '/home/ann/AppData/Local/entra-auth-cli/secrets',
        keys: '/home/ann/AppData/Local/entra-auth-cli/keys',
        signIns: '/home/ann/AppData/Local/entra-auth-cli/sign-ins',
        tokens: '/home/ann/AppData/Local/entra-auth-cli/cache/tokens',
        signatures: '/home/ann/AppData/Local/entra-auth-cli/cache/signatures',
        code: '/home/ann/AppData/Local/entra-auth-cli/cache/code',
        runtime: undefined,
        scope: undefined,
      },
    ],
  ])('%s has places of its own', (platform, paths) => {
    expect(at({}, platform as NodeJS.Platform)).toEqual(paths)
  })

  test('the XDG variables are followed one by one', () => {
    expect(at({ XDG_CONFIG_HOME: '/c', XDG_RUNTIME_DIR: '/run/user/7' })).toMatchObject({
      profiles: '/c/entra-auth-cli/profiles.json',
      secrets: '/home/ann/.local/share/entra-auth-cli/secrets',
      keys: '/home/ann/.local/share/entra-auth-cli/keys',
      signIns: '/home/ann/.local/share/entra-auth-cli/sign-ins',
      runtime: '/run/user/7/entra-auth-cli',
    })
    expect(at({ XDG_DATA_HOME: '/d' }).secrets).toBe('/d/entra-auth-cli/secrets')
    expect(at({ XDG_CACHE_HOME: '/k' }).tokens).toBe('/k/entra-auth-cli/tokens')
  })

  test('Windows’ variables are followed', () => {
    expect(at({ APPDATA: '/r', LOCALAPPDATA: '/l', XDG_CONFIG_HOME: '/no' }, 'win32')).toMatchObject({
      profiles: '/r/entra-auth-cli/profiles.json',
      tokens: '/l/entra-auth-cli/cache/tokens',
    })
  })

  test.each(['linux', 'darwin', 'win32'] as const)(
    'ENTRA_AUTH_CLI_CONFIG_DIR is everything’s place on %s',
    (platform) => {
      const env = {
        ENTRA_AUTH_CLI_CONFIG_DIR: '/x',
        XDG_CONFIG_HOME: '/c',
        XDG_CACHE_HOME: '/k',
        APPDATA: '/r',
      }
      expect(at(env, platform, '')).toEqual({
        profiles: '/x/profiles.json',
        secrets: '/x/secrets',
        keys: '/x/keys',
        signIns: '/x/sign-ins',
        tokens: '/x/cache/tokens',
        signatures: '/x/cache/signatures',
        code: '/x/cache/code',
        runtime: undefined,
        scope: '/x',
      })
    },
  )

  test('an empty variable is none', () => {
    const empty = {
      ENTRA_AUTH_CLI_CONFIG_DIR: '',
      XDG_CONFIG_HOME: '',
      XDG_CACHE_HOME: '',
      XDG_RUNTIME_DIR: '',
    }
    expect(at(empty)).toEqual(at({}))
  })

  test.each([
    'ENTRA_AUTH_CLI_CONFIG_DIR',
    'XDG_CONFIG_HOME',
    'XDG_DATA_HOME',
    'XDG_CACHE_HOME',
    'XDG_RUNTIME_DIR',
  ])('a relative %s is refused: it would mean another place in each directory', (name) => {
    for (const value of ['.', 'x', '~/x', '../x'])
      expect(messageOf(() => at({ [name]: value }))).toBe(`${name} must be an absolute path`)
  })

  test('without a home there must be a place', () => {
    for (const home of ['', 'relative']) {
      expect(messageOf(() => at({}, 'linux', home))).toBe('there is no home directory')
      expect(messageOf(() => at({}, 'darwin', home))).toBe('there is no home directory')
    }
    const env = { XDG_CONFIG_HOME: '/c', XDG_DATA_HOME: '/d', XDG_CACHE_HOME: '/k' }
    expect(at(env, 'linux', '').profiles).toBe('/c/entra-auth-cli/profiles.json')
  })

  describe('keychain items of several configurations are kept apart by the configuration’s directory', () => {
    test.each<[string, Record<string, string>, string | undefined]>([
      ['the usual one', {}, undefined],
      ['the usual one, said', { XDG_CONFIG_HOME: '/home/ann/.config' }, undefined],
      ['the usual one, said with a slash', { XDG_CONFIG_HOME: '/home/ann/.config/' }, undefined],
      ['another', { XDG_CONFIG_HOME: '/c' }, '/c/entra-auth-cli'],
      ['one of our own variable', { ENTRA_AUTH_CLI_CONFIG_DIR: '/x' }, '/x'],
      ['the same in another spelling', { ENTRA_AUTH_CLI_CONFIG_DIR: '/y/..//x/./' }, '/x'],
    ])('%s', (_, env, scope) => {
      expect(at(env).scope).toBe(scope)
    })
  })

  test('the place of compiled code is never a reason to fail', () => {
    const place: Place = { platform: 'linux', home: '/home/ann', env: {} }
    expect(findCodeDirectory(place)).toBe('/home/ann/.cache/entra-auth-cli/code')
    expect(findCodeDirectory({ ...place, home: '' })).toBeUndefined()
    expect(findCodeDirectory({ ...place, env: { ENTRA_AUTH_CLI_NO_CODE_CACHE: '1' } })).toBeUndefined()
  })

  test('whatever the variables hold, paths are absolute or the variable is named', () => {
    const names = [
      'ENTRA_AUTH_CLI_CONFIG_DIR',
      'XDG_CONFIG_HOME',
      'XDG_CACHE_HOME',
      'XDG_DATA_HOME',
      'APPDATA',
    ]
    const values = fc.oneof(
      fc.string(),
      fc.string().map((text) => `/${text}`),
    )
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom(...names), values),
        fc.constantFrom<NodeJS.Platform>('linux', 'darwin', 'win32'),
        (env, platform) => {
          try {
            const { profiles, secrets, tokens } = at(env, platform)
            for (const path of [profiles, secrets, tokens]) expect(path).toMatch(/^\//)
          } catch (error) {
            expect((error as AppError).message).toMatch(/^[A-Z_]+ must be an absolute path$/)
          }
        },
      ),
    )
  })
})

/** The question whether a keyring is locked, put to a real one over D-Bus. */
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { isKeyringLocked } from '../../src/secrets/keyring-lock.ts'
import { createHome, type Env, type Home } from '../parts/cli.ts'
import { type Keyring, type KeyringState, startKeyring } from '../parts/keyring.ts'
import { describeWith } from '../parts/require-part.ts'

const uid = process.getuid?.()
let home: Home
let keyring: Keyring | undefined

beforeEach(() => {
  home = createHome()
})
afterEach(async () => {
  await keyring?.stop()
  keyring = undefined
  home.remove()
})

describeWith(['gnome-keyring', 'dbus-daemon', 'libsecret-tools'], 'a real keyring', () => {
  test.each<[KeyringState, boolean]>([
    ['unlocked', false],
    ['locked', true],
    ['absent', false],
  ])('that is %s', async (state, locked) => {
    keyring = await startKeyring({ home, state })
    expect(await isKeyringLocked(keyring.env, uid)).toBe(locked)
    // Asking changes nothing.
    expect(await isKeyringLocked(keyring.env, uid)).toBe(locked)
  })

  test.each(['keychain', 'bus'] as const)('whose %s hangs is not waited for long', async (what) => {
    keyring = await startKeyring({ home, state: 'locked' })
    keyring.freeze(what)
    expect(await isKeyringLocked(keyring.env, uid)).toBe(false)
    keyring.thaw()
    expect(await isKeyringLocked(keyring.env, uid)).toBe(true)
  })
})

describe('a bus', () => {
  test.each<[string, Env]>([
    ['is nowhere', {}],
    ['has an address that is none', { DBUS_SESSION_BUS_ADDRESS: 'nonsense' }],
    ['is elsewhere', { DBUS_SESSION_BUS_ADDRESS: 'tcp:host=localhost,port=1' }],
    ['has no socket', { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nowhere' }],
    ['has no socket by a name either', { DBUS_SESSION_BUS_ADDRESS: 'unix:abstract=entra%2Dnowhere' }],
    ['has no socket in the login session', { XDG_RUNTIME_DIR: '/nowhere' }],
  ])('that %s', async (_, env) => {
    expect(await isKeyringLocked(env, uid)).toBe(false)
  })

  test.each<[string, (socket: Socket) => void]>([
    ['refuses', (socket) => socket.write('REJECTED\r\n')],
    ['hangs up', (socket) => socket.destroy()],
    ['talks nonsense', (socket) => socket.write(`OK 1\r\n${'x'.repeat(100)}`)],
    ['never ends', (socket) => socket.write('x'.repeat(200_000))],
    ['answers with an error', (socket) => socket.write(Buffer.concat([ok, message(3)]))],
    ['answers with an empty body', (socket) => socket.write(Buffer.concat([ok, message(2)]))],
  ])('that %s', async (_, answer) => {
    const sockets = new Set<Socket>()
    const path = join(home.directory, 'bus')
    const server = createServer((socket) => {
      sockets.add(socket)
      socket.on('error', () => {})
      answer(socket)
    })
    await new Promise<void>((resolve) => server.listen(path, resolve))
    expect(await isKeyringLocked({ DBUS_SESSION_BUS_ADDRESS: `unix:path=${path}` }, uid)).toBe(false)
    for (const socket of sockets) socket.destroy()
    server.close()
  })
})

const ok = Buffer.from('OK 1234\r\n')

/** An answer of that type to the first call, without a body. */
function message(type: number): Buffer {
  const head = Buffer.from([0x6c, type, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 8, 0, 0, 0])
  return Buffer.concat([head, Buffer.from([5, 1, 0x75, 0, 1, 0, 0, 0])])
}

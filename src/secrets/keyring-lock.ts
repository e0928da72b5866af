/**
 * Asks the Secret Service whether its keyring is locked, which the keyring library cannot do without opening the
 * service's dialog. Three calls over D-Bus (D-Bus Specification, "Message Protocol"; Secret Service API, "ReadAlias").
 */
import { connect, type Socket } from 'node:net'
import { endianness } from 'node:os'
import type { Environment } from '../profiles/environment.ts'
import { DBusReader, methodCall } from './dbus-message.ts'

const service = 'org.freedesktop.secrets'

/** Milliseconds for the whole conversation. */
const patience = 2000

/** True when the default keyring says that it is locked; false when it does not, or nobody answers. */
export async function isKeyringLocked(env: Environment, uid: number | undefined): Promise<boolean> {
  const path = findBus(env)
  if (path === undefined || uid === undefined || endianness() !== 'LE') return false
  const socket = connect(path)
  const timer = setTimeout(() => socket.destroy(), patience)
  try {
    return await askWhetherLocked(socket, uid)
  } catch {
    // The library's own answer will say what is the matter.
    return false
  } finally {
    clearTimeout(timer)
    socket.destroy()
  }
}

/** The session bus's socket: a path, or an abstract name of Linux's. Other transports are left to the library. */
function findBus(env: Environment): string | undefined {
  const address = env.DBUS_SESSION_BUS_ADDRESS
  if (!address) return env.XDG_RUNTIME_DIR && `${env.XDG_RUNTIME_DIR}/bus`
  const [, kind, name] = /(?:^|;)unix:(?:[^;]*,)?(path|abstract)=([^,;]+)/.exec(address) ?? []
  if (name === undefined) return undefined
  try {
    return (kind === 'abstract' ? '\0' : '') + decodeURIComponent(name)
  } catch {
    return undefined
  }
}

async function askWhetherLocked(socket: Socket, uid: number): Promise<boolean> {
  const reader = new DBusReader(socket)
  socket.write(`\0AUTH EXTERNAL ${Buffer.from(String(uid)).toString('hex')}\r\n`)
  if (!(await reader.line()).startsWith('OK')) return false
  socket.write('BEGIN\r\n')
  const bus = { destination: 'org.freedesktop.DBus', path: '/org/freedesktop/DBus' }
  await call(methodCall(1, { ...bus, interface: 'org.freedesktop.DBus', member: 'Hello' }, []))
  const secrets = { destination: service, path: '/org/freedesktop/secrets' }
  const alias = { ...secrets, interface: 'org.freedesktop.Secret.Service', member: 'ReadAlias' }
  const collection = (await call(methodCall(2, alias, ['default']))).readString()
  // No keyring at all.
  if (collection === '/') return false
  const get = {
    destination: service,
    path: collection,
    interface: 'org.freedesktop.DBus.Properties',
    member: 'Get',
  }
  const answer = await call(methodCall(3, get, ['org.freedesktop.Secret.Collection', 'Locked']))
  return answer.readBooleanVariant()

  async function call(message: Buffer) {
    socket.write(message)
    return reader.reply(message.readUInt32LE(8))
  }
}

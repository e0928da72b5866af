/** The little of D-Bus's wire format that calls with texts need (D-Bus Specification, "Marshaling"); little-endian. */
import type { Socket } from 'node:net'

export interface DBusMethod {
  readonly destination: string
  readonly path: string
  readonly interface: string
  readonly member: string
}

const padding = (length: number, boundary: number): Buffer =>
  Buffer.alloc((boundary - (length % boundary)) % boundary)

const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

/** STRING and OBJECT_PATH: length, bytes, NUL. */
const text = (value: string): Buffer => {
  const bytes = Buffer.from(value)
  return Buffer.concat([uint32(bytes.length), bytes, Buffer.of(0)])
}

/** SIGNATURE: the same, with a length of one byte. */
const signature = (value: string): Buffer => Buffer.from(`${String.fromCharCode(value.length)}${value}\0`)

const join = (parts: readonly (readonly [boundary: number, bytes: Buffer])[]): Buffer =>
  parts.reduce(
    (all, [boundary, bytes]) => Buffer.concat([all, padding(all.length, boundary), bytes]),
    Buffer.alloc(0),
  )

/** A METHOD_CALL whose arguments are texts. */
export function methodCall(serial: number, method: DBusMethod, args: readonly string[]): Buffer {
  const body = join(args.map((arg) => [4, text(arg)] as const))
  const field = (code: number, type: string, value: Buffer) =>
    [8, Buffer.concat([Buffer.of(code), signature(type), value])] as const
  const fields = join([
    field(1, 'o', text(method.path)),
    field(2, 's', text(method.interface)),
    field(3, 's', text(method.member)),
    field(6, 's', text(method.destination)),
    ...(args.length > 0 ? [field(8, 'g', signature('s'.repeat(args.length)))] : []),
  ])
  const head = Buffer.concat([
    Buffer.from('l'),
    Buffer.of(1, 0, 1),
    uint32(body.length),
    uint32(serial),
    uint32(fields.length),
    fields,
  ])
  return Buffer.concat([head, padding(head.length, 8), body])
}

/** The body of an answer. */
export interface DBusBody {
  readString(): string
  /** VARIANT of BOOLEAN. */
  readBooleanVariant(): boolean
}

const largest = 64 * 1024

/** Reads lines first, as the authentication has them, and messages then. */
export class DBusReader {
  readonly #chunks: AsyncIterator<Buffer>
  #buffer = Buffer.alloc(0)

  constructor(socket: Socket) {
    this.#chunks = socket[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  }

  async line(): Promise<string> {
    for (;;) {
      const end = this.#buffer.indexOf('\r\n')
      if (end >= 0) return this.#take(end + 2).toString('latin1')
      await this.#more()
    }
  }

  /** The METHOD_RETURN to that serial; signals and the like are passed over. Throws for an ERROR. */
  async reply(serial: number): Promise<DBusBody> {
    for (;;) {
      while (this.#buffer.length < 16) await this.#more()
      const bodyLength = this.#buffer.readUInt32LE(4)
      const fieldsLength = this.#buffer.readUInt32LE(12)
      const start = Math.ceil((16 + fieldsLength) / 8) * 8
      if (this.#buffer[0] !== 0x6c || start + bodyLength > largest) throw new Error('not a message we know')
      while (this.#buffer.length < start + bodyLength) await this.#more()
      const message = this.#take(start + bodyLength)
      if (replySerial(message, fieldsLength) !== serial) continue
      if (message[1] !== 2) throw new Error('the call failed')
      return bodyOf(message.subarray(start))
    }
  }

  #take(length: number): Buffer {
    const taken = this.#buffer.subarray(0, length)
    this.#buffer = this.#buffer.subarray(length)
    return taken
  }

  async #more(): Promise<void> {
    const { value, done } = await this.#chunks.next()
    if (done || this.#buffer.length > largest) throw new Error('the bus ended the conversation')
    this.#buffer = Buffer.concat([this.#buffer, value])
  }
}

/** Header field 5, a UINT32; the others are skipped by their type. */
function replySerial(message: Buffer, fieldsLength: number): number | undefined {
  for (let at = 16; at < 16 + fieldsLength; ) {
    at = Math.ceil(at / 8) * 8
    const code = message[at]
    const type = String.fromCharCode(message[at + 2] ?? 0)
    // Code, and a signature of one letter: the value begins at a multiple of 4 already.
    const value = at + 4
    if (code === 5) return message.readUInt32LE(value)
    if (type === 'g') at = value + (message[value] ?? 0) + 2
    else if (type === 'u') at = value + 4
    else at = value + 4 + message.readUInt32LE(value) + 1
  }
  return undefined
}

const bodyOf = (body: Buffer): DBusBody => ({
  readString: () => body.subarray(4, 4 + body.readUInt32LE(0)).toString('utf8'),
  // Length 1, "b", NUL, and padding to a multiple of 4.
  readBooleanVariant: () => body[1] === 0x62 && body.readUInt32LE(4) === 1,
})

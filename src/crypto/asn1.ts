/** The little of ASN.1 (X.690) that keys and PFX files need: a tree of tagged values, read from DER. */

/** One value. A constructed one has children and no content, a primitive one content and no children. */
export interface Asn1Node {
  /** The identifier octet, which holds class, constructed bit and number. */
  readonly tag: number
  /** The value as it is encoded, header included. */
  readonly bytes: Uint8Array
  readonly content: Uint8Array
  readonly children: readonly Asn1Node[]
}

/** Identifier octets used by PKCS#8 and PKCS#12. */
export const asn1Tag = {
  integer: 0x02,
  octetString: 0x04,
  constructedOctetString: 0x24,
  objectIdentifier: 0x06,
  sequence: 0x30,
  context0: 0x80,
  constructedContext0: 0xa0,
} as const

export const constructedBit = 0x20
export const noContent = new Uint8Array(0)

/** The bytes are not the ASN.1 expected; whoever knows the file turns it into an AppError. */
export class MalformedAsn1 extends Error {}

/** Keys and PFX files nest about ten deep; deeper input is out to exhaust the stack. */
const maximumDepth = 32

/** Reads one DER value that fills the bytes. Throws MalformedAsn1. */
export function readDer(bytes: Uint8Array): Asn1Node {
  const nodes = readNodes(bytes, 0)
  if (nodes.length !== 1) throw new MalformedAsn1('not a single value')
  return nodes[0] as Asn1Node
}

function readNodes(bytes: Uint8Array, depth: number): Asn1Node[] {
  if (depth > maximumDepth) throw new MalformedAsn1('nested too deep')
  const nodes: Asn1Node[] = []
  for (let offset = 0; offset < bytes.length; ) {
    const { tag, start, end } = readHeader(bytes, offset)
    const content = bytes.subarray(start, end)
    const encoding = bytes.subarray(offset, end)
    nodes.push(
      tag & constructedBit
        ? { tag, bytes: encoding, content: noContent, children: readNodes(content, depth + 1) }
        : { tag, bytes: encoding, content, children: [] },
    )
    offset = end
  }
  return nodes
}

/** How long the value at the start of the bytes says it is, header included; undefined when it does not say (X.690, section 8.1.3.6). */
export function findAnnouncedLength(bytes: Uint8Array): number | undefined {
  if (bytes[1] === 0x80) return undefined
  const { start, length } = readLength(bytes, 0)
  return start + length
}

/** The tag of the value at the offset, and where its content is (definite lengths only: X.690, section 10.1). */
function readHeader(bytes: Uint8Array, offset: number): { tag: number; start: number; end: number } {
  const tag = bytes[offset] as number
  if ((tag & 0x1f) === 0x1f) throw new MalformedAsn1('tag number over 30')
  const { start, length } = readLength(bytes, offset)
  if (start + length > bytes.length) throw new MalformedAsn1('cut short')
  return { tag, start, end: start + length }
}

function readLength(bytes: Uint8Array, offset: number): { start: number; length: number } {
  const first = bytes[offset + 1] ?? 0x80
  if (first < 0x80) return { start: offset + 2, length: first }
  const octets = first & 0x7f
  if (octets === 0 || octets > 4) throw new MalformedAsn1('no definite length')
  let length = 0
  for (let i = 0; i < octets; i++) length = length * 256 + (bytes[offset + 2 + i] ?? 0)
  return { start: offset + 2 + octets, length }
}

/** The child at the index, of the given tag when one is given. Throws MalformedAsn1. */
export function readChild(node: Asn1Node, index: number, tag?: number): Asn1Node {
  const child = node.children[index]
  if (!child) throw new MalformedAsn1('a value is missing')
  return tag === undefined ? child : expectTag(child, tag)
}

/** The node itself, if it has the tag. Throws MalformedAsn1. */
function expectTag(node: Asn1Node, tag: number): Asn1Node {
  if (node.tag !== tag) throw new MalformedAsn1('a value has another type')
  return node
}

/** A non-negative INTEGER; large ones lose precision, never their size. Throws MalformedAsn1. */
export function readInteger(node: Asn1Node): number {
  const { content } = expectTag(node, asn1Tag.integer)
  if (content.length === 0 || content.length > 16 || (content[0] as number) & 0x80) {
    throw new MalformedAsn1('not a count')
  }
  return content.reduce((value, octet) => value * 256 + octet, 0)
}

/** An OBJECT IDENTIFIER in dotted form (X.690, section 8.19). Throws MalformedAsn1. */
export function readObjectIdentifier(node: Asn1Node): string {
  const { content } = expectTag(node, asn1Tag.objectIdentifier)
  if (content.length === 0 || content.length > 64) throw new MalformedAsn1('not an object identifier')
  const arcs: number[] = []
  let arc = 0
  for (const octet of content) {
    arc = arc * 128 + (octet & 0x7f)
    if (octet & 0x80) continue
    if (arcs.length === 0)
      arcs.push(Math.min(2, Math.floor(arc / 40)), arc - 40 * Math.min(2, Math.floor(arc / 40)))
    else arcs.push(arc)
    arc = 0
  }
  return arcs.join('.')
}

/** The octets of an OCTET STRING, whole or in segments (X.690, section 8.7), tagged as such or with [0]. Throws MalformedAsn1. */
export function readOctetString(node: Asn1Node): Uint8Array {
  switch (node.tag) {
    case asn1Tag.octetString:
    case asn1Tag.context0:
      return node.content
    case asn1Tag.constructedOctetString:
    case asn1Tag.constructedContext0:
      return Buffer.concat(node.children.map(readOctetString))
    default:
      throw new MalformedAsn1('not an octet string')
  }
}

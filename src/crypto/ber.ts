/** BER, as PFX files may use it: indefinite lengths, strings in segments. The one importer of asn1js. */
import type { BaseBlock, fromBER } from 'asn1js'
import { type Asn1Node, constructedBit, MalformedAsn1, noContent } from './asn1.ts'

type Block = ReturnType<typeof fromBER>['result']

/** A PFX holds its contents in octet strings, read one level at a time: each level is shallow. */
const limits = { maxDepth: 32, maxNodes: 20_000, parseEmbedded: false }

/** Reads one BER value that fills the bytes. Throws MalformedAsn1. */
export async function readBer(bytes: Uint8Array): Promise<Asn1Node> {
  const asn1js = await import('asn1js')
  const { offset, result } = asn1js.fromBER(bytes, limits)
  if (offset === -1) throw new MalformedAsn1(result.error)
  if (offset !== bytes.length) throw new MalformedAsn1('bytes after the end')
  return toNode(result)

  function toNode(block: Block): Asn1Node {
    const { idBlock, lenBlock } = block
    if (idBlock.tagNumber > 30) throw new MalformedAsn1('tag number over 30')
    const tag =
      ((idBlock.tagClass - 1) << 6) | (idBlock.isConstructed ? constructedBit : 0) | idBlock.tagNumber
    const bytes = block.valueBeforeDecodeView
    if (idBlock.isConstructed) {
      const blocks = (block.valueBlock as unknown as { value: BaseBlock[] }).value
      const children = blocks.filter((child) => !(child instanceof asn1js.EndOfContent))
      return { tag, bytes, content: noContent, children: children.map(toNode) }
    }
    const content = bytes.subarray(idBlock.blockLength + lenBlock.blockLength)
    return { tag, bytes, content, children: [] }
  }
}

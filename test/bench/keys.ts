/** Making keys and signing with them, as ratios to openssl on the same machine. Nothing is asserted. */
import { spawnSync } from 'node:child_process'
import type { KeyObject } from 'node:crypto'
import { generateRsaKey, type KeySize, keySizes } from '../../src/crypto/key-pair.ts'
import { localSigner } from '../../src/crypto/local-signer.ts'
import type { Signer } from '../../src/crypto/signer.ts'

const openssl = (...args: string[]) => spawnSync('openssl', args, { encoding: 'utf8' })

async function time(work: () => unknown): Promise<number> {
  const started = performance.now()
  await work()
  return performance.now() - started
}

/** The time of all keys over that of all keys of `openssl genrsa`: how long one takes is chance. */
async function measureGeneration(size: KeySize, rounds: number): Promise<string> {
  let ours = 0
  let theirs = 0
  for (let round = 0; round < rounds; round++) {
    ours += await time(() => generateRsaKey(size))
    theirs += await time(() => openssl('genrsa', String(size)))
  }
  return (ours / theirs).toFixed(2)
}

/** Seconds that OpenSSL 3 takes for a signature, by its own measurement, which counts them; undefined where it does not say. */
function opensslSeconds(size: KeySize): number | undefined {
  const { stdout } = openssl('speed', '-mr', '-seconds', '1', `rsa${size}`)
  const perSecond = /^\+F2:\d+:\d+:([\d.]+):/m.exec(stdout)?.[1]
  return perSecond === undefined ? undefined : 1 / Number(perSecond)
}

async function measureSigning(
  key: KeyObject,
  algorithm: Signer['algorithm'],
  theirs: number,
): Promise<string> {
  const signer = localSigner(key, algorithm)
  const data = Buffer.alloc(500)
  let count = 0
  const started = performance.now()
  while (performance.now() - started < 1000) {
    await signer.sign(data)
    count++
  }
  return ((performance.now() - started) / 1000 / count / theirs).toFixed(2)
}

/** A table in Markdown, a line at a time; nothing without openssl. */
export async function* measureKeys(rounds: number): AsyncGenerator<string> {
  if (openssl('version').error) return
  yield ''
  yield '| RSA, × `openssl` | new key | RS256 signature | PS256 signature |'
  yield '|---|---|---|---|'
  for (const size of keySizes) {
    const key = await generateRsaKey(size)
    const theirs = opensslSeconds(size)
    const signing = async (algorithm: Signer['algorithm']) =>
      theirs === undefined ? '' : measureSigning(key, algorithm, theirs)
    const cells = [await measureGeneration(size, rounds), await signing('RS256'), await signing('PS256')]
    yield `| ${size} bits | ${cells.join(' | ')} |`
  }
}

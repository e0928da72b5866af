/** Which files a new key and its certificate are written to, from the flags that name them. */
import { parse, resolve } from 'node:path'
import { AppError } from '../errors.ts'

export const keyFormats = ['pem', 'pfx'] as const
export type KeyFormat = (typeof keyFormats)[number]

export interface PlaceFlags {
  readonly profile?: string | undefined
  readonly out?: string | undefined
  readonly 'cert-out'?: string | undefined
  readonly 'key-out'?: string | undefined
  readonly format?: KeyFormat | undefined
}

/** Absolute paths. */
export type OutputPlan =
  | { readonly kind: 'profile'; readonly profile: string; readonly certificate?: string }
  /** Key and certificate in one file, and the certificate alone in another, which is the one to upload. */
  | { readonly kind: 'pem' | 'pfx'; readonly bundle: string; readonly certificate: string }
  | { readonly kind: 'pair'; readonly key: string; readonly certificate: string }

const usage = (message: string, hint: string) => new AppError('usage', message, { hint })

/** @throws AppError `usage` when it is not said where the key goes, or said twice. */
export function planOutput(flags: PlaceFlags): OutputPlan {
  const { profile, out, 'cert-out': certOut, 'key-out': keyOut } = flags
  for (const [flag, value] of Object.entries({ profile, out, 'cert-out': certOut, 'key-out': keyOut }))
    if (value === '') throw usage(`--${flag} is empty`, 'leave it out, or give it a value')
  const [first, second] = Object.entries({ profile, out, 'key-out': keyOut })
    .filter(([, value]) => value !== undefined)
    .map(([flag]) => `--${flag}`)
  if (first === undefined)
    throw usage(
      'it is not said where the key goes',
      '--profile NAME seals it under a profile, --out FILE writes it to a file',
    )
  if (second !== undefined)
    throw usage(`${first} and ${second} do not go together`, 'the key goes to one place')
  const certificate = certOut === undefined ? {} : { certificate: resolve(certOut) }
  if (profile !== undefined) {
    if (flags.format)
      throw usage('--format goes with --out', 'a key under a profile is sealed in a form of ours')
    return { kind: 'profile', profile, ...certificate }
  }
  if (keyOut !== undefined) {
    if (certOut === undefined)
      throw usage('--key-out is given without --cert-out', '--out FILE writes both to one file')
    if (flags.format === 'pfx')
      throw usage('a PFX holds key and certificate in one file', 'name it with --out instead of --key-out')
    return distinct({ kind: 'pair', key: resolve(keyOut), certificate: resolve(certOut) })
  }
  const bundle = resolve(out as string)
  const kind = flags.format ?? formatOf(bundle)
  return distinct({ kind, bundle, certificate: publicName(bundle), ...certificate })
}

function distinct<P extends OutputPlan>(plan: P): P {
  const paths = pathsOf(plan)
  if (new Set(paths).size < paths.length)
    throw usage('key and certificate would be one file', 'give --cert-out another name')
  return plan
}

/** The files of a plan. */
export function pathsOf(plan: OutputPlan): string[] {
  switch (plan.kind) {
    case 'profile':
      return plan.certificate === undefined ? [] : [plan.certificate]
    case 'pair':
      return [plan.key, plan.certificate]
    default:
      return [plan.bundle, plan.certificate]
  }
}

/** What a certificate is called when nobody gives it a name. */
export function commonNameOf(plan: OutputPlan): string {
  if (plan.kind === 'profile') return plan.profile
  return parse(plan.kind === 'pair' ? plan.certificate : plan.bundle).name.slice(0, 64)
}

const formatOf = (path: string): KeyFormat => (/\.(pfx|p12)$/i.test(path) ? 'pfx' : 'pem')

/** `app.crt` beside `app.pem`. */
function publicName(bundle: string): string {
  const { dir, name, ext } = parse(bundle)
  return resolve(dir, ext.toLowerCase() === '.crt' ? `${name}.public.crt` : `${name}.crt`)
}

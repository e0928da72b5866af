/** Federated identity credentials as Microsoft Graph and the Azure CLI write them. */
import { AppError } from '../errors.ts'

/** What is absent is not compared. */
export interface FederatedCredential {
  readonly name?: string
  readonly issuer?: string
  readonly subject?: string
  readonly audiences?: readonly string[]
  readonly expression?: string
}

/**
 * The credentials in JSON: one, a list, or Graph's `{"value": […]}`, as `az ad app federated-credential list` and
 * `GET /applications/{id}/federatedIdentityCredentials` print them.
 * @throws AppError `data`, naming the file.
 */
export function parseCredentials(json: string, source: string): readonly FederatedCredential[] {
  const list = listOf(parse(json, source))
  const credentials = list.map((entry, index) => readCredential(entry, `${source}, credential ${index + 1}`))
  if (credentials.length > 0) return credentials
  throw new AppError('data', `${source} holds no federated identity credential`, {
    hint: 'the application has none yet: `entra-auth-cli federation plan` prints the command that makes one',
  })
}

function parse(json: string, source: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    throw new AppError('data', `${source} is not JSON`, {
      hint: 'write it with: az ad app federated-credential list --id CLIENT-ID > credentials.json',
    })
  }
}

function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value
  const list = (value as { value?: unknown } | null)?.value
  return Array.isArray(list) ? list : [value]
}

function readCredential(entry: unknown, where: string): FederatedCredential {
  const { name, issuer, subject, audiences, claimsMatchingExpression } = Object(entry) as Record<
    string,
    unknown
  >
  const expression =
    typeof claimsMatchingExpression === 'string'
      ? claimsMatchingExpression
      : (claimsMatchingExpression as { value?: unknown } | null | undefined)?.value
  const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''
  if (!isText(issuer)) throw new AppError('data', `${where} has no issuer`)
  if (!isText(subject) && !isText(expression))
    throw new AppError('data', `${where} has neither a subject nor a claimsMatchingExpression`)
  if (!Array.isArray(audiences) || !audiences.every(isText) || audiences.length === 0)
    throw new AppError('data', `${where} has no audiences`)
  return {
    ...(isText(name) && { name }),
    issuer,
    audiences,
    ...(isText(subject) ? { subject } : { expression: expression as string }),
  }
}

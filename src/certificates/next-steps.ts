/** The commands that come after a new key: as a person would type them. */
import { quoted } from '../crypto/certificate-errors.ts'

/** Azure CLI's upload of a certificate; `--append` keeps the application's other credentials. */
export const uploadCommand = (clientId: string | undefined, certificate: string): string =>
  `az ad app credential reset --id ${clientId ?? 'CLIENT_ID'} --cert @${quoted(certificate)} --append`

export const exportCommand = (profile: string, certificate: string): string =>
  `entra-auth-cli cert export --profile ${profile} --out ${quoted(certificate)}`

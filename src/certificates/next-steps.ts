/** The commands that come after a new key: as a person would type them. */
import { quoted } from '../crypto/certificate-errors.ts'

/**
 * Azure CLI's upload of a certificate; `--append` keeps the application's other credentials.
 * On Windows the quotes are those that cmd and PowerShell share: to the latter a bare `@` means something else.
 */
export function uploadCommand(
  clientId: string | undefined,
  certificate: string,
  platform: NodeJS.Platform,
): string {
  const file = platform === 'win32' ? `"@${certificate}"` : `@${quoted(certificate)}`
  return `az ad app credential reset --id ${clientId ?? 'CLIENT_ID'} --cert ${file} --append`
}

/** @param certificate a name without characters that a shell would read. */
export const exportCommand = (profile: string, certificate: string): string =>
  `entra-auth-cli cert export --profile ${profile} --out ${certificate}`

/** What Entra's error numbers mean and what to do about them, without a network: for the hints of errors. */

export interface AadstsEntry {
  readonly meaning: string
  /** An imperative clause in lower case, without a full stop: it becomes a hint. */
  readonly fix: string
}

/**
 * Entra's `error_codes` say more than its OAuth `error`, but Microsoft may change them: they explain, and decide
 * nothing. The federation codes (70021, 70021x, 70023, 7002138, 7002xx) are missing from the published list.
 */
const entries: Readonly<Record<number, AadstsEntry>> = {
  16000: {
    meaning: 'the account that is signed in is not known in this tenant',
    fix: "sign in with an account of the tenant, or give the account's own tenant with --tenant-id",
  },
  28000: {
    meaning: 'the scopes of the request belong to several resources',
    fix: 'call get-token once for each resource',
  },
  50001: {
    meaning: 'the resource of the scope is not known in this tenant',
    fix: "check the resource in --scope, and create its service principal in the tenant when it is another organisation's API",
  },
  50005: {
    meaning: 'a policy does not accept the platform of this device',
    fix: 'sign in from a platform the Conditional Access policy accepts, or take another flow with --flow',
  },
  50011: {
    meaning: 'the redirect URI of the request is not registered for the application',
    fix: 'add http://localhost to the application under "Mobile and desktop applications", or give the URI it has with --redirect-uri',
  },
  50012: {
    meaning: "the certificate's subject or chain is not what the application trusts",
    fix: "send the chain with --send-x5c, and compare the certificate's subject and issuer with those the application trusts",
  },
  50013: {
    meaning: 'the assertion that was presented is not valid: wrong signature, audience or issuer',
    fix: 'give a fresh user token whose aud claim is this application (look with inspect), and check the clock: entra-auth-cli doctor',
  },
  50020: {
    meaning: "the user's account belongs to another identity provider or tenant and is no guest here",
    fix: "sign in with an account of this tenant, or give the account's own tenant with --tenant-id",
  },
  50034: {
    meaning: 'the user account does not exist in this tenant',
    fix: 'check the account name, and the tenant given with --tenant-id',
  },
  50049: {
    meaning: 'the authority host is not one Entra knows',
    fix: 'check --cloud or --authority-host',
  },
  50050: {
    meaning: 'the authority of the request is malformed or unknown',
    fix: 'check --cloud or --authority-host',
  },
  50053: {
    meaning: 'the account is locked: too many failed sign-ins, or a blocked address',
    fix: "wait some minutes before the next try, or ask an administrator to look at the sign-in's risk",
  },
  50055: {
    meaning: "the user's password has expired",
    fix: 'sign in to another application of the organisation with a browser, and change the password there',
  },
  50057: {
    meaning: 'the user account is disabled',
    fix: 'ask an administrator to enable the account, or sign in with another one',
  },
  50058: {
    meaning: 'there is no sign-in session to continue silently',
    fix: 'sign in again',
  },
  50059: {
    meaning: 'the request names no tenant, and none follows from it',
    fix: 'give a tenant ID or a verified domain with --tenant-id',
  },
  50072: {
    meaning: 'the user must first set up multi-factor authentication',
    fix: 'sign in with get-token --flow interactive-browser in a terminal, and finish the set-up that the page asks for',
  },
  50074: {
    meaning: 'multi-factor authentication is required and was not done',
    fix: 'sign in with get-token --flow interactive-browser in a terminal, and pass the second factor there',
  },
  50076: {
    meaning: 'a policy asks for multi-factor authentication for this resource',
    fix: 'sign in in a terminal with the claims that the error carries: get-token --claims JSON',
  },
  50078: {
    meaning: 'the multi-factor authentication of the sign-in has expired',
    fix: 'sign in again in a terminal: get-token --prompt login',
  },
  50079: {
    meaning: 'the user must register for multi-factor authentication',
    fix: 'sign in with get-token --flow interactive-browser in a terminal, and finish the registration that the page asks for',
  },
  50097: {
    meaning: 'a policy asks for a device that Entra knows',
    fix: 'sign in with a browser on a registered device instead of by device code',
  },
  50105: {
    meaning: 'the user or application is not assigned to a role of the resource',
    fix: 'ask an administrator to assign it to the enterprise application, or to end the assignment requirement there',
  },
  50126: {
    meaning: 'user name or password is wrong',
    fix: 'check the account and --tenant-id, and sign in with a browser',
  },
  50128: {
    meaning: 'the domain is no tenant: the request does not say which one is meant',
    fix: 'give a tenant ID or a verified domain with --tenant-id',
  },
  50131: {
    meaning: 'a Conditional Access policy denied the sign-in: device, place or risk',
    fix: 'sign in with a browser on a managed device, or ask an administrator which policy applies',
  },
  50158: {
    meaning: 'a policy wants a proof from another provider, which has not been given',
    fix: 'sign in with get-token --flow interactive-browser in a terminal, and pass the check of that provider there',
  },
  50173: {
    meaning: 'the refresh token was revoked, for instance by a change of password',
    fix: 'sign in again',
  },
  50194: {
    meaning: 'the application is single-tenant and the request went to common',
    fix: "give the application's own tenant with --tenant-id, not common or organizations",
  },
  50196: {
    meaning: 'the same request came so often that Entra stopped it as a loop',
    fix: 'wait five minutes, and let get-token answer from its cache: no --force or --no-cache in a loop',
  },
  53000: {
    meaning: 'a policy asks for a compliant device',
    fix: 'sign in with a browser on a device your organisation manages',
  },
  53001: {
    meaning: 'a policy asks for a domain-joined device',
    fix: 'sign in with a browser on a joined device',
  },
  53002: {
    meaning: 'a Conditional Access policy accepts approved applications alone, and this is none',
    fix: 'ask an administrator to exempt the application in the Conditional Access policy',
  },
  53003: {
    meaning: 'a Conditional Access policy blocks the sign-in',
    fix: 'use --flow interactive-browser if the device code was refused; else the sign-in log of the tenant names the policy',
  },
  54005: {
    meaning: 'the authorization code was used already',
    fix: 'start the sign-in again: get-token --force',
  },
  65001: {
    meaning: 'nobody has consented to the permissions the application asks for',
    fix: 'sign in in a terminal and accept: get-token --prompt consent; or have an administrator grant consent to the application',
  },
  65002: {
    meaning: 'consent between two Microsoft applications must be set up by Microsoft',
    fix: 'use an application of your own with --client-id',
  },
  65004: {
    meaning: 'the user declined to consent',
    fix: 'sign in again and accept, or have an administrator grant consent to the application',
  },
  70000: {
    meaning: 'the grant (refresh token, code or assertion) is not valid for this request',
    fix: 'sign in again',
  },
  70001: {
    meaning: 'the application is not in this tenant, or it is disabled',
    fix: 'check --client-id and --tenant-id, and --cloud when the tenant is in a national cloud',
  },
  70002: {
    meaning: "the client's credential is wrong",
    fix: "store the secret's value, not its ID: edit-profile --client-secret-stdin",
  },
  70003: {
    meaning: 'the application may not use this grant',
    fix: "choose another --flow, or change the application's type in its registration",
  },
  70008: {
    meaning: 'the refresh token has expired: it was not used for too long',
    fix: 'sign in again',
  },
  70011: {
    meaning: 'the scope is not valid',
    fix: 'ask for one resource: --scope RESOURCE/.default, such as https://graph.microsoft.com/.default',
  },
  70016: {
    meaning: 'the user has not entered the device code yet',
    fix: 'enter the code on the page that was shown, then wait, or run get-token again',
  },
  70018: {
    meaning: 'the device code is wrong',
    fix: 'run get-token again, and enter the code exactly as it is shown',
  },
  70019: {
    meaning: 'the device code has expired',
    fix: 'run get-token again, and enter the code within 15 minutes',
  },
  70021: {
    meaning: 'no federated identity credential of the application matches the assertion',
    fix: 'compare issuer, subject and audience with the federated credential; a new one takes some minutes to work',
  },
  70023: {
    meaning: 'the external assertion is valid for longer than Entra allows',
    fix: 'let the issuer make it valid for 24 hours at most',
  },
  70025: {
    meaning: 'the application has no federated identity credential',
    fix: 'create one: az ad app federated-credential create',
  },
  70043: {
    meaning: "the refresh token has ended by the tenant's sign-in frequency policy",
    fix: 'sign in again',
  },
  70052: {
    meaning: 'a multi-tenant application cannot take an assertion that Entra issued',
    fix: 'make the application single-tenant, or take the assertion from another issuer',
  },
  90002: {
    meaning: 'the tenant is not found in this cloud',
    fix: 'check --tenant-id, and --cloud when the tenant is in a national cloud',
  },
  90006: {
    meaning: 'a service that Entra depends on did not answer',
    fix: 'run the command again in a minute',
  },
  90014: {
    meaning: 'a required field of the request is missing',
    fix: 'check the profile with show-profile, and report a bug with the correlation ID',
  },
  90019: {
    meaning: 'the request does not tell the tenant',
    fix: 'give a tenant ID or a verified domain with --tenant-id',
  },
  90033: {
    meaning: 'a service of Entra is unavailable for the moment',
    fix: 'run the command again in a minute',
  },
  90055: {
    meaning: 'the tenant sends too many requests',
    fix: 'wait a minute, and let get-token answer from its cache',
  },
  90061: {
    meaning: "the keys of the assertion's issuer cannot be read by Entra",
    fix: "make the issuer's OpenID configuration and JWKS public over HTTPS, and check its TLS certificate and firewall",
  },
  90094: {
    meaning: 'the permissions need the consent of an administrator',
    fix: 'have an administrator grant consent to the application',
  },
  90124: {
    meaning: 'the resource is not offered on common or consumers',
    fix: 'give a tenant ID or a verified domain with --tenant-id',
  },
  90130: {
    meaning: 'the application or resource is not offered on common or consumers',
    fix: 'give a tenant ID or a verified domain with --tenant-id',
  },
  100007: {
    meaning: "regional endpoints serve only managed identities and Microsoft's own applications",
    fix: 'give the global host with --authority-host, or --cloud instead',
  },
  240002: {
    meaning: 'the assertion is an ID token, which proves nothing to an API',
    fix: "give the access token that the user's client sent to this application",
  },
  500011: {
    meaning: 'the resource has no service principal in this tenant',
    fix: 'check the resource in --scope and the tenant in --tenant-id, or have the API added to the tenant',
  },
  500014: {
    meaning: 'the service principal of the resource is disabled',
    fix: 'ask an administrator to enable it, and check that the subscription of the service has not lapsed',
  },
  500113: {
    meaning: 'the application has no redirect URI at all',
    fix: 'add http://localhost to the application under "Mobile and desktop applications"',
  },
  500131: {
    meaning: 'the assertion is a token for another application than the one that presents it',
    fix: 'give a token whose aud claim is this application (look with inspect), or check --client-id',
  },
  500133: {
    meaning: 'the assertion has expired or is not valid yet',
    fix: 'give a fresh user token (look with inspect), and check the clock: entra-auth-cli doctor',
  },
  530003: {
    meaning: 'a Conditional Access policy wants a device that the organisation manages',
    fix: 'sign in with get-token --flow interactive-browser on a managed device',
  },
  530032: {
    meaning: 'a security policy of the tenant blocks the request',
    fix: 'look into the sign-in log of the tenant: it names the policy',
  },
  530035: {
    meaning: 'security defaults block the sign-in',
    fix: 'sign in with a browser instead of by device code, or ask an administrator',
  },
  650052: {
    meaning: 'the tenant has no service principal for the API, or no subscription to it',
    fix: 'have an administrator add or enable the API in the tenant, or check --scope',
  },
  650056: {
    meaning: 'the application is misconfigured: the permission is not listed, or consent is missing',
    fix: 'add the API permission to the application and grant admin consent, and check --client-id and --tenant-id',
  },
  650057: {
    meaning: "the application's registration does not list the resource it asks for",
    fix: 'add the API under "API permissions" of the application, or check --scope and --client-id',
  },
  700011: {
    meaning: 'the application is not found in this tenant',
    fix: 'check --client-id and --tenant-id, and --cloud when the tenant is in a national cloud',
  },
  700016: {
    meaning: 'the application is not found in this tenant',
    fix: "check --client-id and --tenant-id, and --cloud when it is in a national cloud; another organisation's application needs consent first",
  },
  700022: {
    meaning: 'the request has scopes of more than one resource',
    fix: 'ask for one resource at a time: one get-token --scope for each',
  },
  700024: {
    meaning: 'the assertion is outside its time of validity: expired, or a clock is wrong',
    fix: 'run get-token again with a fresh assertion, and check the clock: entra-auth-cli doctor',
  },
  700025: {
    meaning: 'the application is a public client, and a credential was sent',
    fix: 'make the application confidential, or use a profile without a credential',
  },
  700027: {
    meaning: "no certificate of the application verifies the assertion's signature",
    fix: 'upload the certificate (entra-auth-cli cert export writes it to a file), or make one with cred cert; a new one takes some minutes to work',
  },
  700030: {
    meaning: "the certificate's subject name or issuer is not authorised for the application",
    fix: 'compare the certificate with the subject and issuer that the application trusts, and send the chain with --send-x5c',
  },
  700082: {
    meaning: 'the refresh token has expired: it was not used for too long',
    fix: 'sign in again',
  },
  700084: {
    meaning: 'the refresh token was issued to a single-page application, and ends after a day',
    fix: 'move http://localhost under Authentication from "Single-page application" to "Mobile and desktop applications", and sign in again',
  },
  700211: {
    meaning: "no federated identity credential has the assertion's issuer",
    fix: 'compare it with the federated credential: the issuer must match to the letter, with its trailing slash',
  },
  700212: {
    meaning: "no federated identity credential has the assertion's audience",
    fix: 'compare it with the federated credential: the audience differs between clouds',
  },
  700213: {
    meaning: "no federated identity credential has the assertion's subject",
    fix: 'compare it with the federated credential, or create one that matches',
  },
  700222: {
    meaning: 'an assertion that Entra issued is taken only from a user-assigned managed identity',
    fix: 'use a managed identity, with its object ID as the subject of the federated credential',
  },
  700223: {
    meaning: 'a policy of the tenant does not allow this issuer for federation',
    fix: 'ask an administrator to allow the issuer',
  },
  700229: {
    meaning: 'only application tokens are taken as a federated assertion, not user tokens',
    fix: 'take the assertion from an application or a managed identity',
  },
  700238: {
    meaning: 'a policy of the tenant blocks this issuer for federation',
    fix: 'ask an administrator to allow the issuer',
  },
  900144: {
    meaning: "the request's body lacks a required parameter",
    fix: 'check the profile with show-profile, and report a bug with the correlation ID',
  },
  900382: {
    meaning: 'a confidential client cannot be used across clouds',
    fix: 'give the cloud of the tenant with --cloud',
  },
  900432: {
    meaning: 'a confidential client cannot send its request to another cloud',
    fix: 'give the cloud of the tenant with --cloud',
  },
  901002: {
    meaning: 'the request has the resource parameter, which the v2.0 endpoint does not take',
    fix: 'ask with --scope RESOURCE/.default',
  },
  1000502: {
    meaning: 'the certificate is outside its time of validity',
    fix: 'make a new one and upload it to the application, and check the clock: entra-auth-cli doctor',
  },
  5002730: {
    meaning: 'the key of the client assertion is of a type Entra does not take, such as EC',
    fix: 'use an RSA key; entra-auth-cli cert generate makes one',
  },
  7000112: {
    meaning: 'the application is disabled',
    fix: 'ask an administrator to enable its service principal',
  },
  7000114: {
    meaning: 'the application may not use the on-behalf-of flow with this token',
    fix: "give the token of a user, not of an application, and check the application's type and permissions",
  },
  7000214: {
    meaning: 'the certificate has been revoked or is no longer accepted',
    fix: 'make a new one and upload it to the application',
  },
  7000215: {
    meaning: "the client secret is wrong, or the secret's ID was given instead of its value",
    fix: "store the secret's value: entra-auth-cli cred secret",
  },
  7000218: {
    meaning: 'the application is confidential, and no secret or assertion was sent',
    fix: 'set "Allow public client flows" under Authentication of the application, or give the profile a credential: edit-profile',
  },
  7000222: {
    meaning: 'the client secret has expired',
    fix: 'make a new secret for the application and store it: entra-auth-cli cred secret',
  },
  7002138: {
    meaning:
      "the assertion's subject differs from the federated identity credential only by upper and lower case",
    fix: "write the credential's subject exactly as the assertion has it",
  },
  9001023: {
    meaning: 'the grant is not offered on common or consumers',
    fix: 'give a tenant ID or a verified domain with --tenant-id',
  },
  9002313: {
    meaning: 'the request is malformed',
    fix: 'check --scope and --claims, and report a bug with the correlation ID',
  },
  9002325: {
    meaning: 'the application demands PKCE at the exchange of the code',
    fix: 'use --flow interactive-browser, which always sends it, and check that no proxy changes requests',
  },
  9002326: {
    meaning:
      'the redirect URI is registered for a single-page application, whose codes only a browser may exchange',
    fix: 'move http://localhost under Authentication from "Single-page application" to "Mobile and desktop applications"',
  },
  9002327: {
    meaning:
      'the redirect URI is registered for a single-page application, whose codes a program cannot exchange',
    fix: 'move http://localhost under Authentication from "Single-page application" to "Mobile and desktop applications"',
  },
  9002346: {
    meaning: 'the application is for personal Microsoft accounts only',
    fix: 'sign in with --tenant-id consumers',
  },
}

/** The table by number, for those who want it whole. */
export const aadsts: ReadonlyMap<number, AadstsEntry> = new Map(
  Object.entries(entries).map(([code, entry]) => [Number(code), entry]),
)

/** What we know about a code, undefined for one we do not know. */
export const findAadsts = (code: number): AadstsEntry | undefined => aadsts.get(code)

/**
 * The codes a text mentions, each once, in order: `AADSTS700016`, also in lower case or with a space. Without any,
 * numbers that stand alone and are in the table, so that the digits of a GUID or a date are no codes; a text that is
 * nothing but a number is that code, known or not.
 */
export function aadstsCodes(text: string): number[] {
  const named = numbers(text, /AADSTS[ :_-]?(\d{5,8})(?!\d)/gi)
  if (named.length > 0) return named
  if (/^\s*\d{5,8}\s*$/.test(text)) return [Number(text)]
  return numbers(text, /(?<![\w.:/-])(\d{5,7})(?![\w:/-])/g).filter((code) => aadsts.has(code))
}

const numbers = (text: string, pattern: RegExp): number[] => [
  ...new Set(Array.from(text.matchAll(pattern), ([, digits]) => Number(digits))),
]

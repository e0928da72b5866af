/** The forms in which a secret may leak. */

/** A value as it may appear elsewhere: plain, in base64, in a URL, in JSON. */
export const disguises = (value: string): string[] => [
  value,
  Buffer.from(value).toString('base64').replace(/=+$/, ''),
  Buffer.from(value).toString('base64url'),
  encodeURIComponent(value),
  JSON.stringify(value).slice(1, -1),
]

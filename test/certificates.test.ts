/** The commands that come after a new key, and where its files go. */
import { uploadCommand } from '../src/certificates/next-steps.ts'
import { commonNameOf, pathsOf, planOutput } from '../src/certificates/output-plan.ts'

test.each<[string, NodeJS.Platform, string]>([
  ['/home/me/app.crt', 'linux', '@/home/me/app.crt'],
  ["/home/me/my 'app'.crt", 'darwin', "@'/home/me/my '\\''app'\\''.crt'"],
  ['C:\\my certs\\app.crt', 'win32', '"@C:\\my certs\\app.crt"'],
])('%s on %s is uploaded as %s', (path, platform, file) => {
  expect(uploadCommand('GUID', path, platform)).toBe(
    `az ad app credential reset --id GUID --cert ${file} --append`,
  )
})

test.each([
  [{ out: '/d/app.pem' }, 'pem', ['/d/app.pem', '/d/app.crt'], 'app'],
  [{ out: '/d/app.P12' }, 'pfx', ['/d/app.P12', '/d/app.crt'], 'app'],
  [{ out: '/d/app.bin', format: 'pfx' }, 'pfx', ['/d/app.bin', '/d/app.crt'], 'app'],
  [{ out: '/d/app.crt' }, 'pem', ['/d/app.crt', '/d/app.public.crt'], 'app'],
  [{ out: '/d/app.pfx', 'cert-out': '/d/x.cer' }, 'pfx', ['/d/app.pfx', '/d/x.cer'], 'app'],
  [{ 'key-out': '/d/a.key', 'cert-out': '/d/b.crt' }, 'pair', ['/d/a.key', '/d/b.crt'], 'b'],
  [{ profile: 'ci' }, 'profile', [], 'ci'],
  [{ profile: 'ci', 'cert-out': '/d/ci.crt' }, 'profile', ['/d/ci.crt'], 'ci'],
] as const)('%j is %s: %j', (flags, kind, paths, name) => {
  const plan = planOutput(flags)
  expect(plan.kind).toBe(kind)
  expect(pathsOf(plan)).toEqual(paths)
  expect(commonNameOf(plan)).toBe(name)
})

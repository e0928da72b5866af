/** The installed modules, as p11-kit's configuration files in a root of the test's list them. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { findModules } from '../../../src/crypto/pkcs11/modules.ts'
import { run } from '../../parts/cli.ts'
import { describeWith } from '../../parts/require-part.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'entra-modules-'))
})
afterEach(() => rmSync(root, { recursive: true }))

const write = (path: string, text = '') => {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
}
const found = () => findModules({ root, home: join(root, 'home'), env: {} })

test('comes from three places, where the person goes before the system, and that before packages', () => {
  write('usr/share/p11-kit/modules/a.module', '# A comment\nmodule: /lib/a.so\npriority: 1\n')
  write('usr/share/p11-kit/modules/b.module', 'module: /lib/b.so\n')
  write('etc/pkcs11/modules/a.module', 'module : /etc/a.so')
  write('home/.config/pkcs11/modules/c.module', 'module: /home/c.so\r\npriority: 2\r\n')
  expect(found()).toEqual([
    { name: 'c', path: '/home/c.so' },
    { name: 'a', path: '/etc/a.so' },
    { name: 'b', path: '/lib/b.so' },
  ])
})

test('a name alone is looked for where modules are', () => {
  write('usr/share/p11-kit/modules/soft.module', 'module: libsoft.so')
  write('usr/share/p11-kit/modules/gone.module', 'module: gone.so')
  write('usr/lib64/pkcs11/libsoft.so')
  expect(found()).toEqual([{ name: 'soft', path: join(root, 'usr/lib64/pkcs11/libsoft.so') }])
})

test.each([
  ['p11-kit-trust.so', 'module: /lib/p11-kit-trust.so'],
  ['p11-kit-proxy.so', 'module: /lib/p11-kit-proxy.so'],
  ['one for other programs', 'module: /lib/a.so\nenable-in: ssh, gnutls'],
  ['one that is off for us', 'module: /lib/a.so\ndisable-in: entra-auth-cli'],
  ['one of another machine', 'module: /lib/a.so\nremote: |ssh host p11-kit remote'],
  ['one without a library', 'priority: 3'],
])('%s is passed over', (_, text) => {
  write('etc/pkcs11/modules/a.module', text)
  write('etc/pkcs11/modules/b.module', 'module: /lib/b.so\nenable-in: entra-auth-cli')
  expect(found()).toEqual([{ name: 'b', path: '/lib/b.so' }])
})

test('files of other names, and directories that are not there, are nothing', () => {
  expect(found()).toEqual([])
  write('etc/pkcs11/modules/a.module.dpkg-old', 'module: /lib/a.so')
  write('etc/pkcs11/modules/.hidden.module', 'module: /lib/a.so')
  expect(found()).toEqual([])
})

describeWith(['softhsm2', 'opensc', 'p11-kit'], 'on this machine', () => {
  test("p11-kit's own program lists the same", async () => {
    const { stdout } = await run('p11-kit', ['list-modules'], { env: { PATH: process.env.PATH, HOME: root } })
    const theirs = [...stdout.matchAll(/^(?:module: )?([\w-]+)(?:: |$)/gm)].map((match) => match[1])
    for (const { name } of findModules({ home: root, env: {} }).filter(
      (module) => module.name !== 'tpm2_pkcs11',
    ))
      expect(theirs).toContain(name)
  })
})

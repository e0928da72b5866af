/** The key of people's sign-ins rests in a real keychain, and nowhere else. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Keyring, startKeyring } from '../parts/keyring.ts'
import { createPeople, type People } from '../parts/people.ts'
import { describeWith } from '../parts/require-part.ts'

let people: People
let keyring: Keyring
beforeEach(async () => {
  people = await createPeople()
  keyring = await startKeyring({ home: people.home })
  await people.createUserProfile('work')
})
afterEach(async () => {
  await keyring.stop()
  await people.close()
})

const run = (...args: string[]) => people.cli(args, { env: keyring.env })

describeWith(['dbus-daemon', 'gnome-keyring', 'libsecret-tools'], 'a sign-in and the keychain', () => {
  test('the key is in the keychain, and no copy of it in a file', async () => {
    expect(await run('get-token', '-p', 'work', '--browser', 'firefox')).toMatchObject({ status: 0 })
    expect(await run('refresh', '-p', 'work')).toMatchObject({ status: 0, stderr: '' })
    const key = Buffer.from((await keyring.lookUp('sign-in-key')) as string, 'base64')
    expect(key).toHaveLength(32)
    const files = readdirSync(people.home.directory, { recursive: true, withFileTypes: true })
    for (const file of files
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))) {
      if (file.includes('/keyring/')) continue
      const content = readFileSync(file)
      for (const form of [key, key.toString('base64'), key.toString('hex')])
        expect([file, content.includes(form)]).toEqual([file, false])
    }
  })

  test('a locked keychain is said, and nobody is signed out', async () => {
    await run('get-token', '-p', 'work', '--browser', 'firefox')
    await keyring.lock()
    const locked = await run('refresh', '-p', 'work')
    expect(locked).toMatchObject({ status: 79, stdout: '' })
    expect(locked.stderr).toContain('the keychain is locked')
  }, 30_000)

  test('a key that was deleted is nobody signed in', async () => {
    await run('get-token', '-p', 'work', '--browser', 'firefox')
    await keyring.clear('sign-in-key')
    expect(await run('refresh', '-p', 'work')).toMatchObject({
      status: 79,
      stderr: expect.stringContaining('nobody is signed in to profile work'),
    })
  })
})

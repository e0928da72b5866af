/** Whatever comes to the redirect URI: only the right state makes an answer. */
import fc from 'fast-check'
import { judgeRedirect, type RedirectRequest } from '../../src/sign-in/redirect.ts'

const state = '6f1b2a34-0000-4000-8000-123456789abc'
const expected = { port: 8400, path: '/', state }

const request = (changes: Partial<RedirectRequest> = {}): RedirectRequest => ({
  method: 'GET',
  target: `/?code=c&state=${state}`,
  host: 'localhost:8400',
  contentType: undefined,
  body: '',
  ...changes,
})

test('the right answer is accepted', () => {
  expect(judgeRedirect(request(), expected)).toEqual({ accepted: true, answer: { type: 'code', code: 'c' } })
})

test('no target without the state is accepted, and none is too strange to be judged', () => {
  const text = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.webQueryParameters())
  fc.assert(
    fc.property(text, text, fc.constantFrom('GET', 'POST', 'PUT', ''), (target, body, method) => {
      fc.pre(!target.includes(state) && !body.includes(state))
      const contentType = 'application/x-www-form-urlencoded'
      for (const path of [target, `/?${target}`, `/?code=c&${target}`])
        expect(judgeRedirect(request({ method, target: path, body, contentType }), expected).accepted).toBe(
          false,
        )
    }),
  )
})

test('no host but ours is accepted', () => {
  fc.assert(
    fc.property(fc.oneof(fc.domain(), fc.webAuthority(), fc.string(), fc.ipV4(), fc.ipV6()), (host) => {
      fc.pre(!/^(localhost|127\.0\.0\.1|\[::1\]):8400$/i.test(host))
      expect(judgeRedirect(request({ host }), expected)).toEqual({ accepted: false, status: 400 })
    }),
  )
})

test('any code survives the way, in the query and in a form', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), (code) => {
      const parameters = new URLSearchParams({ code, state, session_state: 'x' }).toString()
      const answer = {
        accepted: true,
        answer: { type: 'code', code: new URLSearchParams({ code }).get('code') },
      }
      expect(judgeRedirect(request({ target: `/?${parameters}` }), expected)).toEqual(answer)
      const contentType = 'application/x-www-form-urlencoded'
      const post = request({ method: 'POST', target: '/', contentType, body: parameters })
      expect(judgeRedirect(post, expected)).toEqual(answer)
    }),
  )
})

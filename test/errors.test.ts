import { AppError, type ErrorCode, exitStatus } from '../src/errors.ts'

/** The table of the design, section 8: scripts rely on it. */
test('each failure has the exit status that is documented', () => {
  expect(exitStatus).toEqual({
    usage: 64,
    data: 65,
    not_found: 66,
    unavailable: 69,
    bug: 70,
    store: 73,
    io: 74,
    try_again: 75,
    protocol: 76,
    denied: 77,
    config: 78,
    interaction: 79,
    expired: 80,
    timeout: 124,
  })
})

test.each(Object.entries(exitStatus))('%s ends the process with %i', (code, status) => {
  expect(new AppError(code as ErrorCode, 'x').exitStatus).toBe(status)
})

test('as JSON an error has its code, its message, and whether another try may help', () => {
  expect(JSON.parse(JSON.stringify(new AppError('usage', 'what failed')))).toEqual({
    error: 'usage',
    message: 'what failed',
    retryable: false,
  })
})

test('as JSON it has every detail that was given, and nothing else', () => {
  const error = new AppError('try_again', 'what failed', {
    hint: 'what to try',
    aadsts: 50196,
    correlationId: 'c',
    traceId: 't',
    retryAfter: 60,
    cause: new Error('hunter2'),
  })
  Object.assign(error, { secret: 'hunter2', code2: 'hunter2' })
  expect(JSON.parse(JSON.stringify(error))).toEqual({
    error: 'try_again',
    message: 'what failed',
    hint: 'what to try',
    aadsts: 50196,
    correlation_id: 'c',
    trace_id: 't',
    retry_after: 60,
    retryable: true,
  })
})

test('only what may pass by itself is worth another try', () => {
  const codes = Object.keys(exitStatus) as ErrorCode[]
  const retryable = codes.filter((code) => new AppError(code, 'x').toJSON().retryable)
  expect(retryable).toEqual(['unavailable', 'try_again', 'timeout'])
})

test('an error is an error: a name, a stack, and the cause', () => {
  const cause = new Error('below')
  const error = new AppError('store', 'above', { cause })
  expect(error).toBeInstanceOf(Error)
  expect(String(error)).toBe('AppError: above')
  expect(error.cause).toBe(cause)
  expect(error.hint).toBeUndefined()
})

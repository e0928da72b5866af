/** A jest reporter whose last line says, in one plain form, what ran: CI reads it. */
export default class Summary {
  onRunComplete(_contexts, results) {
    const failedToStart = results.testResults.filter((file) => file.testExecError).length
    const skipped = results.numPendingTests + results.numTodoTests
    const failed = results.numFailedTests + failedToStart
    process.stderr.write(`\n${results.numPassedTests} passed, ${failed} failed, ${skipped} skipped\n`)
  }
}

/**
 * Stands in for `@actions/exec` in the bundles. `@actions/core` imports it for one function only, `platform.getDetails()`,
 * which starts programs to ask for the name of the operating system. This action starts no program.
 */
exports.getExecOutput = async function getExecOutput() {
  throw new Error('@actions/exec is not part of this bundle: this action starts no programs.')
}

/**
 * Replaces `@actions/exec` in the bundle. `@actions/core` imports it for `platform.getDetails()` only, which starts programs
 * to read the name of the operating system.
 */
export async function getExecOutput() {
  throw new Error('@actions/exec is not part of this bundle: this action starts no programs.')
}

/**
 * Replaces a module of `@actions/core` in the bundle: `core.platform` starts programs to read the name of the operating
 * system. This action does not use it.
 */
export async function getDetails() {
  throw new Error('core.platform is not part of this bundle.')
}

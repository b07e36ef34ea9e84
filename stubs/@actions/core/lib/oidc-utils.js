/** Replaces a module of `@actions/core` in the bundle: this action requests no ID token. */
export const OidcClient = {
  getIDToken() {
    throw new Error('core.getIDToken() is not part of this bundle.')
  },
}

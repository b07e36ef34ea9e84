/**
 * Stands in for @faker-js/faker, 25 MB of words and names. Prism gives it to the generator of invented answers, which
 * the contract tests do not use: there Prism is a proxy in front of the emulators.
 */
exports.default = new Proxy(
  {},
  {
    get() {
      throw new Error('@faker-js/faker is not installed: use Prism as a proxy, not for invented answers.')
    },
  },
)

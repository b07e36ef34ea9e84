/**
 * Stands in for postman-collection, 23 MB. Prism reads Postman's documents with it, and the contract tests give Prism
 * OpenAPI documents only.
 */
exports.Collection = class Collection {
  constructor() {
    throw new Error('postman-collection is not installed: give Prism an OpenAPI document.')
  }
}

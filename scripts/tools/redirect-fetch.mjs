// Makes fetch() send HTTPS requests to the server in RECORDER_URL, for tools whose addresses are fixed.
const recorder = process.env.RECORDER_URL
const realFetch = globalThis.fetch
if (recorder === undefined) throw new Error('RECORDER_URL is not set')

/** @type {typeof fetch} */
globalThis.fetch = (input, init) => {
  const { protocol, pathname, search } = new URL(input instanceof Request ? input.url : input)
  if (protocol !== 'https:') return realFetch(input, init)
  const target = new URL(pathname + search, recorder)
  return realFetch(input instanceof Request ? new Request(target, input) : target, init)
}

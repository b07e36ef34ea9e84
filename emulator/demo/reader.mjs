// Reads from an emulated gateway as a browser or a server would.
import { request } from 'node:http'

export const DOMAIN = 'fun-llama-300.mypinata.cloud'
/** What is pinned to the account of the gateway. */
export const PAGE = { cid: 'bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi', text: 'Our release notes' }
/** Something that is not. */
export const FOREIGN_CID = 'bafkreidgvpkjawlxz6sffxzwgooowe5yt7i6wsyg236mfoks77nywkptdq'

/**
 * @typedef {object} Reading
 * @property {string} [cid] default {@link PAGE}
 * @property {string | undefined} [query] the key, in the query
 * @property {string | undefined} [header] the key, in the header
 * @property {string} [origin] of the page that reads
 */

/**
 * @param {number} port of the emulated Pinata
 * @param {import('./output.mjs').Output} output
 * @returns {(reader: string, how: Reading, status: number) => Promise<void>} tells and counts the fact that a reader gets
 *   this status, and the content with a 200
 */
export function createReader(port, output) {
  return async (reader, how, status) => {
    const got = await read(port, how)
    const wanted = how.cid === FOREIGN_CID ? `Content of ${FOREIGN_CID}` : PAGE.text
    const so = got.status === status && (status !== 200 || got.text.startsWith(wanted))
    output.check(`${reader}: ${so ? status : `${got.status} instead of ${status}`}`, so)
  }
}

/**
 * @param {number} port
 * @param {Reading} how
 * @returns {Promise<{ status: number, text: string }>}
 */
function read(port, { cid = PAGE.cid, query, header, origin }) {
  return new Promise((resolve, reject) => {
    const search = query === undefined ? '' : `?${new URLSearchParams({ pinataGatewayToken: query })}`
    const headers = {
      // fetch() lets nobody choose the Host, by which the emulator knows its gateways.
      host: DOMAIN,
      ...(header === undefined ? {} : { 'x-pinata-gateway-token': header }),
      ...(origin === undefined ? {} : { origin }),
    }
    const sent = request({ host: '127.0.0.1', port, path: `/ipfs/${cid}${search}`, headers, agent: false }, answer => {
      let text = ''
      answer.setEncoding('utf8').on('data', chunk => {
        text += chunk
      })
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }))
      answer.on('error', reject)
    })
    sent.on('error', reject).end()
  })
}

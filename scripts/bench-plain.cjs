// What the action is measured against: the two requests that create a key, written on node:http or node:https alone.

const { API_URL = '', GATEWAY_ID, PINATA_JWT } = process.env
const http = require(API_URL.startsWith('https:') ? 'node:https' : 'node:http')
const agent = new http.Agent({ keepAlive: true })

/** @param {string} method @param {string} path @returns {Promise<any>} */
function send(method, path) {
  return new Promise((resolve, reject) => {
    const headers = { accept: 'application/json', authorization: `Bearer ${PINATA_JWT}` }
    const request = http.request(
      `${API_URL}/gateways/${GATEWAY_ID}${path}`,
      { method, headers, agent },
      (/** @type {any} */ answer) => {
        let body = ''
        answer.setEncoding('utf8').on('data', (/** @type {any} */ chunk) => {
          body += chunk
        })
        answer.on('end', () => resolve(JSON.parse(body)))
      },
    )
    request.on('error', reject).end()
  })
}

async function main() {
  await send('GET', '')
  const { data } = await send('POST', '/access_tokens')
  console.log(data.id)
  agent.destroy()
}

main()

// What the action is measured against: the two requests that create a key, written on node:http alone.
const http = require('node:http')

const { API_URL, GATEWAY_ID, PINATA_JWT } = process.env
const agent = new http.Agent({ keepAlive: true })

/** @param {string} method @param {string} path @returns {Promise<any>} */
function send(method, path) {
  return new Promise((resolve, reject) => {
    const headers = { accept: 'application/json', authorization: `Bearer ${PINATA_JWT}` }
    const request = http.request(`${API_URL}/gateways/${GATEWAY_ID}${path}`, { method, headers, agent }, answer => {
      let body = ''
      answer.setEncoding('utf8').on('data', chunk => {
        body += chunk
      })
      answer.on('end', () => resolve(JSON.parse(body)))
    })
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

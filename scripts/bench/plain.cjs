// The baseline for the action: the two requests that create a key, with only node:http or node:https.
const events = require('node:events')

const { API_URL = '', GATEWAY_ID, PINATA_JWT } = process.env
const http = require(API_URL.startsWith('https:') ? 'node:https' : 'node:http')
const agent = new http.Agent({ keepAlive: true })
const headers = { accept: 'application/json', authorization: `Bearer ${PINATA_JWT}` }

/** @param {string} method @param {string} path */
async function send(method, path) {
  const request = http.request(`${API_URL}/gateways/${GATEWAY_ID}${path}`, { method, headers, agent }).end()
  const [response] = await events.once(request, 'response')
  let body = ''
  for await (const chunk of response.setEncoding('utf8')) body += chunk
  return JSON.parse(body)
}

async function main() {
  await send('GET', '')
  const { data } = await send('POST', '/access_tokens')
  console.log(data.id)
  agent.destroy()
}

main()

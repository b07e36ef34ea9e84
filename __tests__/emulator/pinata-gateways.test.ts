import { expect, test } from '@jest/globals'
import { caller, send, start } from '../support/emulator-client.ts'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

test('A created key is answered once, listed with its value, and kept in the live record', async () => {
  const pinata = await start()
  const gateway = pinata.addGateway()
  const call = caller(pinata)

  const created = await call('POST', `/gateways/${gateway.id}/access_tokens`)
  expect(created.status).toBe(200)
  expect(created.json).toEqual({
    data: {
      id: expect.stringMatching(UUID),
      value: expect.stringMatching(/^[\w-]{64}$/),
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/),
    },
  })
  expect(Math.abs(Date.parse(created.json.data.createdAt) - Date.now())).toBeLessThan(10_000)

  const details = await call('GET', `/gateways/${gateway.id}`)
  expect(details.json.data.settings.restriction_policies.accessTokens).toEqual([created.json.data])
  expect(gateway.keys).toEqual([created.json.data])
  expect(pinata.gateways.get(gateway.id)).toBe(gateway)
})

test('A revoked key is gone, the others stay, and revoking it again answers 404', async () => {
  const pinata = await start()
  const gateway = pinata.addGateway({ keys: 3 })
  const call = caller(pinata)
  const [first, second, third] = [...gateway.keys]

  const revoked = await call('DELETE', `/gateways/${gateway.id}/access_tokens/${second?.id}`)
  expect(revoked).toMatchObject({ status: 200, json: { data: null } })
  expect(gateway.keys).toEqual([first, third])

  const again = await call('DELETE', `/gateways/${gateway.id}/access_tokens/${second?.id}`)
  expect(again).toMatchObject({ status: 404, json: { error: { code: 404, message: expect.any(String) } } })
  expect(gateway.keys).toEqual([first, third])
})

const LISTS = [
  { route: 'hosts', name: 'host', list: 'allowedHosts', value: 'https://ipfs.pinata.cloud' },
  { route: 'ips', name: 'ip', list: 'allowedIPAddresses', value: '1.1.1.1' },
  { route: 'ips', name: 'ip', list: 'allowedIPAddresses', value: '2001:db8::1' },
] as const

test.each(LISTS)(
  '$route: $value is added, listed, and kept in the live record',
  async ({ route, name, list, value }) => {
    const pinata = await start()
    const gateway = pinata.addGateway({ [list]: ['192.0.2.1'] })
    const call = caller(pinata)
    const added = await call('POST', `/gateways/${gateway.id}/${route}`, { body: JSON.stringify({ [name]: value }) })
    expect(added.status).toBe(200)
    expect(added.json).toEqual({
      data: {
        id: expect.stringMatching(UUID),
        value,
        createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/),
      },
    })
    expect(gateway[list][1]).toEqual(added.json.data)
    const details = await call('GET', `/gateways/${gateway.id}`)
    expect(details.json.data.settings.restriction_policies[list]).toEqual(gateway[list])
    expect(gateway.keys).toEqual([])
  },
)

test.each(LISTS)(
  '$route: what is removed is gone, the others stay, and again it is 404',
  async ({ route, list, value }) => {
    const pinata = await start()
    const gateway = pinata.addGateway({ keys: 1, [list]: [value, '192.0.2.1', '192.0.2.2'] })
    const call = caller(pinata)
    const [first, second, third] = [...gateway[list]]
    const remove = (id = '') => call('DELETE', `/gateways/${gateway.id}/${route}/${id}`)
    expect(await remove(second?.id)).toMatchObject({ status: 200, json: { data: null } })
    const NOT_FOUND = { status: 404, json: { error: { code: 404, message: expect.any(String) } } }
    expect(await remove(second?.id)).toMatchObject(NOT_FOUND)
    // The ID of something else of the same gateway.
    expect(await remove(gateway.keys[0]?.id)).toMatchObject(NOT_FOUND)
    expect(gateway[list]).toEqual([first, third])
    expect(gateway.keys).toHaveLength(1)
  },
)

test.each(LISTS)(
  '$route: without $name in a JSON object it answers 400, and adds nothing',
  async ({ route, name, list }) => {
    const pinata = await start()
    const gateway = pinata.addGateway()
    const wrong = [undefined, '', 'https://example.com', 'null', '[]', '{}', '{"value":"1.1.1.1"}']
    wrong.push(...[null, 1, '', ['1.1.1.1']].map(value => JSON.stringify({ [name]: value })))
    for (const body of wrong) {
      const answer = await caller(pinata)(
        'POST',
        `/gateways/${gateway.id}/${route}`,
        body === undefined ? {} : { body },
      )
      expect(answer).toMatchObject({
        status: 400,
        json: { error: { code: 400, message: expect.stringContaining(name) } },
      })
    }
    expect(gateway[list]).toEqual([])
  },
)

test.each(['1.1.1', '1.1.1.0/24', 'localhost'])('ips: %s is no address', async ip => {
  const pinata = await start()
  const gateway = pinata.addGateway()
  const answer = await caller(pinata)('POST', `/gateways/${gateway.id}/ips`, { body: JSON.stringify({ ip }) })
  expect(answer.status).toBe(400)
  expect(gateway.allowedIPAddresses).toEqual([])
})

test('The same host twice is two entries', async () => {
  const pinata = await start()
  const gateway = pinata.addGateway()
  const call = caller(pinata)
  const body = '{"host":"https://app.example.com"}'
  const one = await call('POST', `/gateways/${gateway.id}/hosts`, { body })
  const two = await call('POST', `/gateways/${gateway.id}/hosts`, { body })
  expect(two.json.data.id).not.toBe(one.json.data.id)
  expect(gateway.allowedHosts.map(({ value }) => value)).toEqual(Array(2).fill('https://app.example.com'))
  await call('DELETE', `/gateways/${gateway.id}/hosts/${one.json.data.id}`)
  expect(gateway.allowedHosts).toEqual([two.json.data])
})

test('A gateway takes 100 IP addresses, and another one when one is gone', async () => {
  const pinata = await start()
  const gateway = pinata.addGateway({ allowedIPAddresses: Array.from({ length: 99 }, (_, n) => `192.0.2.${n}`) })
  const call = caller(pinata)
  const add = async (ip: string) =>
    (await call('POST', `/gateways/${gateway.id}/ips`, { body: JSON.stringify({ ip }) })).status
  expect(await add('198.51.100.1')).toBe(200)
  expect(await add('198.51.100.2')).toBe(400)
  expect(gateway.allowedIPAddresses).toHaveLength(100)
  await call('DELETE', `/gateways/${gateway.id}/ips/${gateway.allowedIPAddresses[0]?.id}`)
  expect(await add('198.51.100.2')).toBe(200)
  expect(gateway.allowedIPAddresses.at(-1)?.value).toBe('198.51.100.2')
})

test('A host that is added lets its readers in, and the last control that goes opens the gateway again', async () => {
  const pinata = await start()
  const gateway = pinata.addGateway({ domain: 'fun-llama-300', pins: { cid: 'A preview' } })
  const call = caller(pinata)
  const read = async (headers = {}) =>
    (await send(pinata, 'GET', '/ipfs/cid', { headers: { host: 'fun-llama-300.mypinata.cloud', ...headers } })).status
  const added = await call('POST', `/gateways/${gateway.id}/hosts`, { body: '{"host":"https://app.example.com"}' })
  expect([await read(), await read({ origin: 'https://app.example.com' })]).toEqual([401, 200])
  await call('DELETE', `/gateways/${gateway.id}/hosts/${added.json.data.id}`)
  expect(await read()).toBe(200)
})

test('Keys have strictly increasing times, however fast they are made', async () => {
  const pinata = await start()
  const times = pinata.addGateway({ keys: 5000 }).keys.map(key => key.createdAt)
  expect(times).toEqual([...new Set(times)].sort())
  expect(times).toHaveLength(5000)
})

test('Keys and IDs differ from gateway to gateway', async () => {
  const pinata = await start()
  const gateways = Array.from({ length: 50 }, () => pinata.addGateway({ keys: 2 }))
  for (const values of [
    gateways.map(gateway => gateway.id),
    gateways.map(gateway => gateway.domain),
    gateways.flatMap(gateway => gateway.keys.map(key => key.id)),
    gateways.flatMap(gateway => gateway.keys.map(key => key.value)),
  ]) {
    expect(new Set(values).size).toBe(values.length)
  }
  expect(gateways[0]?.domain).toMatch(/^[a-z]+-[a-z]+-\d+$/)
})

test('The gateway routes answer under /v3/ipfs too', async () => {
  const pinata = await start()
  const gateway = pinata.addGateway()
  const call = caller(pinata)
  const { json } = await call('POST', `/ipfs/gateways/${gateway.id}/access_tokens`)
  expect((await call('GET', '/ipfs/gateways')).json.data.count).toBe(1)
  expect((await call('GET', `/ipfs/gateways/${gateway.id}`)).json.data.id).toBe(gateway.id)
  expect((await call('DELETE', `/ipfs/gateways/${gateway.id}/access_tokens/${json.data.id}`)).status).toBe(200)
  expect(gateway.keys).toEqual([])
  for (const [route, body] of [
    ['hosts', '{"host":"https://app.example.com"}'],
    ['ips', '{"ip":"1.1.1.1"}'],
  ] as const) {
    const added = await call('POST', `/ipfs/gateways/${gateway.id}/${route}`, { body })
    expect((await call('DELETE', `/ipfs/gateways/${gateway.id}/${route}/${added.json.data.id}`)).status).toBe(200)
  }
})

test('The list comes in pages from 1, counts all, and has rows without settings', async () => {
  const pinata = await start()
  const ids = Array.from({ length: 23 }, () => pinata.addGateway().id)
  pinata.addGateway({ account: 'somebody else' })
  const call = caller(pinata)
  const page = async (query: string) => {
    const { json } = await call('GET', `/gateways${query}`)
    expect(json.data.count).toBe(23)
    for (const row of json.data.rows) expect(row).not.toHaveProperty('settings')
    return json.data.rows.map((row: { id: string }) => row.id)
  }
  expect(await page('')).toEqual(ids.slice(0, 10))
  expect(await page('?page=1')).toEqual(ids.slice(0, 10))
  expect(await page('?page=3')).toEqual(ids.slice(20))
  expect(await page('?page=4')).toEqual([])
  expect(await page('?pageSize=4&page=2')).toEqual(ids.slice(4, 8))
  expect(await page('?pageSize=1000')).toEqual(ids.slice(0, 10))
})

test('pageSizeLimit moves the cap, and a page that is no number is refused', async () => {
  const pinata = await start({ pageSizeLimit: 3 })
  for (let n = 0; n < 5; n++) pinata.addGateway()
  const call = caller(pinata)
  expect((await call('GET', '/gateways')).json.data.rows).toHaveLength(3)
  expect((await call('GET', '/gateways?pageSize=5')).json.data.rows).toHaveLength(3)
  expect((await call('GET', '/gateways?pageSize=two')).status).toBe(400)
  expect((await call('GET', '/gateways?pageSize=0')).status).toBe(400)
  expect((await call('GET', '/gateways?page=0')).status).toBe(400)
})

test('A gateway of another account and one that does not exist answer alike, and nothing happens to it', async () => {
  const pinata = await start()
  const foreign = pinata.addGateway({ account: 'somebody else', keys: 1, allowedHosts: ['app.example.com'] })
  const call = caller(pinata)
  const answers = []
  for (const id of [foreign.id, 'no-such-gateway']) {
    for (const [method, path] of [
      ['GET', `/gateways/${id}`],
      ['POST', `/gateways/${id}/access_tokens`],
      ['DELETE', `/gateways/${id}/access_tokens/${foreign.keys[0]?.id}`],
      ['POST', `/gateways/${id}/hosts`],
      ['DELETE', `/gateways/${id}/hosts/${foreign.allowedHosts[0]?.id}`],
      ['POST', `/gateways/${id}/ips`],
      ['DELETE', `/gateways/${id}`],
    ] as const) {
      answers.push(await call(method, path, { body: '{"host":"https://example.com","ip":"1.1.1.1"}' }))
    }
  }
  for (const answer of answers) {
    expect(answer).toMatchObject({ status: 404, json: { error: { code: 404, message: 'Gateway not found' } } })
  }
  expect([foreign.keys.length, foreign.allowedHosts.length, foreign.allowedIPAddresses.length]).toEqual([1, 1, 0])
  expect(pinata.gateways.has(foreign.id)).toBe(true)
})

test('DELETE on the gateway deletes it', async () => {
  const pinata = await start()
  const [gateway, other] = [pinata.addGateway(), pinata.addGateway()]
  const call = caller(pinata)
  expect(await call('DELETE', `/gateways/${gateway.id}`)).toMatchObject({ status: 200, json: { data: null } })
  expect([...pinata.gateways.keys()]).toEqual([other.id])
  expect((await call('GET', `/gateways/${gateway.id}`)).status).toBe(404)
})

test.each(['..', '%2e%2e'])('A client that lets the key ID %s climb up the path deletes its gateway', async keyId => {
  const pinata = await start()
  const [raw, viaUrl] = [pinata.addGateway(), pinata.addGateway()]
  const jwt = pinata.addJwt()
  await caller(pinata, jwt)('DELETE', `/gateways/${raw.id}/access_tokens/${keyId}`)
  expect(pinata.gateways.has(raw.id)).toBe(false)

  await fetch(`${pinata.apiUrl}/gateways/${viaUrl.id}/access_tokens/${keyId}`, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${jwt}` },
  })
  expect(pinata.gateways.has(viaUrl.id)).toBe(false)
})

test('An encoded slash stays inside its part of the path', async () => {
  const pinata = await start()
  const gateway = pinata.addGateway({ id: 'a/b', keys: 1 })
  const call = caller(pinata)
  expect((await call('GET', '/gateways/a%2Fb')).json.data.id).toBe('a/b')
  expect((await call('DELETE', '/gateways/a%2Fb/access_tokens/..%2F..%2Fa')).status).toBe(404)
  expect((await call('DELETE', '/gateways/a%2Fb/access_tokens/%zz')).status).toBe(404)
  expect(pinata.gateways.get('a/b')).toBe(gateway)
})

test('What is no route answers 404 in JSON', async () => {
  const pinata = await start()
  const gateway = pinata.addGateway({ keys: 1 })
  const call = caller(pinata)
  for (const [method, path] of [
    ['GET', '/'],
    ['PUT', `/gateways/${gateway.id}`],
    ['GET', `/gateways/${gateway.id}/access_tokens`],
    ['DELETE', `/gateways/${gateway.id}/access_tokens/`],
    ['GET', `/gateways/${gateway.id}/hosts`],
    ['DELETE', `/gateways/${gateway.id}/hosts`],
    ['POST', `/gateways/${gateway.id}/ips/1`],
    ['PUT', `/gateways/${gateway.id}/ips/1`],
    ['DELETE', '/gateways/'],
    ['GET', '/files/gateways'],
  ] as const) {
    expect(await call(method, path)).toMatchObject({ status: 404, json: { error: { code: 404 } } })
  }
  expect(gateway.keys).toHaveLength(1)
  expect(pinata.gateways.size).toBe(1)
})

test('Misspelled options throw at once', async () => {
  const pinata = await start()
  // @ts-expect-error
  expect(() => pinata.addGateway({ domian: 'fun-llama-300' })).toThrow('domian')
  // @ts-expect-error
  expect(() => pinata.addJwt({ scope: [] })).toThrow('scope')
  // @ts-expect-error
  await expect(start({ limits: {} })).rejects.toThrow('limits')
  // @ts-expect-error
  await expect(start({ limit: { requests: 1, perMs: 1, tell: 'reset' } })).rejects.toThrow('tell')
  // @ts-expect-error
  await expect(start({ limit: { requests: 1, perMs: 1, tells: 'date' } })).rejects.toThrow("tells can't be date")
  expect(() => pinata.addGateway({ domain: 'fun-llama-300.mypinata.cloud' })).toThrow('bare name')
  const { id } = pinata.addGateway()
  expect(() => pinata.addGateway({ id })).toThrow('exists')
})

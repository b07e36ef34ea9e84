import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import type { Browser, Page } from 'playwright-core'
import { selfSigned } from '../../emulator/http/certificate.mjs'
import type { Gateway } from '../../emulator/pinata/api.mjs'
import { startPinata } from '../../emulator/pinata/pinata.mjs'
import type { Pinata } from '../support/emulator-client.ts'
import { jobWith, ORIGIN_ACTION, REVOKE_ACTION, trustCertificate } from '../support/job.ts'
import { startBrowser } from './browser.ts'

const PREVIEW = 'https://pr-7.example.com'
const GATEWAY = 'https://fun-llama-300.mypinata.cloud'
const CUSTOM_DOMAIN = 'https://site.example.com'

const FILES = '/ipfs/bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi'
const SITE = '/ipfs/bafybeihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku'
const PHOTO = `${FILES}/photo.png`
const LOGO = `${FILES}/logo.png`
const DATA = `${FILES}/data.txt`

const IMAGE = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)
/** The page of the preview: an image with `crossorigin`, one without, and data that it reads with `fetch`. */
const PREVIEW_PAGE = `<!doctype html>
<title>A preview</title>
<img id="photo" crossorigin src="${GATEWAY}${PHOTO}">
<img id="logo" src="${GATEWAY}${LOGO}">
<a href="${CUSTOM_DOMAIN}${SITE}/">The site</a>
<script>
  async function read(url, options) {
    const response = await fetch(url, options)
    return response.status + ' ' + (await response.text())
  }
  const data = read('${GATEWAY}${DATA}')
</script>`
/** A site with several files. Its script changes the title. */
const SITE_FILES = {
  'index.html': `<!doctype html>
<title>A page</title>
<img id="logo" src="logo.png">
<img id="photo" crossorigin src="photo.png">
<script src="app.js"></script>`,
  'logo.png': IMAGE,
  'photo.png': IMAGE,
  'app.js': 'document.title = "A page and its script"',
}

const HOSTS = ['*.example.com', '*.mypinata.cloud']
const tls = selfSigned(...HOSTS)
const env = trustCertificate(tls)
let pinata: Pinata
let browser: Browser
let gateway: Gateway
/** The value of a key that the gateway has from the start, because without access controls, anyone could read. */
let key: string

beforeAll(async () => {
  pinata = await startPinata({ tls })
  browser = await startBrowser(tls.cert, pinata.port, HOSTS)
})

beforeEach(() => {
  pinata.gateways.clear()
  pinata.reads.length = 0
  const pinned = (folder: string, files: Record<string, string | Uint8Array>) =>
    Object.fromEntries(Object.entries(files).map(([name, body]) => [`${folder}/${name}`.replace('/ipfs/', ''), body]))
  gateway = pinata.addGateway({
    domain: 'fun-llama-300',
    customDomains: ['site.example.com'],
    keys: 1,
    pins: {
      ...pinned(FILES, { 'photo.png': IMAGE, 'logo.png': IMAGE, 'data.txt': 'the data' }),
      ...pinned(SITE, SITE_FILES),
    },
  })
  key = gateway.keys[0]?.value ?? ''
  // The server that hosts the preview.
  pinata.addGateway({ customDomains: [new URL(PREVIEW).host], pins: { preview: PREVIEW_PAGE } })
})

afterAll(async () => {
  await browser?.close()
  await pinata?.close()
})

async function runAction(action: string, origin: string): Promise<void> {
  const job = jobWith(pinata.addJwt())
  const access = { 'gateway-id': gateway.id, 'pinata-jwt': '${{ secrets.PINATA_JWT }}', 'api-url': pinata.apiUrl }
  const step = await job.step({ action, with: { ...access, origin }, env })
  await job.end()
  expect(step).toMatchObject({ outcome: 'success' })
}
const allowOrigin = (origin: string) => runAction(ORIGIN_ACTION, origin)

/** Opens a new page with no cache and no cookies. */
const newPage = async (): Promise<Page> => (await browser.newContext()).newPage()

async function open(page: Page, url: string) {
  const response = await page.goto(url)
  return { status: response?.status(), text: await response?.text() }
}

const openPreview = (page: Page) => page.goto(`${PREVIEW}/ipfs/preview`)

/** Returns what a visitor to the preview sees. */
async function visit() {
  const page = await newPage()
  await openPreview(page)
  return { ...(await shownImages(page)), data: await page.evaluate('data') }
}

const shownImages = (page: Page) =>
  page.evaluate('({ photo: photo.naturalWidth > 0, logo: logo.naturalWidth > 0 })') as Promise<object>

/** Returns the status and `Origin` of each request to the gateway since the last call, by path. */
function newReads() {
  const reads = pinata.reads.splice(0).filter(read => read.gateway === gateway.id && read.path !== '/favicon.ico')
  return Object.fromEntries(reads.map(({ path, status, headers }) => [path, [status, headers.origin]]))
}

const NO_ACCESS = { photo: false, logo: false, data: expect.stringMatching(/^401 .* ERR_ID:00024$/) }

test('lets a page read while its origin is allowed', async () => {
  const refused = { [PHOTO]: [401, PREVIEW], [DATA]: [401, PREVIEW], [LOGO]: [401, undefined] }
  expect(await visit()).toEqual(NO_ACCESS)
  expect(newReads()).toEqual(refused)
  await allowOrigin(PREVIEW)
  // A browser sends no Origin for an image without the crossorigin attribute.
  expect(await visit()).toEqual({ photo: true, logo: false, data: '200 the data' })
  expect(newReads()).toEqual({ [PHOTO]: [200, PREVIEW], [DATA]: [200, PREVIEW], [LOGO]: [401, undefined] })
  await runAction(REVOKE_ACTION, PREVIEW)
  expect(await visit()).toEqual(NO_ACCESS)
  expect(newReads()).toEqual(refused)
})

test('serves HTML only on the custom domain, and receives no origin when a link is followed', async () => {
  const page = await newPage()
  const isHtml = { status: 403, text: expect.stringMatching(/ERR_ID:00023$/) }
  expect(await open(page, `${GATEWAY}${SITE}/?pinataGatewayToken=${key}`)).toEqual(isHtml)
  expect(await open(page, `${CUSTOM_DOMAIN}${SITE}/?pinataGatewayToken=${key}`)).toMatchObject({ status: 200 })
  expect(await page.title()).toBe('A page')

  await allowOrigin(PREVIEW)
  await openPreview(page)
  const read = (url: string) => page.evaluate(`read('${url}')`)
  expect(await read(`${GATEWAY}${SITE}/`)).toMatch(/^403 .* ERR_ID:00023$/)
  expect(await read(`${CUSTOM_DOMAIN}${SITE}/`)).toBe(`200 ${SITE_FILES['index.html']}`)
  newReads()
  const followed = page.waitForResponse(`${CUSTOM_DOMAIN}${SITE}/`)
  await page.click('a')
  expect((await followed).status()).toBe(401)
  expect(newReads()).toEqual({ [`${SITE}/`]: [401, undefined] })
})

test("opens a site's page with a key in the URL, but loads only files whose requests send an allowed origin", async () => {
  const url = `${CUSTOM_DOMAIN}${SITE}/?pinataGatewayToken=${key}`
  for (const photo of [false, true]) {
    // According to the Fetch standard, a same-origin GET sends no Origin, so other browsers may not load the photo.
    if (photo) await allowOrigin(CUSTOM_DOMAIN)
    const page = await newPage()
    expect(await open(page, url)).toEqual({ status: 200, text: SITE_FILES['index.html'] })
    expect(await page.title()).toBe('A page')
    expect(await shownImages(page)).toEqual({ photo, logo: false })
    // The Referer contains the key, but the gateway ignores it.
    expect(pinata.reads.find(({ path }) => path === `${SITE}/app.js`)?.headers.referer).toBe(url)
    expect(newReads()).toEqual({
      [`${SITE}/?pinataGatewayToken=${key}`]: [200, undefined],
      [`${SITE}/app.js`]: [401, undefined],
      [`${SITE}/logo.png`]: [401, undefined],
      [`${SITE}/photo.png`]: [photo ? 200 : 401, CUSTOM_DOMAIN],
    })
    expect(await open(page, `${CUSTOM_DOMAIN}${SITE}/`)).toMatchObject({ status: 401 })
    newReads()
  }
})

import { generateKeyPairSync, sign } from 'node:crypto'

/**
 * Creates a self-signed certificate for 127.0.0.1 and the given hosts. Node has no function for this, and a private key
 * in a repository would alert secret scanners. (RFC 5280, section 4.1)
 * @param {string[]} hosts
 * @returns {{ key: string, cert: string }} PEM
 */
export function selfSigned(...hosts) {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  /** @param {number} tag @param {Uint8Array[]} parts */
  const der = (tag, ...parts) => {
    const body = Buffer.concat(parts)
    // Encode the length in its shortest form, because Chrome rejects all others.
    const digits = body.length < 256 ? [body.length] : [body.length >> 8, body.length & 255]
    const length = body.length < 128 ? digits : [0x80 + digits.length, ...digits]
    return Buffer.concat([Buffer.from([tag, ...length]), body])
  }
  const hex = (/** @type {string} */ digits) => Buffer.from(digits, 'hex')
  const algorithm = der(0x30, der(0x06, hex('2a8648ce3d040302'))) // ECDSA with SHA-256
  const name = der(0x30, der(0x31, der(0x30, der(0x06, hex('550403')), der(0x0c, Buffer.from('127.0.0.1')))))
  const from = der(0x17, Buffer.from('200101000000Z'))
  const until = der(0x17, Buffer.from('491231235959Z'))
  const names = der(0x30, der(0x87, hex('7f000001')), ...hosts.map(host => der(0x82, Buffer.from(host))))
  const altName = der(0x30, der(0x06, hex('551d11')), der(0x04, names))
  const contents = der(
    0x30,
    der(0xa0, der(0x02, hex('02'))), // version 3
    der(0x02, hex('01')), // serial number
    algorithm,
    name,
    der(0x30, from, until),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, der(0x30, altName)),
  )
  const signature = der(0x03, hex('00'), sign('sha256', contents, privateKey))
  const base64 = der(0x30, contents, algorithm, signature).toString('base64')
  const cert = `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`
  return { cert, key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() }
}

// The servers of one run of the soak, and the keys and origins that its jobs created and revoked there.
import { createHmac, randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { startGitHub } from '../../emulator/github/github.mjs'
import { startPinata } from '../../emulator/pinata/pinata.mjs'
import { HOUR_MS, ORIGINS, PULL_REQUEST } from './plan.mjs'

/** @import { ApiRequest, Moment } from '../../emulator/http/server.mjs' */
/** @import { Plan, Side } from './plan.mjs' */

/** @typedef {{ kind: 'key' | 'origin', id: string, value: string, job: number, passedMs: number }} Created */
/**
 * `passedMs`: the time skipped so far. `at`: by Pinata's clock, in milliseconds since 1970. `isLast`: the gateway has no
 * other entry with this value. `isClosed`: the pull request has been closed for at least an hour.
 * @typedef {{ id: string, value: string, job: number, passedMs: number, at: number, isLast: boolean, isClosed: boolean }} Revoked
 */

/** The ID of the emulated runner's repository, part of each proof. */
const REPOSITORY_ID = '1296269'
/** Faults after which a request never gets a response. */
const SILENT = ['hang', 'reset', 'upgrade', 'close', 'interim']

/**
 * @param {Plan} plan
 * @param {{ key: string, cert: string }} tls Pinata's key and certificate, as PEM
 * @param {(job: number, side: Side, moment: Moment, request: ApiRequest) => void} onRequest called at each moment of a
 *   job's request
 */
export async function createWorld(plan, tls, onRequest) {
  /** Jobs by JWT or token. @type {Map<string, number>} */
  const owners = new Map()
  /** @type {Promise<void>[]} */
  const recoveries = []
  const recovering = new AbortController()
  /** @type {Created[]} */
  const created = []
  /** @type {Revoked[]} */
  const revoked = []
  let passedMs = 0
  /** When the pull request was closed, by the servers' clock. */
  let closedAt = Number.POSITIVE_INFINITY

  const { latencyMs, date, limit, writeLimit } = plan
  const pinata = await startPinata({ tls, latencyMs, date, limit, observe: observer('pinata') })
  const github = await startGitHub({ latencyMs, secondaryLimit: writeLimit, observe: observer('github') })
  const servers = { pinata, github }
  const gateway = pinata.addGateway({ keys: plan.keys, allowedHosts: plan.hosts ? ORIGINS.slice(1) : [] })
  const foreignKeys = gateway.keys.map(({ id }) => id)
  let known = controls()
  setPullRequest(false)

  /** Returns the keys and origins of the gateway by ID. */
  function controls() {
    return new Map([...gateway.keys, ...gateway.allowedHosts].map(control => [control.id, control]))
  }

  /** Returns the payloads of all records. @returns {any[]} */
  const payloads = () => [...github.deployments.values()].map(({ payload }) => payload)
  const now = () => Date.now() + passedMs
  const isClosed = () => now() >= closedAt + HOUR_MS

  /** @param {Side} side @returns {(moment: Moment, request: ApiRequest) => void} */
  function observer(side) {
    return (moment, request) => {
      const job = owners.get(String(request.headers.authorization).replace('Bearer ', '')) ?? -1
      if (side === 'pinata' && moment === 'applied') compareControls(job)
      onRequest(job, side, moment, request)
    }
  }

  /** @param {number} job */
  function compareControls(job) {
    const found = controls()
    for (const control of found.values()) {
      const kind = gateway.keys.includes(control) ? 'key' : 'origin'
      if (!known.has(control.id)) created.push({ kind, ...control, job, passedMs })
    }
    for (const { id, value } of known.values()) {
      const isLast = ![...found.values()].some(each => each.value === value)
      if (!found.has(id)) revoked.push({ id, value, job, passedMs, at: now(), isLast, isClosed: isClosed() })
    }
    known = found
  }

  /** @param {boolean} closed */
  function setPullRequest(closed) {
    closedAt = closed ? now() : Number.POSITIVE_INFINITY
    github.addPullRequest({ number: PULL_REQUEST, closedAt: closed ? new Date(closedAt).toISOString() : null })
  }

  /** Makes a server available again. @param {Side} side @param {number} afterMs */
  async function restoreServer(side, afterMs) {
    await sleep(afterMs, undefined, { signal: recovering.signal }).catch(() => {})
    // Another process may briefly hold the server's port.
    for (let tries = 0; tries < 50; tries++) {
      const error = await servers[side].resume().catch(error => error)
      if (!error) return
      await sleep(1000)
    }
  }

  /** Returns the IDs of recorded keys and origins. A record has a key's ID, but only a proof of an origin's ID. */
  function recorded() {
    const ids = payloads().flatMap(({ schema, kind, name, gatewayId, keyId, origin, expiresAt, proof }) => {
      if (kind === 'key') return [String(keyId)]
      const fields = JSON.stringify([schema, kind, name, gatewayId, origin, expiresAt, REPOSITORY_ID])
      const proofBy = (/** @type {string} */ id) => createHmac('sha256', id).update(fields).digest('base64url')
      return [...controls().keys()].filter(id => proofBy(id) === proof)
    })
    return new Set(ids)
  }

  /** Returns the current state, by the servers' clock. */
  function snapshot() {
    return {
      at: now(),
      controls: controls(),
      keys: [...gateway.keys],
      origins: gateway.allowedHosts.map(({ value }) => value),
      isClosed: isClosed(),
      /** The records of keys. */
      records: payloads().flatMap(({ keyId, name, expiresAt }) => {
        const expiresAtMs = expiresAt ? Date.parse(expiresAt) : Number.POSITIVE_INFINITY
        return keyId ? { keyId: String(keyId), name: String(name), expiresAtMs } : []
      }),
    }
  }

  /** Waits until all requests have taken effect, including those that a client abandoned. */
  async function settle() {
    const requests = () => [...pinata.requests, ...github.requests]
    const isUnfinished = () => requests().some(({ fault, status }) => !SILENT.includes(fault?.kind ?? '') && !status)
    await sleep(1000)
    for (let tries = 0; isUnfinished() && tries < 60; tries++) await sleep(1000)
  }

  return {
    ...{ pinata, github, servers, gateway, created, revoked, owners },
    ...{ setPullRequest, recorded, snapshot, settle },

    /** Returns a new JWT and token for this job. @param {number} job */
    credentials(job) {
      const [jwt, token] = [pinata.addJwt(), github.addToken()]
      owners.set(jwt, job).set(token, job)
      return { jwt, token }
    },

    /** @param {number} ms */
    passTime(ms) {
      for (const server of [pinata, github]) server.passTime(ms)
      passedMs += ms
    },

    /** Returns the ID of a key by its number among all keys so far, or a random ID. @param {string} which */
    keyId(which) {
      const ids = [...foreignKeys, ...created.filter(({ kind }) => kind === 'key').map(({ id }) => id)]
      return ids.length === 0 || which === 'UNKNOWN' ? randomUUID() : String(ids.at(Number(which) % ids.length))
    },

    clearFaults() {
      for (const server of [pinata, github]) server.clearFaults()
    },

    /** Refuses connections for this long. @param {Side} side @param {number} forMs */
    takeDown(side, forMs) {
      servers[side].refuseConnections()
      recoveries.push(restoreServer(side, forMs))
    },

    /** Makes all servers that are down available again. */
    recover() {
      recovering.abort()
      return Promise.all(recoveries)
    },

    /** @returns {Promise<unknown>} an error in an emulator */
    async close() {
      const results = await Promise.allSettled([pinata.close(), github.close()])
      return results.find(result => result.status === 'rejected')?.reason
    },
  }
}

// Tracks a running process of an action, and disrupts it.
import { readdirSync, rmSync } from 'node:fs'
import path from 'node:path'

/** @import { ChildProcess } from 'node:child_process' */
/** @import { ApiRequest, Moment } from '../../emulator/http/server.mjs' */
/** @import { At, Side } from './plan.mjs' */

/** @param {string} files the folder with the files that the runner reads after the process ends */
export function trackProcess(files) {
  /** @type {ChildProcess | undefined} */
  let child
  /** @type {Record<Side, ApiRequest[]>} */
  const requests = { pinata: [], github: [] }
  /** The files that the process lost. @type {Set<string>} */
  const lost = new Set()
  /** @type {{ at: At, trigger: () => void }[]} */
  const expected = []

  /** @param {number} ms @param {() => void} trigger */
  function later(ms, trigger) {
    const triggerIfAlive = () => {
      if (child?.exitCode === null && child.signalCode === null) trigger()
    }
    if (ms === 0) triggerIfAlive()
    else setTimeout(triggerIfAlive, ms)
  }

  /** @param {string} file */
  function lose(file) {
    lost.add(file)
    for (const name of readdirSync(files)) if (name.includes(`${file}_`)) rmSync(path.join(files, name))
  }

  return {
    requests,
    lost,
    lose,

    /** @param {At} at @param {() => void} trigger */
    expect(at, trigger) {
      expected.push({ at, trigger })
    },

    /** @param {ChildProcess} started */
    start(started) {
      child = started
      for (const { at, trigger } of expected) if (!('request' in at)) later(at.ms, trigger)
    },

    /** Handles a request's arrival, effect, or response. @param {Side} side @param {Moment} moment @param {ApiRequest} request */
    onMoment(side, moment, request) {
      if (moment === 'arrived') requests[side].push(request)
      const number = requests[side].indexOf(request)
      for (const { at, trigger } of expected) {
        const isMatch = 'request' in at && at.side === side && at.request === number && at.moment === moment
        if (isMatch) later(at.ms, trigger)
      }
    },

    /** @param {boolean} losesState whether its state is lost before the runner reads it */
    kill(losesState) {
      if (losesState) child?.once('exit', () => lose('state'))
      child?.kill('SIGKILL')
    },
  }
}

import type { StepSpec, World } from './model.ts'

/** Returns the first broken invariant, unless a documented exception (docs/internals.md) explains it. */
export function check(world: World): string | undefined {
  const checks = [brokenPromises, unknownControls, foreignRemovals, unreportedGateway]
  return checks.flatMap(each => [...each(world)])[0]
}

/** 1. A key or origin that a step passed on works until its expiry, unless the revoke action selected it. */
function* brokenPromises(world: World): Generator<string> {
  for (const { control, sender, at, recordedUntil, inDoubt } of world.removals) {
    // The exception for a record in doubt.
    if (inDoubt) continue
    const { run, spec, isPost } = sender
    if (spec.does === 'close' && isSelected(world, control.id, spec)) continue
    // Any other run may have just read the control's record and passed the control on.
    const promises: World['promises'] = [...world.promises]
    promises.push({ run: 'another run', spec: { does: 'get' }, control: control.id, until: recordedUntil })
    for (const promise of promises.filter(each => each.control === control.id && each.until >= at)) {
      if (isPost && run === promise.run && promise.spec.revoke === 'after-job') continue
      yield `1: ${run} removed ${control.id}, which ${promise.run} passed on`
    }
  }
  for (const { run, control, until, spec } of world.promises) {
    const isListed = world.controls.some(({ id }) => id === control)
    const isRecorded = world.records.some(each => each.control === control && each.expiresAt >= until)
    if (spec.name && isListed && !isRecorded) yield `1: ${run} passed on ${control} for longer than it is recorded`
  }
}

/** Returns whether a close selects an access control: it is recorded under the name and older than its replacement. */
function isSelected({ history }: World, control: string, { name, 'replaced-by': replacedBy = '' }: StepSpec) {
  const createdAt = (id: string) => history.controls.find(each => each.id === id)?.createdAt ?? Number.POSITIVE_INFINITY
  const isNamed = history.records.some(each => each.control === control && each.name === name)
  return isNamed && createdAt(control) < createdAt(replacedBy)
}

/** 2. Every new access control is revoked, recorded, passed to the job, or named in a warning. */
function* unknownControls(world: World): Generator<string> {
  for (const { record, sender } of world.orphaned) {
    yield `2: ${sender.run} removed the latest record of ${record.control}`
  }
  for (const { id, kind, value, createdBy: run } of world.controls) {
    if (world.records.some(({ control }) => control === id)) continue
    if (world.promises.some(each => each.control === id && each.spec.name === undefined)) continue
    const lines = world.log.filter(({ text }) => text.includes(kind === 'key' ? id : value))
    if (lines.some(({ isAlarm }) => isAlarm)) continue
    const wasLost = world.lostCreations.has(id)
    if (wasLost && world.log.some(each => each.run === run && each.isAlarm && each.text.includes('unclaimed'))) continue
    // The exceptions for a step that dies during a cleanup or a creation.
    if (world.deadRuns.has(run) && (lines.length > 0 || wasLost)) continue
    yield `2: ${run} created ${id}, which is neither recorded, passed on, nor named in a warning`
  }
}

/** 3. Steps that get access remove only what they created, or replace an origin that expired over an hour ago. */
function* foreignRemovals(world: World): Generator<string> {
  for (const { control, sender, at, recordedUntil } of world.removals) {
    if (sender.spec.does !== 'get' || control.createdBy === sender.run) continue
    if (control.kind === 'origin' && !sender.isPost && recordedUntil + 3_600_000 < at) continue
    yield `3: ${sender.run} removed ${control.id}, which ${control.createdBy} created`
  }
}

/** If steps removed the last access control, a step's log shows that none is left. */
function* unreportedGateway({ controls, removals, log, trace }: World): Generator<string> {
  const isReported = log.some(({ isAlarm, text }) => isAlarm && text.includes('now has no access controls'))
  if (controls.length > 0 || removals.length === 0 || isReported || trace.some(line => line.endsWith(']'))) return
  yield 'No log shows that the gateway has no access controls left.'
}

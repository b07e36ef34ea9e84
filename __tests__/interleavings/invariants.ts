import { MINUTE, type World } from './world.ts'

/** What broke. `exception` names the documented exception that explains it (docs/internals.md). */
export interface Violation {
  text: string
  exception: Exception | undefined
}

type Exception = 'a record in doubt' | 'a cleanup that dies' | 'a creation that dies' | 'a suspended machine'

/** Checks the three invariants after a schedule. Returns the first violation, one without an exception if there is one. */
export function check(world: World): Violation | undefined {
  const violations = [...brokenPromises(world), ...unknownControls(world), ...foreignRemovals(world)]
  return violations.find(({ exception }) => exception === undefined) ?? violations[0]
}

/** 1. What a step passed on works until its expiry, unless the revoke action selected it or a person removed it. */
function* brokenPromises(world: World): Generator<Violation> {
  for (const { control, sender, at, inDoubt } of world.removals) {
    if (sender === undefined) continue
    const { run, spec, isPost } = sender
    for (const promise of world.promises) {
      if (promise.control !== control.id || promise.until < at) continue
      if (isPost && run === promise.run && promise.revoke === 'after-job') continue
      if (spec.does === 'close' && isSelected(world, control.id, spec)) continue
      const text = `1: ${promise.run} passed on ${control.id} until ${minutes(world, promise.until)}; ${run} removed it`
      yield { text, exception: inDoubt ? 'a record in doubt' : suspension(world) }
    }
  }
}

/** Whether a close selects this access control: it is recorded under the name, and older than its replacement. */
function isSelected({ history }: World, id: string, { name, replacedBy = '' }: { name?: string; replacedBy?: string }) {
  const createdAt = (id: string) => history.controls.find(each => each.id === id)?.createdAt ?? Number.POSITIVE_INFINITY
  return (
    history.records.some(each => each.control === id && each.name === name) && createdAt(id) < createdAt(replacedBy)
  )
}

/** 2. What a step created is revoked, recorded, passed to the job, or named in its log. */
function* unknownControls(world: World): Generator<Violation> {
  const recorded = new Set(world.records.map(({ control }) => control))
  for (const { id, kind, value, by } of world.controls) {
    if (recorded.has(id) || world.promises.some(each => each.control === id && each.name === undefined)) continue
    const subject = kind === 'key' ? id : value
    const lines = world.log.filter(({ text }) => text.includes(subject))
    if (lines.some(({ isAlarm }) => isAlarm)) continue
    const isUnread = world.unread.has(id)
    if (isUnread && world.log.some(each => each.run === by && each.isAlarm && each.text.includes('unclaimed'))) continue
    const ofTheDead = lines.length > 0 ? 'a cleanup that dies' : isUnread ? 'a creation that dies' : undefined
    const exception = world.dead.has(by) ? ofTheDead : undefined
    yield { text: `2: ${by} created ${id}, which is neither recorded, passed on nor named in a warning`, exception }
  }
}

/** 3. A step removes what another step created through the revoke action only. An origin step replaces an overdue entry. */
function* foreignRemovals(world: World): Generator<Violation> {
  for (const { control, sender, isOverdue } of world.removals) {
    if (sender === undefined || sender.spec.does !== 'get' || control.by === sender.run) continue
    if (control.kind === 'origin' && isOverdue && !sender.isPost) continue
    yield { text: `3: ${sender.run} removed ${control.id}, which ${control.by} created`, exception: suspension(world) }
  }
}

function suspension({ suspended }: World): Exception | undefined {
  return suspended > 15 * MINUTE ? 'a suspended machine' : undefined
}

function minutes({ now }: World, time: number): string {
  return Number.isFinite(time) ? `${Math.round((time - now) / MINUTE)} minutes from the end` : 'for ever'
}

import type { ControlKind } from '../pinata/types.ts'

/** How messages speak of a kind of access control. */
interface Words {
  /** At the beginning of a sentence. */
  title: string
  notCreated: string
  created: string
  revoke: string
  revoked: string
  /** The input that guards a gateway's first access control. */
  firstInput: string
  /** The readers that a first access control of this kind cuts off. */
  others: string
}

export const WORDS: Record<ControlKind, Words> = {
  key: {
    title: 'Key',
    notCreated: 'No key was created',
    created: 'created',
    revoke: 'revoke',
    revoked: 'revoked',
    firstInput: 'first-key',
    others: 'readers without a key',
  },
  origin: {
    title: 'Origin',
    notCreated: 'No origin was added',
    created: 'added',
    revoke: 'remove',
    revoked: 'removed',
    firstInput: 'first-control',
    others: 'readers that are not pages of it',
  },
}

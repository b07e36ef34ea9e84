import { expect, test } from '@jest/globals'
import { parse } from 'yaml'
import { evaluate } from '../../emulator/runner/expressions.mjs'
import { read } from '../support/documents.ts'
import { pinataAndGitHub } from '../support/step.ts'

const stepsOf = (file: string, job: string) => parse(read('examples', file)).jobs[job].steps
const [create, store] = stepsOf('rotate-secret.yml', 'rotate')
const [cleanUpStep] = stepsOf('rotate-secret-clean-up.yml', 'revoke')

/** The commands of the step that stores the key, in order. A rotation can fail before any of them. */
const COMMANDS: string[] = store.run.trim().split('\n')

type Move = () => unknown

/** Creates a repository with the two workflows, whose steps can run in any order. */
async function repository() {
  const { gateway, inputs, run, revoke } = await pinataAndGitHub(1)
  const vars: Record<string, string> = { GATEWAY_ID: gateway.id }
  let secret = ''

  const evaluated = (given: Record<string, string | boolean>) => {
    const contexts = { vars, secrets: { PINATA_JWT: inputs['pinata-jwt'] } }
    return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, evaluate(value, contexts, name)]))
  }

  /** Returns the moves of a rotation that fails after this many commands. */
  function rotation(commands = COMMANDS.length): Move[] {
    let key: Record<string, string> = {}
    const stores = COMMANDS.map(command => () => {
      if (/\| gh secret set GATEWAY_KEY$/.test(command)) secret = key['gateway-key'] ?? ''
      else if (command === 'gh variable set GATEWAY_KEY_ID --body "$KEY_ID"') vars.GATEWAY_KEY_ID = key['key-id'] ?? ''
      else throw new Error(`unknown command: ${command}`)
    })
    const first = async () => {
      const { error, outputs } = await run(evaluated(create.with))
      expect(error).toBeUndefined()
      key = outputs
    }
    return [first, ...stores.slice(0, commands)]
  }

  /** Returns the moves of a cleanup: GitHub evaluates the variable when the job starts, and the step runs later. */
  function cleanUp(): [start: Move, end: Move] {
    let given: Record<string, string> = {}
    const start = () => {
      given = evaluated(cleanUpStep.with)
    }
    return [start, () => revoke(given)]
  }

  async function runMoves(moves: Move[]) {
    for (const move of moves) {
      await move()
      expect(gateway.keys.map(({ value }) => value)).toContain(secret || gateway.keys[0]?.value)
    }
  }
  return { gateway, rotation, cleanUp, runMoves, currentKey: () => secret }
}

test('keeps the key in use while a cleanup interleaves with a failed and a successful rotation', async () => {
  const ends = 5
  for (let start = 0; start <= ends; start++) {
    for (let end = start; end <= ends; end++) {
      const { gateway, rotation, cleanUp, runMoves, currentKey } = await repository()
      const [startsCleanUp, endsCleanUp] = cleanUp()
      const moves = [...rotation(1), ...rotation()]
      expect(moves).toHaveLength(ends)
      await runMoves([...rotation(), ...moves.slice(0, start), startsCleanUp, ...moves.slice(start, end), endsCleanUp])
      await runMoves([...moves.slice(end), ...rotation(), ...cleanUp()])
      // Once a rotation and a cleanup have succeeded, this is the only key left under the name.
      expect(gateway.keys.slice(1).map(({ value }) => value)).toEqual([currentKey()])
    }
  }
})

import { readRevokeInputs } from './inputs.ts'
import { revokeKeys } from './revoke-keys.ts'
import { runStep } from './step.ts'

/** The step of `revoke/action.yml`. */
void runStep(step => revokeKeys(readRevokeInputs(step.core.getInput, step.secrets), step), 'fail')

// Shows on the terminal what the actions do, as their users would see it. The actions from dist/ run on the emulated
// runner, against the emulated Pinata. Each line with a tick was checked. If a check fails, the demo names it and exits
// with 1. It only needs Node.
import { showJob } from './demo/job.mjs'
import { runDemo } from './demo/output.mjs'
import { showPreview } from './demo/preview.mjs'

const DEMOS = new Map([
  ['job', showJob],
  ['preview', showPreview],
])

const [name = 'job', ...rest] = process.argv.slice(2)
const demo = rest.length === 0 ? DEMOS.get(name) : undefined
if (demo === undefined) {
  console.error('Usage: npm run demo (a job), or npm run demo -- preview (a pull request)')
  process.exitCode = 1
} else {
  const passed = await runDemo(demo, {
    // A pipe has no width, and some terminals report 0.
    width: Math.min(process.stdout.columns || 100, 100),
    colours: process.stdout.isTTY && !process.env.NO_COLOR,
    print: row => console.log(row),
  })
  if (!passed) process.exitCode = 1
}

// Shows in the terminal what users of the actions see. The actions in dist/ run on the emulated runner, against the
// Pinata emulator. A ✓ marks a passed check. If any check fails, the demo exits with 1. It needs only Node.
import { showJob } from './demo/job.mjs'
import { runDemo } from './demo/output.mjs'
import { showPreview } from './demo/preview.mjs'

const DEMOS = new Map(Object.entries({ job: showJob, preview: showPreview }))

const [name = 'job', ...rest] = process.argv.slice(2)
const demo = rest.length === 0 ? DEMOS.get(name) : undefined
if (demo === undefined) {
  console.error('Usage: npm run demo (a job), or npm run demo -- preview (a pull request)')
  process.exitCode = 1
} else {
  const passed = await runDemo(demo, {
    // Pipes have no width, and some terminals report 0.
    width: Math.min(process.stdout.columns || 100, 100),
    colors: process.stdout.isTTY && !process.env.NO_COLOR,
    printRow: row => console.log(row),
  })
  if (!passed) process.exitCode = 1
}

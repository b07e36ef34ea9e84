// What the actions do, as their user would see it, told on the terminal: the actions from dist/ run on the stand-in for
// GitHub's runner, against the emulated Pinata. Every line with a tick was checked while it was told; if one is not so,
// the demo says which and exits with 1. It needs Node and nothing else.
import { tellJob } from './demo/job.mjs'
import { runDemo } from './demo/output.mjs'
import { tellPreview } from './demo/preview.mjs'

const STORIES = new Map([
  ['job', tellJob],
  ['preview', tellPreview],
])

const [story = 'job', ...rest] = process.argv.slice(2)
const tell = rest.length === 0 ? STORIES.get(story) : undefined
if (tell === undefined) {
  console.error('Usage: npm run demo (a job), or npm run demo -- preview (a pull request)')
  process.exitCode = 1
} else {
  const so = await runDemo(tell, {
    // A pipe has no width, and some terminals say 0.
    width: Math.min(process.stdout.columns || 100, 100),
    colours: process.stdout.isTTY && !process.env.NO_COLOR,
    print: row => console.log(row),
  })
  if (!so) process.exitCode = 1
}

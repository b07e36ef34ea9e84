// Leaves in a file how much memory its process had at the most, in bytes.
const fs = require('node:fs')

process.on('exit', () => fs.writeFileSync(String(process.env.BENCH_RSS), String(process.resourceUsage().maxRSS * 1024)))

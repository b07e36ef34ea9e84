// Writes to a file how much CPU time in milliseconds, and at most how much memory in bytes, its process took.
const fs = require('node:fs')

process.on('exit', () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage()
  const usage = { cpuMs: (userCPUTime + systemCPUTime) / 1000, memory: maxRSS * 1024 }
  fs.writeFileSync(String(process.env.BENCH_USAGE), JSON.stringify(usage))
})

// Writes the CPU time (milliseconds) and the peak memory (bytes) of this process to the file BENCH_USAGE.
const fs = require('node:fs')

process.on('exit', () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage()
  const usage = { cpuMs: (userCPUTime + systemCPUTime) / 1000, memory: maxRSS * 1024 }
  fs.writeFileSync(String(process.env.BENCH_USAGE), JSON.stringify(usage))
})

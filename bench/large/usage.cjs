// Loaded before a measured program: writes what it used to the file named in VPCCNI_BENCH_USAGE when it ends.
const { writeFileSync } = require('node:fs');
const start = performance.now();
process.on('exit', () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  const usage = {
    cpu: (userCPUTime + systemCPUTime) / 1e6,
    wall: (performance.now() - start) / 1000,
    memory: maxRSS / 1024,
  };
  writeFileSync(process.env.VPCCNI_BENCH_USAGE, JSON.stringify(usage));
});

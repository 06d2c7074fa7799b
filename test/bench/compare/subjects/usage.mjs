// Loaded before a command: when it exits, it leaves a file that says what it took.
import { writeFileSync } from 'node:fs';

process.on('exit', () => {
  const { user, system } = process.cpuUsage();
  writeFileSync(process.env.USAGE_FILE, String(user + system));
});

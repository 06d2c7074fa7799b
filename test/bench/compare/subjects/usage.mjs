// Loaded before a command. When the command exits, this writes its processor time to a file.
import { writeFileSync } from 'node:fs';

process.on('exit', () => {
  const { user, system } = process.cpuUsage();
  writeFileSync(process.env.USAGE_FILE, String(user + system));
});

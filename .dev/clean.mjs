/** Deletes the output of the build, so that a deleted source file leaves no output in the package. */
import { rmSync } from 'node:fs';

rmSync(new URL('../dist/', import.meta.url), { recursive: true, force: true });

// Collects assets and meets a fault at one of its calls; run with test/helpers/protocol/faults/preload.mjs, driven over IPC.
import { join } from 'node:path';
import { assets } from 'staticgenerator/assets';

const faults = globalThis[Symbol.for('staticgenerator.faults')];

process.on('message', async ({ folder, fault }) => {
  const { collect } = assets({
    dirs: [join(folder, 'static')],
    root: join(folder, 'collected'),
    mode: 'development',
    logger: false,
  });
  faults.arm(fault);
  const error = await collect().then(
    () => undefined,
    ({ code, message }) => ({ code, message }),
  );
  process.send({ error, calls: faults.disarm().calls });
});
process.send({ ready: true });

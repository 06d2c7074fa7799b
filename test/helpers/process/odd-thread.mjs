// A thread that does what a test asks with a word.
import { writeFileSync } from 'node:fs';
import { parentPort, threadId } from 'node:worker_threads';
import { answerTasks } from '../../../dist/task-thread.js';

let messages = 0;
parentPort.on('message', () => {
  messages += 1;
});

answerTasks((word) => {
  if (word === 'which message') return messages;
  if (word === 'which thread') return threadId;
  if (word.startsWith('make ')) writeFileSync(word.slice('make '.length), '');
  if (word === 'environment') return [process.execArgv, Object.keys(process.env)];
  if (word === 'throw') throw Object.assign(new Error('no space'), { code: 'ENOSPC', errno: -28, info: {} });
  if (word === 'for ever') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  if (word === 'die') process.exit(1);
  if (word === 'die soon') setImmediate(() => process.exit(1));
  return `${word} done`;
});

// The processor time of processes, as the kernel has counted it.
import { readdirSync, readFileSync } from 'node:fs';

const TICKS_PER_SECOND = 100;
const NANOSECONDS = 1e9;

/** Seconds that a process, with all its threads, and its living children have used, in user and kernel mode. */
export function processorSeconds(pid) {
  return ownSeconds(pid) + childrenOf(pid).reduce((sum, child) => sum + processorSeconds(child), 0);
}

/** To the nanosecond where the scheduler keeps statistics; else to the tick, and with the threads that have ended. */
function ownSeconds(pid) {
  try {
    const threads = readdirSync(`/proc/${pid}/task`);
    const times = threads.map((thread) => readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8'));
    return times.reduce((sum, text) => sum + Number(text.split(' ')[0]), 0) / NANOSECONDS;
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    const fields = statOf(pid);
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  }
}

export function childrenOf(pid) {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((candidate) => parentOf(candidate) === pid);
}

function parentOf(pid) {
  try {
    return Number(statOf(pid)[1]);
  } catch (error) {
    // It ended between the listing and the reading.
    if (['ENOENT', 'ESRCH'].includes(error.code)) return undefined;
    throw error;
  }
}

/** The fields after the name, which may hold spaces and brackets: state, parent, … */
function statOf(pid) {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
}

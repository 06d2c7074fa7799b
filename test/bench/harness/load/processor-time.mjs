// Reads the processor time of processes as the kernel counts it.
import { readdirSync, readFileSync } from 'node:fs';

const TICKS_PER_SECOND = 100;
const NANOSECONDS = 1e9;

/**
 * Returns the seconds that a process, all its threads and its children have used in user and kernel mode. Includes
 * children that have ended.
 */
export function processorSeconds(pid) {
  const children = childrenByParent();
  const of = (one) => (children.get(one) ?? []).reduce((sum, child) => sum + of(child), secondsOf(one, pid));
  return of(pid);
}

/** A child may end after it was listed. Its time is then counted with its parent's. */
function secondsOf(pid, root) {
  try {
    return ownSeconds(pid) + endedChildrenSeconds(pid);
  } catch (error) {
    if (pid !== root && isGone(error)) return 0;
    throw error;
  }
}

function endedChildrenSeconds(pid) {
  const fields = statOf(pid);
  return (Number(fields[13]) + Number(fields[14])) / TICKS_PER_SECOND;
}

/**
 * Returns nanosecond precision if the scheduler keeps statistics; otherwise clock ticks, which include the threads that
 * have ended.
 */
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

/** Lists all processes once, because a database server has a process for each connection. */
function childrenByParent() {
  const children = new Map();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    const parent = parentOf(name);
    children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  return children;
}

function parentOf(pid) {
  try {
    return Number(statOf(pid)[1]);
  } catch (error) {
    // The process ended between the listing and the reading.
    if (isGone(error)) return undefined;
    throw error;
  }
}

function isGone({ code }) {
  return code === 'ENOENT' || code === 'ESRCH';
}

/** Returns the fields after the name, which may contain spaces and brackets: state, parent, … */
function statOf(pid) {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
}

/**
 * What a host of a site does at the moment, with an explanation. The codes are stable: they
 * appear in the JSON of commands.
 */
export const hostStates = Object.freeze({
  serves: 'serves pages',
  'catching-up': 'serves no pages until it has deleted what it missed',
  'cold-start': 'serves no pages until it has deleted all of them: it is new, or cannot know what it missed',
  silent:
    'has no term, because it has not reported in time: its processes are dead or frozen, or cannot reach the bus',
  absent: 'is not in the register: no process of the app runs here, or none has reached the bus',
  'other-epoch':
    'has not joined the current log; when it does, it deletes all its pages, unless it has served them without interruption',
  'no-names': 'reports, but nginx finds no pages: see the log of the app; WEB_ROOT may not be writable',
  clock: 'reports, but its clock was set back, so nginx finds no pages until it has caught up',
  'not-started': 'has never run: no process of the app has been started here with `cluster`',
  'cut-off': 'serves pages until its term ends',
  'no-term': 'serves no pages, because its term has ended',
} as const);

export type HostState = keyof typeof hostStates;

/** Whether nginx and Node answer with pages in this state. */
export function servesPages(state: HostState): boolean {
  return state === 'serves' || state === 'cut-off';
}

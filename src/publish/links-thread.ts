// The thread in which the links of pages are read: it takes a fifth of the time that many a page takes to be rendered.
import { answerTasks } from '../task-thread.js';
import { linkedPages } from './links.js';

answerTasks(linkedPages);

// The thread in which pages are compressed and written: a slow disk, or a large page, holds up no request.
import { answerTasks } from '../task-thread.js';
import { stagePage } from './stage-page.js';

answerTasks(stagePage);

// The thread that compresses and writes pages, so that a slow disk or a large page delays no request.
import { answerTasks } from '../task-thread.js';
import { stagePage } from './stage-page.js';

answerTasks(stagePage);

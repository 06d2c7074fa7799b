// The thread that writes an export while the next pages are rendered.
import { answerTasks } from '../../task-thread.js';
import { writeNewFile } from './new-file.js';

answerTasks(writeNewFile);

import { EntitySchema } from 'typeorm';

/** @import { DataSource } from 'typeorm' */
/** @typedef {ReturnType<typeof openMailbox>} Mailbox */

/** A message that a visitor sent with the contact form. */
export class Message {
  /** @type {number | undefined} */
  id;
  sender = '';
  body = '';
  createdAt = '';
}

export const MessageSchema = new EntitySchema({
  name: 'Message',
  target: Message,
  tableName: 'messages',
  columns: {
    id: { type: 'integer', primary: true, generated: true },
    sender: { type: 'text' },
    body: { type: 'text' },
    createdAt: { name: 'created_at', type: 'text' },
  },
});

/** @param {DataSource} database */
export function openMailbox(database) {
  const messages = database.getRepository(Message);
  return {
    /** @param {Pick<Message, 'sender' | 'body'>} message */
    add: async (message) => void (await messages.insert({ ...message, createdAt: new Date().toISOString() })),
    /** @param {number} limit */
    latest: (limit) => messages.find({ order: { id: 'DESC' }, take: limit }),
  };
}

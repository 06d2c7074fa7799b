import { once } from 'node:events';
import http, { type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, inject } from 'vitest';
import type { DatabaseServer } from '../databases/database-server.js';
import type { Told } from './server-broker.js';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The socket of server-broker.ts. */
    readonly serverBroker: string;
  }
}

/** Gives empty databases, which are gone after the tests of the file, or of the `describe`. */
export interface Databases<Address> {
  createDatabase(): Promise<Address>;
}

let databases = 0;

/** Databases of a server that is started by the first that asks for it, and shared by all processes of a run. */
export function useServer<Address>(
  name: string,
  serverOf: () => DatabaseServer<Address>,
): Databases<Address> {
  const created: string[] = [];
  let folder: string | undefined;
  beforeAll(async () => {
    folder = await sharedFolder(name);
  });
  afterAll(async () => {
    if (folder === undefined) return;
    for (const database of created) await serverOf().dropDatabase(folder, database);
  });
  return {
    createDatabase: async () => {
      if (folder === undefined) throw new Error('The server has not been started');
      databases += 1;
      const database = `test_${process.pid}_${databases}`;
      await serverOf().createDatabase(folder, database);
      created.push(database);
      return serverOf().address(folder, database);
    },
  };
}

/**
 * The folder of a server's files and socket, or one that is made once for all tests of a run: nobody writes there.
 *
 * @param name one that server-broker.ts has
 */
export async function sharedFolder(name: string): Promise<string> {
  const request = http.get({ socketPath: inject('serverBroker'), path: `/${name}`, agent: false });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const { folder, error } = JSON.parse(await text(response)) as Told;
  if (folder === undefined) throw new Error(error);
  return folder;
}

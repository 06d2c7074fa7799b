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

/** Provides empty databases, which are dropped after the tests of the file, or of the `describe`. */
export interface Databases<Address> {
  createDatabase(): Promise<Address>;
}

let databases = 0;

/**
 * Provides databases of a server. The first test that needs the server starts it, and all processes of a run share it.
 */
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
 * Returns the folder of a server's files and socket, or a folder that is made once for all tests of a run. Tests must
 * not write there.
 *
 * @param name a name that server-broker.ts knows
 */
export async function sharedFolder(name: string): Promise<string> {
  const request = http.get({ socketPath: inject('serverBroker'), path: `/${name}`, agent: false });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const { folder, error } = JSON.parse(await text(response)) as Told;
  if (folder === undefined) throw new Error(error);
  return folder;
}

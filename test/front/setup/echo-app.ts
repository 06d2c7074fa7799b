import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request exactly as the app got it. */
export interface SeenRequest {
  readonly method: string;
  readonly target: string;
  /** By lower-case name, with every value. */
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly body: Buffer;
}

/** An app that answers every request alike, and records its requests. */
export interface EchoApp {
  readonly port: number;
  readonly seen: SeenRequest[];
  /** Returns how many connections were made to it. */
  connections(): number;
  stop(): Promise<void>;
}

export const APP_BODY = 'from the app';

export async function startEchoApp(): Promise<EchoApp> {
  const seen: SeenRequest[] = [];
  const server = createServer(async (request, response) => {
    seen.push(await see(request));
    response.writeHead(200, { 'Content-Type': 'text/plain', 'X-App': 'reached' }).end(APP_BODY);
  });
  server.on('upgrade', async (request: IncomingMessage, socket: NodeJS.WritableStream) => {
    seen.push({ ...headOf(request), body: Buffer.alloc(0) });
    socket.end(
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nX-App: reached\r\n\r\n',
    );
  });
  let connections = 0;
  server.on('connection', () => {
    connections += 1;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stop = async () => {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  };
  return { port: (server.address() as AddressInfo).port, seen, stop, connections: () => connections };
}

async function see(request: IncomingMessage): Promise<SeenRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return { ...headOf(request), body: Buffer.concat(chunks) };
}

function headOf({ method = '', url = '', headersDistinct }: IncomingMessage): Omit<SeenRequest, 'body'> {
  const headers = Object.fromEntries(
    Object.entries(headersDistinct).map(([name, values]) => [name, values ?? []]),
  );
  return { method, target: url, headers };
}

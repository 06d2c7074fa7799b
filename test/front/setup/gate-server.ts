import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ResolvedConfig } from '../../../src/config.js';
import { fingerprintOf } from '../../../src/front/fingerprint.js';
import { compileRequestGate, type GateDecision } from '../../../src/page/request/gate.js';
import { rawRequest } from '../../helpers/servers/raw-http.js';

/** The code's gate behind Node's parser, so that it judges the same bytes as nginx. */
export interface GateServer {
  /** Resolves with `undefined` if Node's parser refuses the bytes. */
  decide(bytes: Buffer): Promise<GateDecision | undefined>;
  stop(): Promise<void>;
}

export async function startGateServer(config: ResolvedConfig): Promise<GateServer> {
  const gate = compileRequestGate({ ...config, fingerprint: () => fingerprintOf(config) });
  let decision: GateDecision | undefined;
  const server = createServer((request, response) => {
    decision = gate(viewOf(request));
    response.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    async decide(bytes) {
      decision = undefined;
      await rawRequest(port, bytes);
      return decision;
    },
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function viewOf({ method = '', httpVersion, url = '', headers }: IncomingMessage) {
  return {
    method,
    target: url,
    headers,
    local: true,
    httpVersion,
    localPort: undefined,
  };
}

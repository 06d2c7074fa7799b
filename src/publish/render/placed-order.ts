import type { IncomingMessage } from 'node:http';
import type { Order } from '../../request/order.js';

/**
 * Stored on the request itself, under a registered symbol: the command line places an order with the app's own
 * instance, which may even come from another copy of this package.
 */
const ORDER = Symbol.for('staticgenerator.order');

interface PlacedOrder {
  readonly webRoot: string;
  readonly order: Order;
}

/** Places an order on a request that is about to be made, for the instance that keeps the pages of this WEB_ROOT. */
export function placeOrder(request: IncomingMessage, placed: PlacedOrder): void {
  Object.defineProperty(request, ORDER, { value: placed });
}

/** The order that came with a request, if it is meant for the pages of this WEB_ROOT. */
export function orderOf(request: IncomingMessage, webRoot: string): Order | undefined {
  const placed: unknown = Reflect.get(request, ORDER);
  return isPlaced(placed) && placed.webRoot === webRoot ? placed.order : undefined;
}

function isPlaced(value: unknown): value is PlacedOrder {
  return typeof value === 'object' && value !== null && 'webRoot' in value && 'order' in value;
}
